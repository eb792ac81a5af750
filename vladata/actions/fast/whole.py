"""Check ids and their texts: their bytes must be exactly H * D numbers of the fitted range.

Any others are a ParseError that says what was expected and what was found; the published code gives zeros for them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vladata.actions.fast.learnt import Learnt
from vladata.actions.fast.sequences import Sequences
from vladata.actions.text import as_text
from vladata.errors import ParseError

_ID = re.compile(r"0|[1-9][0-9]*")
_LONG, _BEYOND = 9, 10**9
"""A count of digits that no id has, and a number that is never an id."""


@dataclass(frozen=True)
class WholeChunks:
    """Chunks of `chunk` actions (H) with `dimensions` numbers each (D), in the vocabulary `learnt`."""

    learnt: Learnt
    chunk: int
    dimensions: int

    @cached_property
    def sequences(self) -> Sequences:
        """The state machine that accepts the ids of these chunks."""
        return Sequences(self.learnt.bpe, self.chunk * self.dimensions, self.learnt.most - self.learnt.least)

    def parse(self, text: str) -> np.ndarray:
        """Return int32 ids [M] of a text. Raises ParseError if they are not a chunk."""
        words = as_text(text).strip().split(" ")
        wrong = next((i for i, word in enumerate(words) if not _ID.fullmatch(word)), None)
        if wrong is not None:
            word = words[wrong]
            shown = repr(word if len(word) <= 16 else word[:16] + "...")
            what = f"word {wrong + 1}, {shown}, is not an id" if text.strip() else "the text is empty"
            raise ParseError(what, got=text, allowed=self._allowed)
        ids = [int(word) if len(word) < _LONG else _BEYOND for word in words]
        self.coefficients(ids)
        return np.array(ids, np.int32)

    def coefficients(self, ids: Sequence[int]) -> np.ndarray:
        """Return int64 [H * D], the coefficients of a chunk. Raises ParseError if the ids are not a chunk."""
        size, expected = len(self.learnt.bpe), self.chunk * self.dimensions
        for at, number in enumerate(ids, 1):
            if not 0 <= number < size:
                raise ParseError(f"id {at} is out of range", got=number, allowed=f"0 to {size - 1}")
        numbers = self.learnt.bpe.decode(ids)
        if numbers is None:
            raise ParseError("the ids end within a coefficient", got=f"{len(ids)} ids", allowed=self._allowed)
        if len(numbers) != expected:
            what = f"the ids hold {len(numbers)} coefficients instead of {expected}"
            raise ParseError(what, got=f"{len(ids)} ids", allowed=self._allowed)
        found: np.ndarray = numbers + self.learnt.least
        if found.max() > self.learnt.most:
            what = f"the ids hold the coefficient {found.max()}"
            raise ParseError(
                what, got=f"{len(ids)} ids", allowed=f"{self.learnt.least} to {self.learnt.most}"
            )
        return found

    @property
    def _allowed(self) -> str:
        size = len(self.learnt.bpe)
        return (
            f"ids 0 to {size - 1} that hold {self.chunk} x {self.dimensions} coefficients, one space between"
        )
