"""Hostile values given to codecs of whole chunks: each gives an array, a list or a text, or an error of ours."""

import numpy as np
import pytest

from tests.fuzz.test_codecs import NO_ARRAYS, NO_NUMBERS, ODD, array_or_error
from vladata.actions.codec import codec
from vladata.errors import CodecError

NAMES = ("dx", "dy", "gripper")


@pytest.fixture(params=["fast", "words"])
def which(request):
    """A codec of chunks of 3 actions of 3 dimensions."""
    more = {"bounds": {"low": [-1] * 3, "high": [1] * 3}, "chunks": [np.eye(3, dtype=np.float32)[np.newaxis]]}
    settings = more if request.param == "fast" else {}
    return codec(request.param, names=NAMES, gripper="open_absolute", chunk=3, **settings)


@pytest.mark.parametrize("wrong", [*NO_ARRAYS, *NO_NUMBERS], ids=lambda wrong: repr(wrong)[:40])
def test_what_is_no_array_of_numbers_is_refused(which, wrong):
    good = np.zeros((1, 3, 3), np.float32)
    for call, given in [
        (which.encode, (wrong,)),
        *([(which.encode, (good, wrong))] if wrong is not None else []),
        (which.decode, (wrong,)),
        (which.text, (wrong,)),
    ]:
        with pytest.raises(CodecError):
            call(*given)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:40])
def test_odd_shapes_are_an_array_or_an_error(which, odd):
    good = np.zeros((1, 3, 3), np.float32)
    for call, given in [
        (which.encode, (odd,)),
        (which.encode, (good, odd)),
        (which.decode, (odd,)),
        (which.text, (odd,)),
    ]:
        array_or_error(call, *given)
    assert which.encode(good[:0]) == []
    assert which.texts([]) == []


def test_huge_and_hidden_values_are_refused_or_cut(which):
    for value in (np.nan, np.inf, -np.inf, 1e300):
        values = np.zeros((1, 3, 3))
        values[0, 1, 1] = value
        with pytest.raises(CodecError, match=r"^row 0, 1, dy: an action is not finite"):
            which.encode(values)
    largest = np.full((1, 3, 3), np.finfo(np.float32).max)
    array_or_error(which.encode, largest)
