"""A flaw of a vocabulary: what was seen, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Worst first. error: an action is trained or read wrongly. warning: look at it. info: good to know."""

AGAIN = "Make the vocabulary again with this tokenizer, or check it with the one that it was made for."
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with a vocabulary for a tokenizer, a model and a codec.

    kind:     stable identifier, "split".
    severity: error, warning or info.
    says:     what was seen, a sentence with numbers.
    advice:   what to do.
    bins:     the bins that it concerns, sorted; () where it is of no single bins.
    ids:      the token ids that it concerns, sorted; () where it is of no single ids.
    """

    kind: str
    severity: Severity
    says: str
    advice: str
    bins: tuple[int, ...] = ()
    ids: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The flaw as `--json` prints it."""
        names = ("kind", "severity", "says", "advice")
        return {
            **{name: getattr(self, name) for name in names},
            "bins": list(self.bins),
            "ids": list(self.ids),
        }


def listed(told: Sequence[str]) -> str:
    """The first few of `told`, and how many more there are."""
    more = f" and {len(told) - SHOWN:,} more" if len(told) > SHOWN else ""
    return ", ".join(told[:SHOWN]) + more
