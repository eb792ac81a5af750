"""instruction-missing, instruction-constant, instruction-odd: faults of the instructions of episodes.

An instruction is missing where a step has no words, or bytes that are not text. It is odd if it is a placeholder, or shows the
marks of a wrong encoding, of a file name, or of stray spaces.
"""

import re
from collections.abc import Iterator

from vladata.doctor.finding import Finding, Tally, percent, share
from vladata.doctor.track import Track
from vladata.index.rows import CURABLE, WHOLE

PLACEHOLDER = re.compile(
    r"\W*(n/?a|nan|none|null|todo|tbd|test|task\W?\d*|instruction|unknown|untitled|placeholder|dummy|default|xx+|\d+|)\W*\Z",
    re.IGNORECASE,
)
GARBLED = re.compile(r"\ufffd|Ã.|â€|[\x00-\x08\x0b-\x1f\x7f]|^b['\"]")
SPACED = re.compile(r"^\s|\s$|\s\s|^\w+(_\w+)+\Z")


class Instructions:
    """A look at the instructions of every episode."""

    def __init__(self, missing_is_declared: bool) -> None:
        self.declared = missing_is_declared
        self.episodes, self.steps, self.labelled, self.kinds = 0, 0, 0, set[str]()
        self.missing, self.placeholder, self.garbled, self.spaced = Tally(), Tally(), Tally(), Tally()
        self.seen: dict[str, str] = {}

    def see(self, track: Track) -> None:
        """Count an episode that could be read."""
        if any(entry["step"] == WHOLE for entry in track.left_out):
            return
        self.episodes += 1
        self.steps += track.steps
        if lost := sum(entry["reason"] in CURABLE for entry in track.left_out):
            self.missing.add(track.id, lost)
        words = [text for text in track.instructions if text.strip()]
        self.labelled += bool(words)
        if len(self.kinds) < 2:
            self.kinds.update(words)
        for name, tally, pattern in (
            ("placeholder", self.placeholder, PLACEHOLDER.match),
            ("garbled", self.garbled, GARBLED.search),
            ("spaced", self.spaced, SPACED.search),
        ):
            if odd := next((text for text in words if pattern(text)), None):
                tally.add(track.id, track.steps)
                self.seen.setdefault(name, odd)
                break

    def lacks(self, track: Track) -> bool:
        """Return True if a whole episode that could be read has no words: a person can write some."""
        return any(entry["reason"] in CURABLE for entry in track.left_out) and not any(
            text.strip() for text in track.instructions
        )

    def findings(self) -> Iterator[Finding]:
        yield from self._missing()
        if len(self.kinds) == 1 and self.labelled > 1:
            yield Finding(
                "instruction-constant",
                "warning",
                f'All {self.labelled:,} labelled episodes have the same instruction: "{next(iter(self.kinds))[:80]}". A model '
                "learns to ignore words that never differ.",
                "If the episodes show different tasks, label them (--errata takes instructions by episode). If not, mix the "
                "dataset with others.",
                {"instruction": next(iter(self.kinds))},
                self.labelled,
            )
        yield from self._odd(
            "placeholder", self.placeholder, "warning", "looks like a placeholder", "Label them"
        )
        yield from self._odd(
            "garbled",
            self.garbled,
            "warning",
            "shows the marks of a wrong text encoding",
            "Correct their encoding",
        )
        yield from self._odd(
            "spaced", self.spaced, "info", "has stray spaces or looks like a file name", "Clean them"
        )

    def _missing(self) -> Iterator[Finding]:
        if not self.missing.episodes:
            return
        part = share(self.missing.episodes, self.episodes)
        yield Finding(
            "instruction-missing",
            "error" if part > 0.5 and not self.declared else "warning",
            f"{self.missing.episodes:,} of {self.episodes:,} episodes ({percent(part)}) have steps without words: "
            f"{self.missing.steps:,} steps give no sample.",
            "Check that language.path in the schema is the right field. Then write a list with --write-errata FILE, fill the "
            "instructions in, and convert with --errata FILE; or declare language.empty: filter if these episodes have none.",
            {"share": part, "declared": self.declared},
            **self.missing.counts(),
        )

    def _odd(self, name: str, tally: Tally, severity: str, what: str, todo: str) -> Iterator[Finding]:
        if tally.episodes:
            yield Finding(
                "instruction-odd",
                "warning" if severity == "warning" else "info",
                f"The instruction of {tally.episodes:,} episodes {what}, for example {self.seen[name][:80]!r}. A model learns "
                "these words.",
                f"{todo} where the data is written, or give the right instructions by episode with --errata FILE.",
                {"what": name, "example": self.seen[name][:200]},
                **tally.counts(),
            )
