"""Values of another kind than a codec takes: each is told in words, and must be a fault of Python's."""

import numpy as np
import pytest

from tests.actions.every_codec import made
from vladata.actions.codec import codec
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, ParseError, UnknownName, UsageError

PLANE = {"names": ["x", "y"], "bounds": {"low": [-1, -1], "high": [1, 1]}}
CHUNKS = [np.linspace(-1, 1, 24, dtype=np.float32).reshape(3, 4, 2)]


def codecs():
    return {
        "rt2": codec("rt2", **PLANE),
        "rt1-base": made("rt1-base"),
        "language-table": codec("language-table"),
        "words": codec("words", names=["dx"]),
        "fast": codec("fast", chunk=4, chunks=CHUNKS, **PLANE),
    }


@pytest.mark.parametrize("text", [b"1 2 3", None, 3, ["1 2 3"], np.array([1, 2, 3])], ids=str)
@pytest.mark.parametrize("name", list(codecs()))
def test_what_is_no_text_is_no_fault_of_a_model(name, text):
    with pytest.raises(
        CodecError, match=r"^the text to parse must be a str; got '\w+'; allowed: one text, a str"
    ) as error:
        codecs()[name].parse(text)
    assert not isinstance(error.value, ParseError)
    assert error.value.hint == ("Decode bytes first: text.decode()." if isinstance(text, bytes) else "")


def test_texts_of_numpy_are_texts():
    assert codec("language-table").parse(np.array(["1 -2"])[0]).tolist() == [1, -2]


@pytest.mark.parametrize("given", [{"q01": [1.0]}, "mean", 3])
def test_statistics_as_json_are_no_statistics(given):
    with pytest.raises(
        UsageError, match=r"^statistics must be a Statistics; got .*; allowed: a Statistics"
    ) as error:
        codec("rt2", given)
    assert error.value.hint == 'For example vladata.open(OUT).statistics["action"].'


def test_statistics_are_taken():
    numbers = (0.0, 0.0)
    found = Statistics(("x", "y"), 9, numbers, numbers, (-1.0, -1.0), (1.0, 1.0), (-1.0, -1.0), (1.0, 1.0))
    assert codec("rt2", found).names == ("x", "y")


@pytest.mark.parametrize("name", [5, ["rt2"], {"rt2": 1}])
def test_a_name_is_a_text(name):
    with pytest.raises(UnknownName, match=r"^there is no codec "):
        codec(name)


@pytest.mark.parametrize("given", ["no", 1, None])
def test_shorter_is_a_flag(given):
    with pytest.raises(UsageError, match=r"^shorter must be True or False"):
        codec("rt2", chunk=2, shorter=given, **PLANE)


@pytest.mark.parametrize("chunks", [5, "chunks", 0.5])
def test_chunks_are_blocks(chunks):
    with pytest.raises(
        UsageError, match=r"^chunks must be blocks of actions; got .*such as chunks=.actions."
    ):
        codec("fast", chunk=4, chunks=chunks, **PLANE)


def test_a_folder_is_a_text():
    with pytest.raises(UsageError, match=r"^from must be the path of a folder; got 3; allowed: a text"):
        codec("fast", chunk=4, **PLANE, **{"from": 3})


def test_what_lies_below_a_mask_is_no_action():
    actions = np.ma.masked_array([[0.0, 0.5]], mask=[[False, True]])
    with pytest.raises(CodecError, match=r"^actions are masked; got '1 values'\.\n  Leave such rows out"):
        codecs()["rt2"].encode(actions)
    actions.mask = False
    assert codecs()["rt2"].encode(actions).tolist() == [[127, 191]]


@pytest.mark.parametrize("name", list(codecs()))
def test_a_codec_is_a_value_that_a_table_can_be_keyed_by(name):
    assert {codecs()[name]: 1}[codecs()[name]] == 1


def test_a_gripper_of_a_map_is_left_out_and_not_none():
    with pytest.raises(UsageError, match=r'^unknown gripper convention "none"') as error:
        codec("rt2", gripper={"x": "none"}, **PLANE)
    assert error.value.hint == "Known: closing_relative, open_absolute."
