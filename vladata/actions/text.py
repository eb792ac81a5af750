"""Bins as text, and text as bins: "1 128 91 241 5 101 127 217".

Spelled: decimal integers, terminate first, one space between, nothing around them. Read back strictly: exactly one
integer a name, one space between each two, no sign, no leading zero, each within its range; what is not so is a
ParseError that says what, and never a guess at what was meant. Only white space around the whole is let pass, since
tokenizers put a space before the first word and models end with a line break.

RT-2's paper prints one example with 7 numbers instead of 8, so the count is named first among what fits the grammar.
"""

import re
from collections.abc import Sequence

import numpy as np
import orjson

from vladata.errors import ParseError

TERMINATE = "terminate"
_NUMBER = re.compile(r"0|[1-9][0-9]*")
_ANY_INTEGER = re.compile(r"[+-]?[0-9]+")


def spelled(bins: np.ndarray) -> list[str]:
    """One text a row of `bins`, int32 [N, W].

    By way of JSON: orjson writes an integer array in 0.15 microseconds a row of 8, `" ".join(map(str, row))` takes 1.4.
    """
    if bins.size == 0:
        return [""] * len(bins)
    rows = orjson.dumps(np.ascontiguousarray(bins), option=orjson.OPT_SERIALIZE_NUMPY)
    return rows[2:-2].decode().replace(",", " ").split("] [")


def parsed(text: str, names: Sequence[str], bins: int) -> np.ndarray:
    """int32 [len(names)]; `names` begins with "terminate", which is 0 or 1, all others are below `bins`."""
    words = text.strip().split(" ")
    if not all(map(_NUMBER.fullmatch, words)):
        raise _not_numbers(text, words, names, bins)
    if len(words) != len(names):
        raise _error(f"{_count(len(words))} instead of {len(names)}", text, names, bins)
    numbers = [
        int(word) if len(word) < 8 else bins for word in words
    ]  # 8 digits are above the most that bins can be
    for word, number, name in zip(words, numbers, names, strict=True):
        if name == TERMINATE and number > 1:
            raise _error(f"{TERMINATE} is {_cut(word)}, not 0 or 1", text, names, bins)
        if number >= bins:
            raise _error(f"{name} is {_cut(word)}, out of range", text, names, bins)
    return np.array(numbers, np.int32)


def _not_numbers(text: str, words: Sequence[str], names: Sequence[str], bins: int) -> ParseError:
    if not text.strip():
        return _error("there is no text", text, names, bins)
    position, word = next((i, word) for i, word in enumerate(words, 1) if not _NUMBER.fullmatch(word))
    if not word:
        return _error(f"more than one space before word {position}", text, names, bins)
    if not _ANY_INTEGER.fullmatch(word):
        return _error(f"word {position}, {_cut(word)!r}, is no number", text, names, bins)
    name = f", {names[position - 1]}" if position <= len(names) else ""
    if word.startswith("-") and int(word[:8]) != 0:
        return _error(f"word {position}{name}, is {_cut(word)}, out of range", text, names, bins)
    return _error(f"word {position}{name}, {_cut(word)!r}, has a sign or a leading zero", text, names, bins)


def _error(what: str, text: str, names: Sequence[str], bins: int) -> ParseError:
    first = f"{TERMINATE} 0 or 1, then " if names[0] == TERMINATE else ""
    rest = " ".join(name for name in names if name != TERMINATE)
    return ParseError(what, got=text, allowed=f"{first}{rest}, each 0 to {bins - 1}, one space between")


def _count(numbers: int) -> str:
    return "1 number" if numbers == 1 else f"{numbers} numbers"


def _cut(word: str) -> str:
    return word if len(word) <= 16 else word[:16] + "..."
