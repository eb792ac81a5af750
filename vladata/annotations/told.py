"""What became of the rows of annotation tables, counted and named.

rows = used + unused + unmatched + ambiguous + other_dataset
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SHOWN = 5  # rows that are named of each kind

MEANS = {
    "unmatched": "name no episode that is read",
    "ambiguous": "have an episode_key that several episodes share, and are left out",
    "other_dataset": "are of another dataset",
    "unused": "say nothing of a step that is taken",
    "overlapping": "are about steps of which an earlier row says something in the same field; the later row counts",
    "beyond_end": "reach beyond the last step of their episode",
}
"""Kind -> what its rows do, as a remark has it; the last two are kinds of rows that are counted above too."""


@dataclass(frozen=True, slots=True)
class Told:
    """Counts of rows.

    files:    SHA-256 of each table, in the order in which they were given.
    episodes: of which a taken step has something.
    steps:    field (with its camera) -> taken steps of which it says something.
    named:    kind -> its first rows, in words.
    examples: how episodes are called by each way in which unmatched rows name theirs.
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
        """As the manifest has it."""
        plain = asdict(self)
        return {**plain, "files": list(self.files), "named": {k: list(v) for k, v in self.named.items()}}

    @property
    def doubtful(self) -> int:
        """Rows that a person should look at: all that are not used as they stand."""
        return self.rows - self.used + self.overlapping + self.beyond_end


def lines(told: Mapping[str, Any]) -> list[str]:
    """What as_json says, for a person: a line of counts, and one a kind that is not empty."""
    steps = ", ".join(f"{name} {count:,}" for name, count in told["steps"].items()) or "none"
    found = [
        f"Annotations: {told['used']:,} of {told['rows']:,} rows are used, of {told['episodes']:,} episodes; "
        f"steps of which they say something: {steps}."
    ]
    for kind, does in MEANS.items():
        if count := told[kind]:
            named = told["named"][kind]
            more = "; ..." if count > len(named) else ""
            found.append(f"  {count:,} rows {does}: {'; '.join(named)}{more}.")
    for key, example in told["examples"].items():
        found.append(
            f"  An episode that is read is called {key} {example!r}."
            if example
            else f"  No episode that is read has a {key}."
        )
    return found
