"""Hostile values: whatever is handed to a codec as actions, flags or bins, it gives an array or an error of ours.

Hostile texts and the automata are in tests/actions/test_every_codec.py.
"""

import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.actions.every_codec import ONE_BIN_A_DIMENSION, made
from vladata.actions.codec import codec
from vladata.actions.contract import codec_from_contract, contract
from vladata.errors import CodecError, UsageError

FUZZ = settings(max_examples=60)
every = pytest.mark.parametrize("name", ONE_BIN_A_DIMENSION)

NO_ARRAYS = [[[1], [1, 2]], [1, [2]], [[0] * 7, [0] * 8]]
NO_NUMBERS = [
    None,
    "1 2",
    b"1 2",
    {},
    Ellipsis,
    [10**400] * 7,
    [None] * 7,
    ["1"] * 7,
    np.full((1, 7), "1"),
    np.full((1, 7), b"1"),
    np.zeros((1, 7), complex),
    np.zeros((1, 7), object),
    np.zeros((1, 7), "M8[s]"),
    np.zeros((1, 7), "m8[s]"),
    np.zeros(7, [("a", "f4")]),
]
ODD = [3, 3.5, True, [], [[]], np.array(3), np.zeros((2, 0)), np.zeros((0, 3)), np.zeros((1, 1, 1, 99), int)]


def array_or_error(call, *given, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = call(*given, **more)
        except CodecError:
            return None
    assert isinstance(found, np.ndarray | list | str)
    return found


@every
@pytest.mark.parametrize("wrong", [*NO_ARRAYS, *NO_NUMBERS], ids=lambda wrong: repr(wrong)[:40])
def test_what_is_no_array_of_numbers_is_refused(name, wrong):
    for chunk in (1, 3):
        which = made(name, chunk=chunk)
        good = np.zeros((1, len(which.names)), np.float32)
        for take in (which.encode, which.decode, which.texts, which.text):
            assert array_or_error(take, wrong) is None
        assert array_or_error(which.encode, wrong, terminate=[False]) is None
        if wrong is not None:
            assert array_or_error(which.encode, good, terminate=wrong) is None


@every
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:40])
def test_other_shapes_are_refused(name, odd):
    which = made(name)
    for take in (which.encode, which.decode, which.texts, which.text):
        assert array_or_error(take, odd) is None


def test_the_words():
    which = made("rt2")
    with pytest.raises(
        CodecError, match=r"^actions are not an array; got 'list'; allowed: rows of one length\.$"
    ):
        which.encode([[1], [1, 2]])
    with pytest.raises(
        CodecError, match=r"^bins are not an array; got 'list'; allowed: rows of one length\.$"
    ):
        which.decode([[1], [1, 2]])
    with pytest.raises(CodecError, match=r"^flags are not an array; got 'list'"):
        which.encode(np.zeros((2, 7)), terminate=[[1], [1, 2]])
    with pytest.raises(CodecError, match=r"^actions are not numbers; got '<U1'; allowed: float32\.$"):
        which.encode(np.full((1, 7), "1"))
    with pytest.raises(
        CodecError,
        match=r"^terminate must be bool, or 0 and 1; got '<U1'; allowed: 1 = the end, 0 = go on\.$",
    ):
        which.encode(np.zeros((1, 7)), terminate=["1"])


@FUZZ
@given(name=st.sampled_from(ONE_BIN_A_DIMENSION), data=st.data())
def test_any_array_is_bins_or_an_error(name, data):
    which = made(name, chunk=data.draw(st.sampled_from([1, 2])))
    width = data.draw(st.sampled_from([which.width, len(which.names), 1, 3]))
    shape = (*data.draw(arrays.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3)), width)
    kinds = (
        arrays.integer_dtypes()
        | arrays.unsigned_integer_dtypes()
        | arrays.floating_dtypes()
        | arrays.boolean_dtypes()
    )
    values = data.draw(arrays.arrays(data.draw(kinds), shape))
    bins = array_or_error(which.encode, values)
    if bins is not None:
        assert bins.dtype == np.int32
        assert bins.shape[:-1] == values.shape[:-1]
        assert np.isfinite(which.decode(bins)).all()
    actions = array_or_error(which.decode, values)
    if actions is not None:
        assert actions.dtype == np.float32
        assert np.isfinite(actions).all()


ODD_NAMES = [
    ["a b", "c\nd"],
    ["", "x"],
    ['"', "\\"],
    ["é", "\u00a0"],
    ["{}", "%s"],
    ["x,y", "z;"],
    ["x" * 5000, "y"],
]


@pytest.mark.parametrize(
    "kind", ["rt2", "text-integers", "uniform", "octo", "openvla", "openpi-state", "language-table"]
)
@pytest.mark.parametrize("names", ODD_NAMES, ids=lambda names: repr(names)[:20])
def test_a_contract_comes_back_whatever_its_dimensions_are_called(kind, names):
    which = codec(
        kind, bounds={"low": [-1, 0], "high": [1, 2]}, names=names, gripper={names[1]: "open_absolute"}
    )
    content = json.loads(json.dumps(contract(which, chain=names[0])))
    again = codec_from_contract(content)
    assert again == which
    assert again.names == tuple(names)
    assert again.grippers == {names[1]: "open_absolute"}
    assert contract(again, chain=names[0])["digest"] == content["digest"]


@pytest.mark.parametrize("names", ["ab", 5, [1, 2], ["a", None], [b"x", b"y"]])
def test_names_that_are_no_texts_are_refused(names):
    with pytest.raises(UsageError, match=r"^names must be a list of texts; got .*allowed: "):
        codec("rt2", bounds={"low": [-1, 0], "high": [1, 2]}, names=names)


@every
def test_bins_of_any_integer_type_are_the_same_bins(name):
    which = made(name)
    bins = np.asarray(which.encode(np.zeros((1, len(which.names)), np.float32), terminate=np.array([False])))
    for dtype in (np.int8, np.uint8, np.int16, np.uint16, np.uint64):
        info = np.iinfo(dtype)
        if (bins >= info.min).all() and (bins <= info.max).all():
            np.testing.assert_array_equal(which.decode(bins.astype(dtype)), which.decode(bins))
            assert which.texts(bins.astype(dtype)) == which.texts(bins)
