"""Bins as text, and text as bins: "1 128 91 241 5 101 127 217".

A text is decimal integers, terminate first, with one space between each two and nothing around them; the actions of a chunk
follow one another. Texts are read strictly: exactly one integer per name, one space between each two, no sign except the minus of
a negative number, no leading zero, each number within its range. Any other text is a ParseError that says why; nothing is
guessed. Only white space around the text is ignored, since tokenizers put a space before the first word and models end with a
line break.

RT-2's paper prints one example with 7 numbers instead of 8, so a wrong count is reported before a wrong range.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import orjson

from vladata.errors import CodecError, ParseError

TERMINATE = "terminate"
_COUNTED = re.compile(r"0|[1-9][0-9]*")
_SIGNED = re.compile(r"0|-?[1-9][0-9]*")
_ANY_INTEGER = re.compile(r"[+-]?[0-9]+")
_LONG, _BEYOND = 9, 10**9
"""A count of characters that no bin has, and a number that is never a bin."""


def spelled(bins: np.ndarray) -> list[str]:
    """Return one text per row of `bins`, whole numbers [N, W] that int32 can hold.

    The text is made from JSON: orjson writes a row of 8 integers in 0.15 microseconds; `" ".join(map(str, row))` takes 1.4.
    """
    if bins.size == 0:
        return [""] * len(bins)
    rows = orjson.dumps(np.ascontiguousarray(bins, np.int32), option=orjson.OPT_SERIALIZE_NUMPY)
    return rows[2:-2].decode().replace(",", " ").split("] [")


def as_text(text: object) -> str:
    """Return `text`. Raises CodecError, not ParseError, if it is not a str (TensorFlow gives bytes): no model is at fault."""
    if not isinstance(text, str):
        hint = "Decode bytes first: text.decode()." if isinstance(text, bytes) else ""
        raise CodecError(
            "the text to parse must be a str", got=type(text).__name__, allowed="one text, a str", hint=hint
        )
    return text


@dataclass(frozen=True, slots=True)
class NumberText:
    """The texts of numbers that a codec writes: the range of each number, and how many there are.

    names:       the names of the W numbers of one action, in order.
    least, most: the range of each number, [W], both ends included.
    chunk:       H, the number of actions of a complete text.
    shorter:     True if a complete text may also have 1 to H - 1 actions.
    """

    names: tuple[str, ...]
    least: tuple[int, ...]
    most: tuple[int, ...]
    chunk: int = 1
    shorter: bool = False

    @property
    def width(self) -> int:
        """W, the count of numbers of one action."""
        return len(self.names)

    def is_whole(self, count: int) -> bool:
        """Return True if a text of `count` numbers is complete."""
        actions, over = divmod(count, self.width)
        return over == 0 and (0 < actions <= self.chunk if self.shorter else actions == self.chunk)

    def bins_allowed(self, prefix: Sequence[int]) -> tuple[range, bool]:
        """Return the numbers that may follow `prefix`, and True if it is complete; none and False if no text begins with it."""
        whole = self.chunk * self.width
        if len(prefix) > whole or not all(
            map(_is_within, prefix, self.least * self.chunk, self.most * self.chunk)
        ):
            return range(0), False
        if len(prefix) == whole:
            return range(0), True
        place = len(prefix) % self.width
        return range(self.least[place], self.most[place] + 1), self.is_whole(len(prefix))

    def parse(self, text: str) -> np.ndarray:
        """Return the numbers of n actions, int32 [n * W]. Raises ParseError if `text` is not a complete text."""
        words = as_text(text).strip().split(" ")
        pattern = _COUNTED if min(self.least) >= 0 else _SIGNED
        if not all(map(pattern.fullmatch, words)):
            raise self._not_numbers(text, words, pattern)
        if not self.is_whole(len(words)):
            raise self._error(self._miscounted(len(words)), text)
        numbers = [int(word) if len(word) < _LONG else _BEYOND for word in words]
        actions = len(numbers) // self.width
        within = list(map(_is_within, numbers, self.least * actions, self.most * actions))
        if not all(within):
            position = within.index(False)
            raise self._error(self._beyond(position, words[position]), text)
        return np.array(numbers, np.int32)

    def _name(self, position: int) -> str:
        """Return the name of a number in messages: "dx", or "dx of action 3"."""
        action, place = divmod(position, self.width)
        return self.names[place] if self.chunk == 1 else f"{self.names[place]} of action {action + 1}"

    def _not_numbers(self, text: str, words: Sequence[str], pattern: re.Pattern[str]) -> ParseError:
        if not text.strip():
            return self._error("the text is empty", text)
        position, word = next((i, word) for i, word in enumerate(words, 1) if not pattern.fullmatch(word))
        if not word:
            return self._error(f"more than one space before word {position}", text)
        if not _ANY_INTEGER.fullmatch(word):
            return self._error(f"word {position}, {_cut(word)!r}, is not a number", text)
        name = f", {self._name(position - 1)}" if position <= self.chunk * self.width else ""
        if word.startswith("-") and pattern is _COUNTED and int(word[:_LONG]) != 0:
            return self._error(f"word {position}{name}, is {_cut(word)}, out of range", text)
        return self._error(f"word {position}{name}, {_cut(word)!r}, has a sign or a leading zero", text)

    def _miscounted(self, found: int) -> str:
        whole = self.chunk * self.width
        if self.chunk == 1:
            return f"{_count(found)} instead of {whole}"
        if self.shorter and found < whole:
            return f"{_count(found)} instead of a multiple of {self.width}, the numbers of an action"
        most = "at most " if self.shorter else ""
        return f"{_count(found)} instead of {most}{whole}, {self.chunk} actions of {self.width}"

    def _beyond(self, position: int, word: str) -> str:
        place = position % self.width
        least, most = self.least[place], self.most[place]
        told = f"not {least} or {most}" if most - least == 1 else "out of range"
        return f"{self._name(position)} is {_cut(word)}, {told}"

    def _error(self, what: str, text: str) -> ParseError:
        """Return the ParseError with what is expected: "terminate 0 or 1, then dx dy, each 0 to 255, one space between"."""
        parts = []
        ranges = zip(self.names, self.least, self.most, strict=True)
        for (is_flag, least, most), group in groupby(ranges, lambda each: (each[0] == TERMINATE, *each[1:])):
            names = " ".join(name for name, _, _ in group)
            if is_flag:
                parts.append(f"{names} {least} {'or' if most - least == 1 else 'to'} {most}")
            else:
                parts.append(f"{names}, each {least} to {most}")
        times = f"{'1 to ' if self.shorter else ''}{self.chunk} times " if self.chunk > 1 else ""
        return ParseError(what, got=text, allowed=f"{times}{', then '.join(parts)}, one space between")


def _is_within(number: int, least: int, most: int) -> bool:
    return least <= number <= most


def _count(numbers: int) -> str:
    return "1 number" if numbers == 1 else f"{numbers} numbers"


def _cut(word: str) -> str:
    return word if len(word) <= 16 else word[:16] + "..."
