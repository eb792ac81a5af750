"""The tests of filter_episode and filter_steps: one answer for each row, True if all its columns pass.

is_true             not zero; NaN does not pass
is_false            zero
eq, gt              equal to, greater than the value
abs_le              absolute value at most the value
unchanged           equal to the row before; the first row always passes
matches             a text in which the regular expression is found (re.search); never a text that is not UTF-8
non_empty           a text with something other than spaces
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np


def _unchanged(x: np.ndarray, _: Any) -> np.ndarray:
    same = np.ones(x.shape, bool)
    same[1:] = x[1:] == x[:-1]
    return same


OF_NUMBERS: Mapping[str, Callable[[np.ndarray, Any], np.ndarray]] = {
    "is_true": lambda x, _: (x != 0) & ~np.isnan(x),
    "is_false": lambda x, _: x == 0,
    "eq": lambda x, value: x == value,
    "gt": lambda x, value: x > value,
    "abs_le": lambda x, value: np.abs(x) <= value,
    "unchanged": _unchanged,
}
OF_TEXTS: Mapping[str, Callable[[str, Any], bool]] = {
    "matches": lambda text, pattern: re.search(pattern, text) is not None,
    "non_empty": lambda text, _: bool(text.strip()),
}


def of_numbers(test: str, x: np.ndarray, value: Any) -> np.ndarray:
    """Return bool [T], the answers of a test of numbers. x: float [T, W]."""
    answers: np.ndarray = np.all(OF_NUMBERS[test](x, value), axis=1)
    return answers


def of_texts(test: str, texts: Sequence[str], value: Any) -> np.ndarray:
    """Return bool [T], the answers of a test of T texts; equal texts are tested once."""
    answers = {text: OF_TEXTS[test](text, value) for text in set(texts)}
    return np.array([answers[text] for text in texts], bool)
