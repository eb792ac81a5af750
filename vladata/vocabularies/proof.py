"""Texts that try every bin, and the kinds of failures of text -> ids -> text -> bins, at the place of an action.

Every bin is tried at every place of a target (in long targets, at the first three places and the last), with random neighbours;
then targets of only least and greatest bins, and random targets. Each number is also tried beside each other number.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import product
from math import gcd

import numpy as np

from vladata import keys
from vladata.actions.protocol import Codec
from vladata.errors import ParseError
from vladata.vocabularies.demand import Numbered, ranges_of, shaped
from vladata.vocabularies.tokenizer import Tokenizer

RANDOM = 512  # the number of random targets
MOST_ROWS = 30_000  # the most targets that try every bin at every place; if more were needed, only a few places are tried
FEW = 256  # up to this number of bins, all pairs are tried
_DIGIT_AND_SPACE = re.compile(
    r"\d[ \u2581\u0120]"
)  # three spellings of a space: in text, by sentencepiece, by byte-level tokenizers
CORNERS = 8  # places at which all combinations of the least and the greatest bin are tried


def rows_of(codec: Codec) -> np.ndarray:
    """Return the bins of N targets that try every bin, int32 [N, H * W]; N = 0 if texts of the codec are not its bins."""
    if codec.width is None or not isinstance(codec, Numbered):
        return np.zeros((0, 1), np.int32)
    ranges = np.array(ranges_of(codec))
    low, high = ranges[:, 0], ranges[:, 1]
    generator = np.random.Generator(np.random.PCG64(keys.seed_of(0, "vocabulary", codec.kind)))
    places = list(range(len(ranges)))
    if int((high - low + 1).sum()) > MOST_ROWS:
        places = sorted({0, 1, 2, len(ranges) - 1} & set(places))
    rows = [generator.integers(low, high + 1, (RANDOM, len(ranges)))]
    for place in places:
        tried = np.arange(low[place], high[place] + 1)
        block = generator.integers(low, high + 1, (len(tried), len(ranges)))
        block[:, place] = tried
        rows.append(block)
    corners = np.array(list(product((False, True), repeat=min(CORNERS, len(ranges)))))
    ends = corners[:, np.arange(len(ranges)) % corners.shape[1]]
    rows.append(np.where(ends, high, low))
    return np.concatenate(rows).astype(np.int32)


def rows_of_pairs(count: int, every: bool) -> Iterator[list[int]]:
    """Yield rows of numbers in 0..count-1 in which each two numbers, also equal ones, are neighbours: one row per distance.

    every: True for all pairs; False for some distances only, which include powers of two.
    """
    steps = range(count) if every else sorted({0, *(1 << k for k in range((count - 1).bit_length()))})
    for step in steps:
        cycles = gcd(step, count)
        length = count // cycles
        for start in range(cycles):
            yield [(start + step * k) % count for k in range(length + 1)]


def may_join(tokenizer: Tokenizer) -> bool:
    """Return True if some token has a space after a digit. Without such a token, two numbers cannot become one token."""
    return any(_DIGIT_AND_SPACE.search(piece) for piece in tokenizer.pieces)


def texts_of(codec: Codec, rows: np.ndarray) -> list[str]:
    """Return the codec's text of each row."""
    return codec.texts(shaped(codec, rows))


def parsed(codec: Codec, text: str) -> list[int] | None:
    """Return the bins that the codec reads from `text`, as one list; None if it refuses the text."""
    try:
        found: list[int] = codec.parse(text).reshape(-1).tolist()
    except ParseError:
        return None
    return found


def how_it_fails(
    tokenizer: Tokenizer, text: str, expected: Sequence[int], found: Sequence[int]
) -> str | None:
    """Return the kind of flaw if `text` should have the ids `expected` and has the ids `found`; None if there is no flaw.

    unknown: an id is not text.   space: additional spaces.   changed: the ids decode to other characters.
    merged:  fewer tokens.        split: more tokens.         other: as many tokens, but different ones.
    """
    if tokenizer.special & {*found} - {*expected}:
        return "unknown"
    back = tokenizer.decode(list(found)).strip()
    if back != text.strip():
        return "space" if "".join(back.split()) == "".join(text.split()) else "changed"
    if list(found) == list(expected):
        return None
    if _without_blanks(tokenizer, found) == _without_blanks(tokenizer, expected):
        return "space"
    return "split" if len(found) > len(expected) else "merged" if len(found) < len(expected) else "other"


def _without_blanks(tokenizer: Tokenizer, ids: Sequence[int]) -> list[int]:
    return [id for id in ids if not 0 <= id < tokenizer.size or tokenizer.decode([id]).strip()]
