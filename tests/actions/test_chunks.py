"""Chunks: H actions in one text, one after the other, and what is refused of texts that hold other counts."""

import numpy as np
import pytest

import vladata
from vladata.actions.contract import codec_from_contract, contract
from vladata.errors import CodecError, ParseError, UsageError

PLANE = {"bounds": {"low": [-1.0, -1.0], "high": [1.0, 1.0]}, "names": ["dx", "dy"], "bins": 21}
THREE = vladata.codec("rt2", chunk=3, **PLANE)
UP_TO_THREE = vladata.codec("rt2", chunk=3, shorter=True, **PLANE)
ACTIONS = np.array([[[-1, 1], [0, 0.5], [1, -1]], [[1, 1], [0, 0], [-1, -1]]], np.float32)
ENDS = np.array([[False, False, True], [False, False, False]])
BINS = [[[1, 0, 20], [1, 10, 15], [0, 20, 0]], [[1, 20, 20], [1, 10, 10], [1, 0, 0]]]
TEXTS = ["1 0 20 1 10 15 0 20 0", "1 20 20 1 10 10 1 0 0"]


def test_a_chunk_is_spelled_action_after_action():
    bins = THREE.encode(ACTIONS, terminate=ENDS)
    assert bins.dtype == np.int32
    assert bins.tolist() == BINS
    assert THREE.texts(bins) == TEXTS
    assert THREE.text(bins[0]) == TEXTS[0]


def test_a_text_gives_the_actions_one_a_row():
    bins = THREE.parse(TEXTS[0])
    assert bins.dtype == np.int32
    assert bins.tolist() == BINS[0]
    assert THREE.decode(bins).tolist() == [[0, -1, 1], [0, 0, 0.5], [1, 1, -1]]


def test_a_chunk_of_one_is_no_chunk():
    one = vladata.codec("rt2", chunk=1, **PLANE)
    assert one == vladata.codec("rt2", **PLANE)
    assert one.parse("1 0 20").tolist() == [1, 0, 20]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 0 20 1 10 15", "6 numbers instead of 9, 3 actions of 3"),
        ("1 0 20 1 10 15 0 20", "8 numbers instead of 9, 3 actions of 3"),
        (TEXTS[0] + " 1 0 20", "12 numbers instead of 9, 3 actions of 3"),
        ("1 0 20 1 10 21 0 20 0", "dy of action 2 is 21, out of range"),
        ("1 0 20 1 10 15 2 20 0", "terminate of action 3 is 2, not 0 or 1"),
        ("1 0 20 1 10 015 0 20 0", "word 6, dy of action 2, '015', has a sign or a leading zero"),
        ("1 0 20 1 10 -15 0 20 0", "word 6, dy of action 2, is -15, out of range"),
        ("1 0 20 1 10 15 0 20 0 -1", "word 10, is -1, out of range"),
    ],
)
def test_what_is_no_chunk_is_told_why(text, says):
    with pytest.raises(ParseError) as caught:
        THREE.parse(text)
    assert caught.value.what == says
    assert caught.value.allowed == "3 times terminate 0 or 1, then dx dy, each 0 to 20, one space between"


def test_shorter_texts_are_whole_where_they_are_allowed():
    assert UP_TO_THREE.parse("1 0 20").tolist() == [[1, 0, 20]]
    assert UP_TO_THREE.parse("1 0 20 1 10 15").tolist() == BINS[0][:2]
    assert UP_TO_THREE.parse(TEXTS[0]).tolist() == BINS[0]
    assert UP_TO_THREE.text(np.array(BINS[0][:2])) == "1 0 20 1 10 15"
    with pytest.raises(ParseError, match=r"^8 numbers instead of a multiple of 3, the numbers of an action;"):
        UP_TO_THREE.parse("1 0 20 1 10 15 0 20")
    with pytest.raises(
        ParseError, match=r"^12 numbers instead of at most 9, 3 actions of 3; .*allowed: 1 to 3 times term"
    ):
        UP_TO_THREE.parse(TEXTS[0] + " 1 0 20")


def test_the_text_of_the_first_actions_begins_the_text_of_all():
    assert THREE.maskable
    bins = np.array(BINS[0])
    for n in (1, 2):
        assert THREE.text(bins).startswith(UP_TO_THREE.text(bins[:n]) + " ")


@pytest.mark.parametrize("shape", [(9,), (2, 3), (4, 3), (0, 3)])
def test_bins_of_other_counts_are_not_spelled(shape):
    with pytest.raises(
        CodecError, match=r"^the bins have the wrong shape; got 'shape \[1, .*\]'; allowed: \[N, 3, 3\]\.$"
    ):
        THREE.text(np.zeros(shape, np.int32))
    if shape != (2, 3):
        with pytest.raises(CodecError, match=r"allowed: \[N, 1 to 3, 3\]\.$"):
            UP_TO_THREE.text(np.zeros(shape, np.int32))


def test_no_chunks():
    bins = THREE.encode(np.zeros((0, 3, 2)), terminate=np.zeros((0, 3), bool))
    assert bins.shape == (0, 3, 3)
    assert THREE.texts(bins) == []


@pytest.mark.parametrize(
    ("chunk", "says"),
    [(0, "is out of range; got 0; allowed: 1 to 1024"), (2.0, "must be a whole number; got 2.0")],
)
def test_a_chunk_is_a_whole_number(chunk, says):
    with pytest.raises(UsageError, match=f"^chunk {says}"):
        vladata.codec("rt1", chunk=chunk)


def test_the_contract_says_both():
    for made in (THREE, UP_TO_THREE):
        found = contract(made, chain="x")
        assert (found["chunk_length"], found["shorter"]) == (3, made is UP_TO_THREE)
        assert codec_from_contract(found) == made
    with pytest.raises(UsageError, match="give it alone"):
        vladata.codec(contract=found, chunk=3)


def test_what_is_wrong_is_named_with_its_place():
    actions = ACTIONS.copy()
    actions[1, 2, 0] = np.nan
    with pytest.raises(CodecError, match=r"^row 1, 2, dx: an action is not finite; got nan"):
        THREE.encode(actions, terminate=ENDS)
    with pytest.raises(
        CodecError, match=r"^row 1, 1, dy: a bin is out of range; got 21; allowed: 0 to 20\.$"
    ):
        THREE.texts(np.add(BINS, [[[0] * 3] * 3, [[0] * 3, [0, 0, 11], [0] * 3]]))
