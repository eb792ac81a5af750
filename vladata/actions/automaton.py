"""A state machine over the characters of a codec's texts: which character may come next, and where a text may end.

    "1 128 9"  of "terminate dx dy", 0..255      next: 0 to 9, or the end

A decoder that lets a model write only allowed characters always gets a text that parses: the machine accepts every text that
`texts` returns, and `parse` reads every text that the machine accepts. The machine does not accept white space around a text,
though `parse` ignores it.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from vladata.actions.text import NumberText

DIGITS = "0123456789"
SPACE = " "


class Automaton(Protocol):
    """A state machine over characters. Its states are hashable, and from each of them an end can be reached.

    Each machine has its own type of state, which other code does not inspect.
    """

    @property
    def start(self) -> Hashable:
        """The state before the first character."""

    def after(self, state: Any, text: str) -> Hashable | None:
        """Return the state after the characters of `text`; None if no complete text continues like this."""

    def allowed(self, state: Any) -> frozenset[str]:
        """Return the characters that may come next."""

    def is_end(self, state: Any) -> bool:
        """Return True if the characters up to this state are a complete text."""


@dataclass(frozen=True, slots=True)
class NumberAutomaton:
    """The state machine of numbers with one space between each two.

    A state is (the count of complete numbers, the characters of the next number). All numbers to which no digit can be added
    share one state, since the same characters may follow: a decoder looks them up once.
    """

    text: NumberText

    @property
    def start(self) -> tuple[int, str]:
        """The state before the first character: (0, "")."""
        return 0, ""

    def after(self, state: tuple[int, str], text: str) -> tuple[int, str] | None:
        """Return the state after the characters of `text`; None if no complete text continues like this."""
        position, word = state
        for letter in text:
            if letter not in self.allowed((position, word)):
                return None
            if letter == SPACE:
                position, word = position + 1, ""
            else:
                word = _alike(word + letter, *self._range(position))
        return position, word

    def allowed(self, state: tuple[int, str]) -> frozenset[str]:
        """Return the characters that may come next: digits, a minus before a negative number, a space between two numbers."""
        position, word = state
        least, most = self._range(position)
        is_last = position + 1 == self.text.chunk * self.text.width
        return _letters(word, least, most) | (
            frozenset(SPACE) if not is_last and _is_number(word, least, most) else frozenset()
        )

    def is_end(self, state: tuple[int, str]) -> bool:
        """Return True if the last number is complete and the text has the right count of numbers."""
        position, word = state
        return self.text.is_whole(position + 1) and _is_number(word, *self._range(position))

    def _range(self, position: int) -> tuple[int, int]:
        place = position % self.text.width
        return self.text.least[place], self.text.most[place]


@cache
def _is_number(word: str, least: int, most: int) -> bool:
    return word not in ("", "-") and least <= int(word) <= most


@cache
def _letters(word: str, least: int, most: int) -> frozenset[str]:
    """Return the characters that may follow `word`, the beginning of a number in least..most."""
    return frozenset(letter for letter in f"-{DIGITS}" if _begins(word + letter, least, most))


@cache
def _alike(word: str, least: int, most: int) -> str:
    """Return `word`, or, for a number to which no digit can be added, one fixed number in place of all such numbers."""
    return word if _letters(word, least, most) else str(most if most >= 0 else least)


def _begins(word: str, least: int, most: int) -> bool:
    """Return True if the decimal text of some number in least..most begins with `word`."""
    if word.startswith("-"):
        word, least, most = word[1:], max(1, -most), -least
        if not word:
            return least <= most
    if word == "0":
        return least <= 0 <= most
    if word.startswith("0") or not word.isdecimal():
        return False
    return any(first <= most and last >= least for first, last in _grown(int(word), most))


def _grown(number: int, most: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges (first, last) of the numbers that begin with the digits of `number`, while first is at most `most`."""
    size = 1
    while number * size <= most:
        yield number * size, number * size + size - 1
        size *= 10
