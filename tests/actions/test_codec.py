"""The codec: shapes, terminate, what is refused, and how one is asked for."""

import pickle
import re
import subprocess
import sys

import numpy as np
import pytest

import vladata
from vladata.actions.bounds import NAMES, RT1, RT1_X, Bounds
from vladata.actions.codec import codec
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, ParseError, UnknownName, UsageError

RT1_CODEC = codec("rt1")
STATISTICS = Statistics(
    NAMES, 100, *((value,) * 7 for value in (0.0, 0.5, -2.0, 2.0)), (-0.5,) * 6 + (0.2,), (0.5,) * 6 + (0.9,)
)
ACTIONS = np.array([[0, 0.5, -1, 0, 0, 0, 1], [9, -9, 0.8, 1.6, -1.6, 0, -1]], np.float32)
BINS = [[127, 191, 0, 127, 127, 127, 255], [255, 0, 229, 255, 0, 127, 0]]
ACTIONS.flags.writeable = False


def test_it_is_public():
    assert vladata.codec is codec


def test_actions_alone():
    bins = RT1_CODEC.encode(ACTIONS)
    assert bins.dtype == np.int32
    assert bins.tolist() == BINS


def test_terminate_beside_the_actions_is_spelled_first_and_0_is_the_end():
    bins = RT1_CODEC.encode(ACTIONS, terminate=np.array([False, True]))
    assert bins.dtype == np.int32
    assert bins.tolist() == [[1, *BINS[0]], [0, *BINS[1]]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_terminate_in_front_of_the_actions(dtype):
    joined = np.column_stack([[0, 1], ACTIONS]).astype(dtype)
    assert RT1_CODEC.encode(joined).tolist() == [[1, *BINS[0]], [0, *BINS[1]]]


def test_a_single_action_and_lists():
    assert RT1_CODEC.encode(ACTIONS[0].tolist()).tolist() == BINS[0]
    assert RT1_CODEC.encode(ACTIONS[0], terminate=True).tolist() == [0, *BINS[0]]
    assert RT1_CODEC.decode([1, *BINS[0]]).shape == (8,)


def test_windows_of_actions_keep_their_shape():
    windows = np.stack([ACTIONS, ACTIONS, ACTIONS])
    bins = RT1_CODEC.encode(windows, terminate=np.zeros((3, 2), bool))
    assert bins.shape == (3, 2, 8)
    assert bins[2, 1].tolist() == [1, *BINS[1]]


def test_no_actions():
    assert RT1_CODEC.encode(np.zeros((0, 7)), terminate=np.zeros(0, bool)).shape == (0, 8)
    assert RT1_CODEC.texts(np.zeros((0, 8), np.int32)) == []


def test_decode_is_the_inverse():
    bins = np.array([[1, *BINS[0]], [0, *BINS[1]]], np.int32)
    bins.flags.writeable = False
    actions = RT1_CODEC.decode(bins)
    assert actions.dtype == np.float32
    assert actions[:, 0].tolist() == [0, 1]
    assert np.array_equal(actions[:, 1:], RT1_CODEC.decode(bins[:, 1:]))
    missed = np.abs(actions[:, 1:] - np.clip(ACTIONS, RT1_CODEC.low, RT1_CODEC.high))
    assert (missed <= RT1_CODEC.tolerance()).all()


def test_text_and_parse():
    bins = np.array([[1, *BINS[0]], [0, *BINS[1]]], np.int32)
    texts = ["1 127 191 0 127 127 127 255", "0 255 0 229 255 0 127 0"]
    assert RT1_CODEC.texts(bins) == texts
    assert RT1_CODEC.text(bins[1]) == texts[1]
    assert RT1_CODEC.parse(texts[1]).tolist() == bins[1].tolist()


def test_parse_says_what_is_wrong():
    with pytest.raises(ParseError, match="7 numbers instead of 8"):
        RT1_CODEC.parse("127 191 0 127 127 127 255")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_with_row_and_dimension(value):
    actions = np.zeros((3, 7))
    actions[2, 4] = value
    with pytest.raises(CodecError, match=rf"^row 2, dpitch: an action is not finite; got {value}\."):
        RT1_CODEC.encode(actions)
    with pytest.raises(CodecError, match=r"^row 2, dpitch: "):
        RT1_CODEC.encode(actions, terminate=np.zeros(3, bool))
    with pytest.raises(CodecError, match=r"^dpitch: "):
        RT1_CODEC.encode(actions[2])


def test_what_float32_cannot_hold_is_refused_as_infinite():
    with pytest.raises(CodecError, match=r"^row 0, dx: an action is not finite; got inf"):
        RT1_CODEC.encode(np.full((1, 7), 1e300))


@pytest.mark.parametrize("value", [2.0, 0.5, np.nan])
def test_terminate_is_0_or_1(value):
    allowed = "allowed: 1 = the end, 0 = go on"
    with pytest.raises(CodecError, match=rf"^row 1: terminate is neither 0 nor 1; got {value}; {allowed}"):
        RT1_CODEC.encode(ACTIONS, terminate=np.array([0, value]))
    with pytest.raises(CodecError, match=r"^row 1: terminate is neither"):
        RT1_CODEC.encode(np.column_stack([[0, value], ACTIONS]))


def test_terminate_has_one_value_an_action():
    with pytest.raises(
        CodecError, match=re.escape("wrong shape; got [3]; allowed: [2], one for each action")
    ):
        RT1_CODEC.encode(ACTIONS, terminate=np.zeros(3, bool))


def test_terminate_is_not_given_twice():
    with pytest.raises(
        CodecError,
        match=r"number of values on the last axis; got 8; allowed: 7 \(dx dy dz droll dpitch dyaw gripper\)\.$",
    ):
        RT1_CODEC.encode(np.zeros((2, 8)), terminate=np.zeros(2, bool))


def test_other_dimensions_are_refused():
    with pytest.raises(CodecError, match=r"got 6; allowed: 7 \(dx .*\) or 8 \(terminate dx dy .*\)"):
        RT1_CODEC.encode(np.zeros((2, 6)))
    with pytest.raises(CodecError, match="number of values on the last axis; got 0"):
        RT1_CODEC.encode(np.float32(1))
    with pytest.raises(CodecError, match="number of values on the last axis; got 7; allowed: 8"):
        RT1_CODEC.texts(np.array(BINS))


@pytest.mark.parametrize(
    ("bins", "says"),
    [
        ([[1, 0, 0, 0, 0, 0, 0, 256]], "row 0, gripper: a bin is out of range; got 256; allowed: 0 to 255."),
        ([[1, 0, -1, 0, 0, 0, 0, 0]], "row 0, dy: a bin is out of range; got -1; allowed: 0 to 255."),
        ([[1] * 8, [2] * 8], "row 1, terminate: a bin is out of range; got 2; allowed: 0 to 1."),
        ([[0.0] * 8], "bins are not whole numbers; got 'float64'."),
    ],
)
def test_bins_out_of_range_are_refused(bins, says):
    for take in (RT1_CODEC.decode, RT1_CODEC.texts):
        with pytest.raises(CodecError) as error:
            take(np.array(bins))
        assert str(error.value) == says


def test_text_takes_one_row():
    with pytest.raises(
        CodecError, match=re.escape("the bins have the wrong shape; got 'shape [1, 1, 8]'; allowed: [N, 8]")
    ):
        RT1_CODEC.text(np.zeros((1, 8), np.int32))


def test_the_fixed_ones():
    assert (RT1_CODEC.bounds, RT1_CODEC.names, RT1_CODEC.bins) == (RT1, NAMES, 256)
    assert codec("rt1-x").bounds == RT1_X
    assert codec("rt1-x").encode(ACTIONS)[0].tolist() == [127, 159, 63, 127, 127, 127, 255]


def test_rt2_takes_the_quantiles():
    made = codec("rt2", STATISTICS)
    assert made.low.tolist() == [-0.5] * 6 + [float(np.float32(0.2))]
    assert made.high.tolist() == [0.5] * 6 + [float(np.float32(0.9))]
    assert made.bounds.source == ("quantiles",) * 7
    assert made.statistics == STATISTICS


@pytest.mark.parametrize(
    ("settings", "bins"),
    [
        ({}, [127, 255, 0, 127, 127, 127, 255]),
        ({"bounds": "min_max"}, [127, 159, 63, 127, 127, 127, 191]),
        ({"bounds": "min_max", "gripper": "open_absolute"}, [127, 159, 63, 127, 127, 127, 255]),
        ({"bounds": "rt1"}, BINS[0]),
        ({"bounds": "rt1", "bins": 11}, [5, 7, 0, 5, 5, 5, 10]),
        ({"bounds": {"low": [-1.0] * 7, "high": [3.0] * 7}}, [63, 95, 0, 63, 63, 63, 127]),
    ],
)
def test_every_setting_changes_the_result(settings, bins):
    assert codec("rt2", STATISTICS, **settings).encode(ACTIONS)[0].tolist() == bins


def test_fixed_bounds_do_not_depend_on_statistics():
    assert codec("rt2", STATISTICS, bounds="rt1") == codec("rt2", bounds="rt1")


def test_two_dimensions_by_hand():
    made = codec("rt2", bounds={"low": [-0.1, -0.1], "high": [0.1, 0.1]}, names=["dx", "dy"], bins=21)
    assert made.text(made.encode(np.array([[0.1, -0.1]]), terminate=[False])[0]) == "1 20 0"
    assert made.bounds == Bounds((-0.1, -0.1), (0.1, 0.1))


@pytest.mark.parametrize(
    ("error", "says", "name", "settings"),
    [
        (
            UnknownName,
            'there is no codec "rt3".\n  Did you mean "rt2"? Known: ',
            "rt3",
            {},
        ),
        (UsageError, 'codec rt2 has no setting "bin".\n  Did you mean "bins"?', "rt2", {"bin": 3}),
        (CodecError, 'bounds "quantiles" need statistics, but none were given.\n  Give stat', "rt2", {}),
        (CodecError, 'bounds "min_max" need statistics', "rt2", {"bounds": "min_max"}),
        (
            UsageError,
            "unknown bounds; got 'quantile'; allowed: quantiles, min_max",
            "rt2",
            {"bounds": "quantile"},
        ),
        (UsageError, "unknown bounds; got {'low': [0]}", "rt2", {"bounds": {"low": [0]}}),
        (UsageError, "bounds, low: bounds are not numbers", "rt2", {"bounds": {"low": ["a"], "high": [1]}}),
        (
            UsageError,
            "codec rt1 has its own bounds; got 'min_max'; allowed: rt1",
            "rt1",
            {"bounds": "min_max"},
        ),
        (UsageError, "bins is out of range; got 1; allowed: 2 to 65536", "rt1", {"bins": 1}),
        (UsageError, "bins is out of range; got 65537", "rt1", {"bins": 65_537}),
        (UsageError, "bins must be a whole number; got 2.5", "rt1", {"bins": 2.5}),
        (UsageError, "bins must be a whole number; got True", "rt1", {"bins": True}),
        (UsageError, 'unknown gripper convention "open"', "rt1", {"gripper": "open"}),
        (
            UsageError,
            "unknown gripper convention \"['open_absolute']\"",
            "rt1",
            {"gripper": {"gripper": ["open_absolute"]}},
        ),
        (UsageError, "the grippers must be a word or a map; got 1", "rt1", {"gripper": 1}),
        (
            CodecError,
            'the gripper convention is open_absolute, but no dimension is called "left_gripper"',
            "rt1",
            {"gripper": {"left_gripper": "open_absolute"}},
        ),
        (
            CodecError,
            'the gripper convention is open_absolute, but no dimension is called "gripper"',
            "rt2",
            {"gripper": "open_absolute", "names": ["x"], "bounds": {"low": [0], "high": [1]}},
        ),
        (CodecError, "the bounds rt1 are for 7 dimensions; got '2: dx dy'", "rt1", {"names": ["dx", "dy"]}),
        (CodecError, "two dimensions have one name", "rt1", {"names": ["terminate", *NAMES[1:]]}),
    ],
    ids=range(19),
)
def test_a_codec_that_cannot_be_made(error, says, name, settings):
    with pytest.raises(error) as raised:
        codec(name, **settings)
    assert str(raised.value).startswith(says)


def test_names_that_differ_from_the_statistics_are_refused():
    with pytest.raises(UsageError, match="names differ from those of the statistics"):
        codec("rt2", STATISTICS, names=["a", *NAMES[1:]])


def test_codecs_are_light():
    """A robot that only decodes needs numpy and no more: no pydantic, no YAML, no Arrow."""
    code = "import vladata, sys; vladata.codec('rt1'); print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "numpy" in found
    assert not {"pydantic", "yaml", "pyarrow", "click", "apache_beam", "tensorflow"} & set(found)


def test_it_travels_between_processes():
    RT1_CODEC.encode(ACTIONS)
    again = pickle.loads(pickle.dumps(RT1_CODEC))
    assert again == RT1_CODEC
    assert again.encode(ACTIONS).tolist() == BINS


def test_text_where_numbers_belong_is_told_from_them():
    with pytest.raises(CodecError, match=re.escape("Use parse(text) to turn a text into bins.")):
        RT1_CODEC.decode("1 128 91 241 5 101 127 217")
    with pytest.raises(CodecError, match=re.escape("actions are not numbers; got '<U1'; allowed: float32.")):
        RT1_CODEC.encode([["a"] * 7])
    with pytest.raises(
        CodecError, match=re.escape("this is not an action contract; got 'out/contract.json'.")
    ):
        vladata.codec(contract="out/contract.json")
