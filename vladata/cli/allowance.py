"""--max-rejected: how much may be rejected before a command that did its work ends with exit code 3.

    N    at most N episodes and at most N steps
    P%   at most this share of the episodes and of the steps that were read

The number of steps in a record that cannot be read is not known: such a record counts as one episode and no steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from vladata.shards.naming import ledger_units


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most that may be rejected. text: as it was given; value: its number; is_share: True if the number is in per cent."""

    text: str
    value: float
    is_share: bool

    def exceeded(self, ledger: Mapping[str, Any]) -> bool:
        """Return True if a ledger, as the manifest holds it, has more rejections than allowed."""
        units = [ledger[unit] for unit in ledger_units(ledger)]
        if self.is_share:
            return any(100 * unit["rejected"] > self.value * unit["read"] for unit in units)
        return any(unit["rejected"] > self.value for unit in units)


def allowance(ctx: click.Context, option: click.Parameter, text: str) -> Allowance:
    """Return the allowance in the option's text, as the option's callback. Raises BadParameter for other text."""
    is_share = text.endswith("%")
    try:
        value = float(text.removesuffix("%")) if is_share else int(text)
    except ValueError:
        raise click.BadParameter(f'"{text}" is neither a whole number nor a share such as 2%') from None
    if not 0 <= value <= (100 if is_share else float("inf")):
        raise click.BadParameter(f'"{text}" is out of range; expected 0 or more, or a share from 0% to 100%')
    return Allowance(text, value, is_share)
