"""The vocabulary learnt from a dataset's chunks: the coefficients that occur, and the byte pairs of their texts.

It is learnt in one pass over the chunks, in memory that does not grow with their number. All chunks decide the range of the
coefficients, and which of them occur. Byte pairs are learnt from all chunks if they have at most `MOST_NUMBERS` coefficients;
else from every second chunk, or every fourth, eighth, ...: the smallest such step that leaves few enough. Which chunks are taken
depends only on their order. The contract holds how many chunks were taken, and of how many.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from vladata.actions.fast.bpe import Bpe, counted
from vladata.actions.fast.coefficients import Coefficients
from vladata.actions.fast.pieces import NUMBERS
from vladata.errors import CodecError

MOST_NUMBERS = 1 << 24
_BLOCK = 1 << 16  # numbers


@dataclass(frozen=True)
class Learnt:
    """A vocabulary of coefficients.

    least, most: the range of the coefficients. Coefficient q is written as the character with code q - least.
    bpe:         the byte pairs.
    source:      the origin of the vocabulary: {"chunks": M, "of": N}, or the digests of a folder's files.
    """

    least: int
    most: int
    bpe: Bpe
    source: Mapping[str, Any] = field(hash=False)

    def __post_init__(self) -> None:
        if not 0 <= self.most - self.least < NUMBERS:
            what = f"a text cannot hold all coefficients from {self.least} to {self.most}"
            hint = "A smaller scale gives fewer different coefficients."
            raise CodecError(what, allowed=f"{NUMBERS} different ones", hint=hint)
        if not self.spelled.size:
            raise CodecError("the vocabulary cannot spell any coefficient", got=f"{len(self.bpe)} ids")

    @cached_property
    def spelled(self) -> np.ndarray:
        """The coefficients that the vocabulary can spell, int64, ascending."""
        numbers = self.bpe.spellable
        found: np.ndarray = numbers[numbers <= self.most - self.least] + self.least
        return found

    def nearest(self, found: np.ndarray) -> np.ndarray:
        """Return the nearest coefficients that can be spelled, int64 in the shape of `found`; the lower of two equally near
        ones."""
        if len(self.spelled) == self.most - self.least + 1:
            inside: np.ndarray = np.clip(found, self.least, self.most)
            return inside
        after = np.searchsorted(self.spelled, found).clip(0, len(self.spelled) - 1)
        before = np.maximum(after - 1, 0)
        high, low = self.spelled[after], self.spelled[before]
        nearest: np.ndarray = np.where(np.abs(found - low) <= np.abs(high - found), low, high)
        return nearest

    def to_json(self) -> dict[str, Any]:
        """Return the part of a contract that describes this vocabulary."""
        return {"least": self.least, "most": self.most, **self.bpe.to_json(), "learnt": dict(self.source)}

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> "Learnt":
        """Return the vocabulary from which `to_json` made `part`."""
        return cls(part["least"], part["most"], Bpe.from_json(part), part["learnt"])


def learn_from(
    blocks: Iterable[np.ndarray], coefficients: Coefficients, vocabulary: int, most: int = MOST_NUMBERS
) -> Learnt:
    """Return the vocabulary learnt from blocks of chunks, float32 [N, H, D], all finite. Raises CodecError if there are none.

    vocabulary: the largest number of ids.
    most:       the largest number of coefficients from which byte pairs are learnt; 2 chunks are always taken.
    """
    taken = _Sample(most)
    seen = np.zeros(2 * int(coefficients.reach().max()) + 1, bool)
    middle = len(seen) // 2
    for block in _joined(blocks):
        found = coefficients.of(block)
        seen[np.unique(found) + middle] = True
        taken.add(found)
    if not taken.met:
        raise CodecError(
            "there is no chunk to learn a vocabulary from",
            hint="Chunks must be shorter than the episodes.",
        )
    values = np.flatnonzero(seen)
    least, greatest = int(values[0]) - middle, int(values[-1]) - middle
    if greatest - least >= NUMBERS:
        return Learnt(least, greatest, Bpe("", ()), {})  # raises the error for this range
    wide = np.ascontiguousarray(taken.rows() - least, "<u4")
    pieces = counted(row.tobytes().decode("utf-32-le") for row in wide)
    also = "".join(chr(value - values[0]) for value in values.tolist())
    bpe = Bpe.learnt(pieces, greatest - least + 1, vocabulary, also)
    return Learnt(least, greatest, bpe, {"chunks": len(wide), "of": taken.met})


def _joined(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the chunks in larger blocks, none empty, since a block of one chunk takes as long as a block of hundreds."""
    waiting: list[np.ndarray] = []
    for block in blocks:
        waiting.append(block)
        if sum(each.size for each in waiting) >= _BLOCK:
            yield np.concatenate(waiting)
            waiting.clear()
    if sum(map(len, waiting)):
        yield np.concatenate(waiting)


class _Sample:
    """Every `step`-th of the added rows, as int16. `step` doubles whenever the kept rows hold more than `most` numbers."""

    def __init__(self, most: int) -> None:
        self.most, self.met, self.step = most, 0, 1
        self._kept: list[np.ndarray] = []

    def add(self, rows: np.ndarray) -> None:
        self._kept.append(rows[-self.met % self.step :: self.step].astype(np.int16))
        self.met += len(rows)
        while sum(kept.size for kept in self._kept) > max(self.most, 2 * rows.shape[1]):
            self._kept, self.step = [self.rows()[::2]], 2 * self.step

    def rows(self) -> np.ndarray:
        """Return the M kept rows, int16 [M, H * D]."""
        return np.concatenate(self._kept)
