"""The whole texts of a codec, as a machine over characters: what may come next, and where a text may end.

    "1 128 9"  of "terminate dx dy", 0..255      next: 0 to 9, or the end

A decoder that lets a model say only what is allowed gets a text that parses, always: every text of `texts` is accepted, and
every accepted text is one that `parse` takes. White space around a text, which `parse` lets pass, is not.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from vladata.actions.text import NumberText

DIGITS = "0123456789"
SPACE = " "


class Automaton(Protocol):
    """A machine over characters. Its states are hashable, and from each of them an end can be reached.

    The states are of a type of its own, that only it looks into.
    """

    @property
    def start(self) -> Hashable:
        """The state before the first character."""

    def after(self, state: Any, text: str) -> Hashable | None:
        """The state after some more characters, any number of them; None where no whole text goes on so."""

    def allowed(self, state: Any) -> frozenset[str]:
        """The characters that may come next."""

    def is_end(self, state: Any) -> bool:
        """Whether what was said up to here is a whole text."""


@dataclass(frozen=True, slots=True)
class NumberAutomaton:
    """The machine of numbers with a space between each two.

    A state is (how many numbers are whole, the characters of the one after them). Numbers that no character goes on with are
    alike from there on, and are one state: a decoder looks up once what may follow.
    """

    text: NumberText

    @property
    def start(self) -> tuple[int, str]:
        """(0, "")."""
        return 0, ""

    def after(self, state: tuple[int, str], text: str) -> tuple[int, str] | None:
        """The state after `text`; None where no whole text goes on so."""
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
        """Digits, a minus where a negative number begins, a space where a whole number is not the last."""
        position, word = state
        least, most = self._range(position)
        is_last = position + 1 == self.text.chunk * self.text.width
        return _letters(word, least, most) | (
            frozenset(SPACE) if not is_last and _is_number(word, least, most) else frozenset()
        )

    def is_end(self, state: tuple[int, str]) -> bool:
        """Whether the last number is whole, and as many are there as a whole text has."""
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
    """The characters after which `word` still begins a number of least..most."""
    return frozenset(letter for letter in f"-{DIGITS}" if _begins(word + letter, least, most))


@cache
def _alike(word: str, least: int, most: int) -> str:
    """`word`; one number for all that no character goes on with."""
    return word if _letters(word, least, most) else str(most if most >= 0 else least)


def _begins(word: str, least: int, most: int) -> bool:
    """Whether some number of least..most is written with `word` at its beginning."""
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
    """The ranges of the numbers that begin with the digits of `number`, as long as they begin at or below `most`."""
    size = 1
    while number * size <= most:
        yield number * size, number * size + size - 1
        size *= 10
