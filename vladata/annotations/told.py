"""The counts of used and unused rows of annotation tables, with examples.

rows = used + unused + unmatched + ambiguous + other_dataset
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SHOWN = 5  # the most rows of each kind that are shown

MEANS = {
    "unmatched": "name an episode that is not read",
    "ambiguous": "have an episode_key that several episodes share, and are left out",
    "other_dataset": "are about another dataset",
    "unused": "are about steps that are not taken",
    "overlapping": "cover steps that an earlier row of the same field covers too; the later row counts",
    "beyond_end": "go beyond the last step of their episode",
}
"""Kind -> the predicate of a remark about its rows. Rows of the last two kinds are also counted in another kind."""


@dataclass(frozen=True, slots=True)
class Told:
    """Counts of rows.

    files:    SHA-256 of each table, in the order in which they were given.
    episodes: the number of episodes with a text at a taken step.
    steps:    field (with its camera) -> the number of taken steps with a text.
    named:    kind -> its first rows, in words.
    examples: kind of name that unmatched rows use (one of KEYS) -> the name of an episode that is read.
    """

    files: tuple[str, ...]
    rows: int
    used: int
    unused: int
    unmatched: int
    ambiguous: int
    other_dataset: int
    overlapping: int
    beyond_end: int
    episodes: int
    steps: Mapping[str, int]
    named: Mapping[str, tuple[str, ...]]
    examples: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return the counts in the form of the manifest."""
        plain = asdict(self)
        return {**plain, "files": list(self.files), "named": {k: list(v) for k, v in self.named.items()}}

    @property
    def doubtful(self) -> int:
        """The number of rows that a person should look at: all that are not used unchanged."""
        return self.rows - self.used + self.overlapping + self.beyond_end


def lines(told: Mapping[str, Any]) -> list[str]:
    """Return the counts as lines of text: one line of totals, and one for each kind with rows. told: the result of as_json."""
    steps = ", ".join(f"{name} {count:,}" for name, count in told["steps"].items()) or "none"
    found = [
        f"Annotations: {told['used']:,} of {told['rows']:,} rows are used, for {told['episodes']:,} episodes; "
        f"steps with a text: {steps}."
    ]
    for kind, does in MEANS.items():
        if count := told[kind]:
            named = told["named"][kind]
            more = "; ..." if count > len(named) else ""
            found.append(f"  {count:,} rows {does}: {'; '.join(named)}{more}.")
    for key, example in told["examples"].items():
        found.append(
            f"  For example, an episode that is read has {key} {example!r}."
            if example
            else f"  No episode that is read has a {key}."
        )
    return found
