"""Bins as text and back; every text that must be a action is told what it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vladata.actions.text import NumberText, spelled
from vladata.errors import ParseError

NAMES = ("terminate", "dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper")
GOOD = "1 128 91 241 5 101 127 217"
BINS = [1, 128, 91, 241, 5, 101, 127, 217]


def parsed(text, names, bins):
    """Parse a text of terminate and some dimensions of `bins` bins."""
    dimensions = len(names) - 1
    return NumberText(tuple(names), (0,) * len(names), (1, *(bins - 1,) * dimensions)).parse(text)


def test_rows_are_spelled():
    rows = np.array([BINS, [0, 0, 255, 0, 10, 0, 9, 0]], np.int32)
    assert spelled(rows) == [GOOD, "0 0 255 0 10 0 9 0"]


def test_rows_that_do_not_lie_in_order_are_spelled_too():
    rows = np.array([BINS, BINS], np.int32)
    assert spelled(rows[::-1, ::-1]) == [" ".join(map(str, BINS[::-1]))] * 2


@pytest.mark.parametrize("dtype", [">i4", "<i8", ">u2", "uint16", "int16", "uint64"])
def test_rows_of_any_whole_numbers_are_spelled(dtype):
    assert spelled(np.array([BINS, BINS]).astype(dtype)) == [GOOD, GOOD]


def test_no_rows():
    assert spelled(np.zeros((0, 8), np.int32)) == []


def test_a_text_is_parsed():
    bins = parsed(GOOD, NAMES, 256)
    assert bins.dtype == np.int32
    assert bins.tolist() == BINS


@pytest.mark.parametrize("text", [" " + GOOD, GOOD + "\n", "\t" + GOOD + " \r\n"])
def test_white_space_around_it_is_let_pass(text):
    assert parsed(text, NAMES, 256).tolist() == BINS


@pytest.mark.parametrize("bins", [2, 10, 256, 65_536])
def test_the_last_bin_is_the_greatest_number(bins):
    assert parsed(f"0 {bins - 1}", ("terminate", "x"), bins).tolist() == [0, bins - 1]
    with pytest.raises(ParseError, match=f"^x is {bins}, (out of range|not 0 or 1);") as error:
        parsed(f"0 {bins}", ("terminate", "x"), bins)
    assert error.value.allowed == f"terminate 0 or 1, then x, each 0 to {bins - 1}, one space between"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the text is empty"),
        (" \n", "the text is empty"),
        ("1 128 91 241 5 101 127", "7 numbers instead of 8"),
        ("1 128 91 241 5 101 127 217 3", "9 numbers instead of 8"),
        ("1", "1 number instead of 8"),
        ("pick up the apple", "word 1, 'pick', is not a number"),
        ("1 128 91 241 5 101 127 open", "word 8, 'open', is not a number"),
        ("1 128 91 241 5 101 127 0.5", "word 8, '0.5', is not a number"),
        ("1 128 91 241 5 101 127 217.", "word 8, '217.', is not a number"),
        ("1 128, 91 241 5 101 127 217", "word 2, '128,', is not a number"),
        ("1\t128 91 241 5 101 127 217", r"word 1, '1\t128', is not a number"),
        ("1 1_0 91 241 5 101 127 217", "word 2, '1_0', is not a number"),
        ("1 ٣ 91 241 5 101 127 217", "word 2, '٣', is not a number"),
        ("1 128 " + "x" * 500, "word 3, 'xxxxxxxxxxxxxxxx...', is not a number"),
        ("1  128 91 241 5 101 127 217", "more than one space before word 2"),
        ("1 128 91 241 5 101 127   217", "more than one space before word 8"),
        ("1 -128 91 241 5 101 127 217", "word 2, dx, is -128, out of range"),
        ("1 128 91 241 5 101 127 217 -3", "word 9, is -3, out of range"),
        ("1 128 91 -0 5 101 127 217", "word 4, dz, '-0', has a sign or a leading zero"),
        ("1 +128 91 241 5 101 127 217", "word 2, dx, '+128', has a sign or a leading zero"),
        ("01 128 91 241 5 101 127 217", "word 1, terminate, '01', has a sign or a leading zero"),
        ("2 128 91 241 5 101 127 217", "terminate is 2, not 0 or 1"),
        ("1 128 91 241 5 101 127 256", "gripper is 256, out of range"),
        ("1 128 91 241 999 101 127 256", "droll is 999, out of range"),
        ("1 " + "9" * 5000 + " 91 241 5 101 127 217", "dx is 9999999999999999..., out of range"),
        ("1 -" + "9" * 5000 + " 91 241 5 101 127 217", "word 2, dx, is -999999999999999..., out of range"),
    ],
    ids=range(26),
)
def test_a_text_that_is_no_action_is_told_why(text, says):
    with pytest.raises(ParseError) as error:
        parsed(text, NAMES, 256)
    assert error.value.what == says


def test_the_whole_message():
    with pytest.raises(ParseError) as error:
        parsed("1 128 91 241 5 101 127", NAMES, 256)
    assert str(error.value) == (
        "7 numbers instead of 8; got '1 128 91 241 5 101 127'; "
        "allowed: terminate 0 or 1, then dx dy dz droll dpitch dyaw gripper, each 0 to 255, one space between."
    )


def test_a_long_text_is_cut_to_64_characters():
    with pytest.raises(ParseError) as error:
        parsed("pick up the apple " * 100, NAMES, 256)
    assert len(error.value.got) == 64 + len("...")


@given(st.text(alphabet="0123456789 -+.\n٣x", max_size=40))
def test_any_text_gives_bins_that_spell_it_or_a_parse_error(text):
    try:
        bins = parsed(text, NAMES[:3], 256)
    except ParseError:
        return
    assert spelled(bins[np.newaxis]) == [text.strip()]
