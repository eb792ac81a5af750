"""A flaw of a vocabulary: the problem, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From the worst on. error: an action is trained or read wrongly. warning: a person should look at it. info: good to know."""

AGAIN = "Make the vocabulary again with this tokenizer, or check it with the one that it was made for."
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Flaw:
    """One problem of a vocabulary with a tokenizer, a model and a codec.

    kind:     an identifier that does not change between versions, such as "split".
    severity: error, warning or info.
    says:     the problem, a sentence with numbers.
    advice:   the way to solve it.
    bins:     the bins that it concerns, sorted; () if it does not concern single bins.
    ids:      the token ids that it concerns, sorted; () if it does not concern single ids.
    """

    kind: str
    severity: Severity
    says: str
    advice: str
    bins: tuple[int, ...] = ()
    ids: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the flaw in the form that `--json` prints."""
        names = ("kind", "severity", "says", "advice")
        return {
            **{name: getattr(self, name) for name in names},
            "bins": list(self.bins),
            "ids": list(self.ids),
        }


def listed(told: Sequence[str]) -> str:
    """Return the first SHOWN of `told` as one text, with the number of the others."""
    more = f" and {len(told) - SHOWN:,} more" if len(told) > SHOWN else ""
    return ", ".join(told[:SHOWN]) + more
