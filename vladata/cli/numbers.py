"""Numbers as options, with messages that say what was expected."""

from typing import Any

import click

from vladata.beam.running import MOST_WORKERS


class WholeRange(click.IntRange):
    """A whole number within limits."""

    def fail(
        self, message: str, param: click.Parameter | None = None, ctx: click.Context | None = None
    ) -> Any:
        super().fail(f"expected a whole number {_limits(self)}; {_got(message)}", param, ctx)


class NumberRange(click.FloatRange):
    """A number within limits."""

    def fail(
        self, message: str, param: click.Parameter | None = None, ctx: click.Context | None = None
    ) -> Any:
        super().fail(f"expected a number {_limits(self)}; {_got(message)}", param, ctx)


def _limits(kind: click.IntRange | click.FloatRange) -> str:
    low = f"above {kind.min:g}" if kind.min_open else f"from {kind.min:,}"
    return low if kind.max is None else f"{low} to {kind.max:,}"


def _got(message: str) -> str:
    """Return "got 0" of click's own words, which begin with the value."""
    return f"got {message.split(' is not ')[0]}"


WORKERS = WholeRange(1, MOST_WORKERS)
"""The value of --workers: a number of processes on this machine."""
