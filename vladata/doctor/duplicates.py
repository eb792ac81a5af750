"""duplicates: episodes that are in the dataset twice, by the recorded numbers of all their steps.

The columns that the schema's action and state read (of those that the index keeps) are compared in every step, bit for bit.
For each episode 16 bytes of their hash and 8 bytes of the hash of its instructions are kept in memory; ids are found again on
the second pass. An episode that does not move, or has fewer than LEAST steps, is like many others and is not compared.
"""

import hashlib
from collections.abc import Collection, Iterator

import numpy as np

from vladata.doctor.finding import SHOWN, Finding, Severity, Tally
from vladata.doctor.track import Track
from vladata.spec.dataset import DatasetSpec
from vladata.spec.references import parse

LEAST = 3
TRAIN = "train"
WHAT = ("splits", "words", "same")
SAYS = {
    "splits": "equal, number for number, to episodes of another split: a model is tested on episodes that it was trained on",
    "words": "equal, number for number, to other episodes of their split, under other instructions",
    "same": "equal, number for number, to other episodes of their split: a model sees them twice as often",
}
ADVICE = {
    "splits": "Write a list that excludes them with --write-errata FILE (it keeps the episode in train) and convert with "
    "--errata FILE; or do not test on that split.",
    "words": "Read both instructions: one motion can have two names, or one name is wrong. --write-errata FILE lists all but the "
    "first, and a conversion with --errata FILE excludes them.",
    "same": "Write a list that excludes them with --write-errata FILE (it keeps the first) and convert with --errata FILE.",
}


def content_columns(spec: DatasetSpec, chain: str | None, raw: Collection[str]) -> list[str]:
    """Return the raw columns that are compared: those that action and state read, or all numbers where the index keeps none."""
    end = parse(spec.terminate.path) if spec.terminate.path else None
    named = {reference.path for _, text in spec.references(chain) if (reference := parse(text))}
    named -= {end.path, "is_last"} if end else {"is_last"}
    return sorted(named & set(raw)) or sorted(raw)


class Duplicates:
    """A search in two passes: `see` every episode, then `settle`, then `place` every episode in the same order."""

    def __init__(self, columns: list[str]) -> None:
        self.columns = columns
        self._content, self._words, self._split = bytearray(), bytearray(), bytearray()
        self._splits: list[str] = []
        self._first: np.ndarray = np.zeros(0, np.int64)
        self._what: np.ndarray = np.zeros(0, np.int8)
        self._ids: dict[int, str] = {}
        self.tallies = {what: Tally() for what in WHAT}
        self.pairs: dict[str, list[tuple[int, int]]] = {what: [] for what in WHAT}

    def see(self, track: Track) -> None:
        """Take the hashes of an episode."""
        number = len(self._split)
        self._content += self._digest(track) or number.to_bytes(16, "little")
        self._words += hashlib.blake2b(repr(track.instructions).encode(), digest_size=8).digest()
        if track.split not in self._splits:
            self._splits.append(track.split)
        self._split.append(self._splits.index(track.split) % 256)

    def _digest(self, track: Track) -> bytes | None:
        values = [track.raw[path] for path in self.columns if path in track.raw]
        if track.steps < LEAST or all((v == v[:1]).all() for v in values):
            return None
        state = hashlib.blake2b(digest_size=16)
        for array in values:
            state.update(f"{array.shape} {array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
        return state.digest()

    def settle(self) -> None:
        """Find out which episode each one repeats. Of equal episodes the first in train is kept, or the first of all."""
        content = np.frombuffer(bytes(self._content), np.uint64).reshape(-1, 2)
        words, split = (
            np.frombuffer(bytes(self._words), np.uint64),
            np.frombuffer(bytes(self._split), np.uint8),
        )
        self._content, self._words, self._split = bytearray(), bytearray(), bytearray()
        others = np.array([name != TRAIN for name in self._splits] or [False])[split]
        order = np.lexsort((np.arange(len(content)), others, content[:, 1], content[:, 0]))
        begins = np.ones(len(order), bool)
        begins[1:] = (content[order[1:]] != content[order[:-1]]).any(axis=1)
        self._first = np.empty(len(order), np.int64)
        self._first[order] = order[np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))]
        same_split, same_words = split == split[self._first], words == words[self._first]
        self._what = np.where(~same_split, 0, np.where(~same_words, 1, 2)).astype(np.int8)
        for code, what in enumerate(WHAT):
            found = np.flatnonzero((self._what == code) & (self._first != np.arange(len(order))))[:SHOWN]
            self.pairs[what] = [(int(i), int(self._first[i])) for i in found]
        self._ids = {number: "" for pairs in self.pairs.values() for pair in pairs for number in pair}

    def place(self, track: Track, number: int) -> bool:
        """Count episode `number` of the pass; return True if it repeats another one, which is kept."""
        if number in self._ids:
            self._ids[number] = track.id
        if self._first[number] == number:
            return False
        self.tallies[WHAT[self._what[number]]].add(track.id, track.steps)
        return True

    def findings(self) -> Iterator[Finding]:
        for what, tally in self.tallies.items():
            if not tally.episodes:
                continue
            pairs = [[self._ids[i], self._ids[j]] for i, j in self.pairs[what]]
            says = f"{tally.episodes:,} episodes are {SAYS[what]}. For example, {pairs[0][0]} equals {pairs[0][1]}."
            evidence = {"what": what, "pairs": pairs, "compared": self.columns}
            severity: Severity = "error" if what == "splits" else "warning"
            yield Finding("duplicates", severity, says, ADVICE[what], evidence, **tally.counts())
