"""The state machine of ids: a sequence is a complete chunk if its bytes are exactly the numbers of a chunk, all in range.

    8 numbers still to come, ids "(" and "((((((((" and "(((((((((" (1, 8 and 9 numbers): the first two may follow

A state is (the count of numbers still to come, the first byte of an unfinished number, or 0). A number below 128 has one byte, a
number below 2,048 two, so at most one byte can be unfinished. An id may follow if its bytes continue the numbers within their
range, do not go beyond the last number, and leave a number unfinished only if another id can finish it: so an end can be reached
from every state. The published tokenizer gives zeros for a sequence that is not complete, and a wrong action for a sequence that
ends within a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vladata.actions.fast.bpe import Bpe

State = tuple[int, int]
_LEAD, _TAIL = 0xC0, 0x80  # 110xxxxx begins a number of two bytes, 10xxxxxx ends it
_NEVER = 1 << 30


@dataclass(frozen=True)
class Sequences:
    """The state machine of the ids of one vocabulary.

    bpe:     the vocabulary, which gives the bytes of each id.
    numbers: the count of numbers in a chunk.
    most:    the greatest number; numbers are in 0..most.
    """

    bpe: Bpe
    numbers: int
    most: int

    @property
    def start(self) -> State:
        """The state before the first id."""
        return self.numbers, 0

    def after(self, state: State, number: int) -> State | None:
        """Return the state after one more id; None if the id may not follow."""
        if not 0 <= number < len(self.bpe):
            return None
        left, open_byte = state
        if open_byte not in self._open:
            return None
        row = self._open.index(open_byte)
        if self._needed[row][number] > left:
            return None
        return left - int(self._whole[row][number]), int(self._ends[row][number])

    def allowed(self, state: State) -> np.ndarray:
        """Return the ids that may follow, int64, ascending."""
        left, open_byte = state
        found: np.ndarray = np.flatnonzero(self._needed[self._open.index(open_byte)] <= left)
        return found

    def is_end(self, state: State) -> bool:
        """Return True if the chunk is complete."""
        return state == (0, 0)

    def state_of(self, ids: Sequence[int]) -> State | None:
        """Return the state after `ids`; None if no complete chunk begins with `ids`."""
        state: State | None = self.start
        for number in ids:
            if state is None or (state := self.after(state, number)) is None:
                return None
        return state

    @cached_property
    def _open(self) -> list[int]:
        """0, and each first byte of a number of two bytes that some id can finish."""
        ends = [bytes_[0] for bytes_ in self.bpe.bytes if len(bytes_) == 1 and bytes_[0] & 0xC0 == _TAIL]
        return [
            0,
            *(lead for lead in range(_LEAD + 2, 0xE0) if any(_two(lead, end) <= self.most for end in ends)),
        ]

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Three arrays [unfinished byte, id]: numbers that become complete, the byte left unfinished, numbers still needed."""
        shape = len(self._open), len(self.bpe)
        whole, ends, needed = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.full(shape, _NEVER)
        for row, open_byte in enumerate(self._open):
            for number, bytes_ in enumerate(self.bpe.bytes):
                if (found := self._read(open_byte, bytes_)) is not None:
                    whole[row, number], ends[row, number] = found
                    needed[row, number] = found[0] + (found[1] != 0)
        return whole, ends, needed

    @property
    def _whole(self) -> np.ndarray:
        return self._table[0]

    @property
    def _ends(self) -> np.ndarray:
        return self._table[1]

    @property
    def _needed(self) -> np.ndarray:
        return self._table[2]

    def _read(self, open_byte: int, bytes_: bytes) -> tuple[int, int] | None:
        """Return the count of numbers that are complete after `bytes_`, and the byte left unfinished; None if not valid."""
        whole = 0
        for byte in bytes_:
            if open_byte:
                if byte & 0xC0 != _TAIL or _two(open_byte, byte) > self.most:
                    return None
                open_byte, whole = 0, whole + 1
            elif byte < _TAIL:
                if byte > self.most:
                    return None
                whole += 1
            elif byte in self._open:
                open_byte = byte
            else:
                return None
        return whole, open_byte


def _two(lead: int, tail: int) -> int:
    """Return the number that two bytes of UTF-8 stand for."""
    return (lead & 0x1F) << 6 | (tail & 0x3F)
