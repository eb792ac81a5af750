"""Which sequences of ids are whole chunks: those whose bytes are exactly as many numbers as a chunk has, all in range.

    8 numbers still to come, ids "(" and "((((((((" and "(((((((((" (1, 8 and 9 numbers): the first two may follow

A machine that counts. Its state is (numbers still to come, the byte of a number that has begun, or nothing); a number below
128 is one byte, one below 2,048 two, so no more than one byte can be open. An id may follow where its bytes go on a text of
numbers within range, not beyond the last of them, and leave what some other id can finish: from every state an end can be
reached. The published tokenizer gives zeros for a sequence that is not whole, and another action for one whose bytes are torn.
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
    """bpe: what ids stand for.   numbers: how many are a chunk.   most: the greatest number, from 0 on."""

    bpe: Bpe
    numbers: int
    most: int

    @property
    def start(self) -> State:
        """Nothing said yet."""
        return self.numbers, 0

    def after(self, state: State, number: int) -> State | None:
        """The state after one more id; None where it may not follow."""
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
        """int64, ascending: the ids that may follow."""
        left, open_byte = state
        found: np.ndarray = np.flatnonzero(self._needed[self._open.index(open_byte)] <= left)
        return found

    def is_end(self, state: State) -> bool:
        """Whether the chunk is whole."""
        return state == (0, 0)

    def state_of(self, ids: Sequence[int]) -> State | None:
        """The state after `ids`; None where no whole chunk begins so."""
        state: State | None = self.start
        for number in ids:
            if state is None or (state := self.after(state, number)) is None:
                return None
        return state

    @cached_property
    def _open(self) -> list[int]:
        """0, and the bytes that can stand open: those which some single id can finish."""
        ends = [bytes_[0] for bytes_ in self.bpe.bytes if len(bytes_) == 1 and bytes_[0] & 0xC0 == _TAIL]
        return [
            0,
            *(lead for lead in range(_LEAD + 2, 0xE0) if any(_two(lead, end) <= self.most for end in ends)),
        ]

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """[open bytes, ids] each: numbers that become whole, the byte left open, numbers that must still be to come."""
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
        """How many numbers are whole after some more bytes, and the byte left open; None where they go on no text."""
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
    """The number of two bytes."""
    return (lead & 0x1F) << 6 | (tail & 0x3F)
