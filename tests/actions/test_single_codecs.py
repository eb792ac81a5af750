"""Promises of single codecs beside their formulas: VLA-0's texts, OpenVLA's gripper, openpi's state, RT-1's modes."""

import numpy as np
import pytest

from vladata.actions.bounds import NAMES
from vladata.actions.codec import codec
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, ParseError


# VLA-0, torch in float32: actions = (a - min) / (max - min); actions *= 1000; round. A loop of single float32 numbers here.
def test_text_integers_as_vla0_makes_them():
    rng = np.random.default_rng(0)
    low = rng.normal(0, 1, 7).astype(np.float32)
    high = low + np.abs(rng.normal(0, 1, 7)).astype(np.float32)
    made = codec("text-integers", bounds={"low": low.tolist(), "high": high.tolist()}, chunk=3)
    shares = rng.random((50, 3, 7)).astype(np.float32)
    shares[:2] = [[[0]], [[1]]]
    actions = np.clip(low + shares * (high - low), low, high)
    for chunk, text in zip(actions, made.texts(made.encode(actions, np.zeros((50, 3), bool))), strict=True):
        numbers = []
        for action in chunk:
            for value, least, most in zip(action, low, high, strict=True):
                share = np.float32(np.float32(value - least) / np.float32(most - least))
                numbers.append(int(np.round(np.float32(share * np.float32(1000)))))
        assert text == " ".join(map(str, numbers))
        decoded = made.decode(made.parse(text)).ravel()
        for number, value, d in zip(numbers, decoded, [*range(7)] * 3, strict=True):
            back = np.float32(np.float32(number) / np.float32(1000)) * np.float32(high[d] - low[d]) + low[d]
            assert value == np.float32(back)


def test_what_vla0_takes_for_an_action_is_refused():
    """It repeats the last action of a short answer, cuts a long one, and gives the middle of the range for no numbers."""
    made = codec("text-integers", bounds="rt1", chunk=2)
    whole = " ".join(["500"] * 14)
    assert made.parse(whole).shape == (2, 7)
    for text, says in [
        (" ".join(["500"] * 7), "7 numbers instead of 14, 2 actions of 7"),
        (whole + " 500", "15 numbers instead of 14, 2 actions of 7"),
        ("sorry", "word 1, 'sorry', is not a number"),
        (whole.replace("500", "1001", 1), "dx of action 1 is 1001, out of range"),
        (whole.replace("500", "-1", 1), "word 1, dx of action 1, is -1, out of range"),
    ]:
        with pytest.raises(ParseError) as caught:
            made.parse(text)
        assert caught.value.what == says


def test_language_table_speaks_centimetres():
    made = codec("language-table")
    actions = np.array([[0.05, -0.1], [0.0, 0.1], [-0.034, 0.026], [1, -1]], np.float32)
    bins = made.encode(actions, np.zeros(4, bool))
    assert made.texts(bins) == ["5 -10", "0 10", "-3 3", "10 -10"]
    assert made.decode(made.parse("5 -10")).tolist() == pytest.approx([0.05, -0.1])
    assert made.decode(made.parse("0 0")).tolist() == [0, 0]
    part = made.to_json()
    assert part["bins"] == {"count": 21, "least": -10, "most": 10}
    assert (part["bounds"]["high"], part["terminate"]) == ([0.10000000149011612] * 2, None)
    for text, says in [
        ("5 -11", "dy is -11, out of range"),
        ("5 --1", "word 2, '--1', is not a number"),
        ("5 -0", "word 2, dy, '-0', has a sign or a leading zero"),
        ("+5 1", "word 1, dx, '+5', has a sign or a leading zero"),
        ("5 -01", "word 2, dy, '-01', has a sign or a leading zero"),
        ("5 - 1", "word 2, '-', is not a number"),
        ("-5", "1 number instead of 2"),
    ]:
        with pytest.raises(ParseError) as caught:
            made.parse(text)
        assert caught.value.what == says
        assert caught.value.allowed == "dx dy, each -10 to 10, one space between"


STATISTICS = Statistics(
    NAMES,
    100,
    (0.0,) * 7,
    (1.0,) * 7,
    (-2.0, 0.25, -1.0, -1.0, -1.0, -1.0, 0.0),
    (2.0, 0.25, 1.0, 1.0, 1.0, 1.0, 1.0),
    (-0.5, 0.25, 0.0, -1.0, -1.0, -1.0, 0.0),
    (0.5, 0.25, 0.0, 1.0, 1.0, 1.0, 1.0),
)


def test_openvla_keeps_the_gripper_and_makes_constants_0():
    """dy is constant; dz has q01 = q99, which OpenVLA divides by 1e-8: what lies above is 1, the rest -1."""
    made = codec("openvla", STATISTICS, gripper="open_absolute")
    assert made.sources == ("quantiles", "constant", *("quantiles",) * 4, "unscaled")
    actions = np.array(
        [[0, 0.25, 0, 0, 0, 0, 0], [0.5, 0.25, 1, 1, 1, 1, 1], [9, 9, -1, -9, 0, 0, 0.5]], np.float32
    )
    assert made.encode(actions).tolist() == [
        [127, 127, 0, 127, 127, 127, 127],
        [255, 127, 255, 255, 255, 255, 255],
        [255, 127, 0, 0, 127, 127, 191],
    ]
    decoded = made.decode(made.encode(actions))
    assert decoded[:, 1].tolist() == [0.25] * 3
    assert decoded[:, 6].tolist() == pytest.approx([0, 1 - 1 / 255, 0.501961], abs=1e-6)
    assert made.to_json()["mask"] == [True] * 6 + [False]


def test_a_gripper_that_never_moves_has_openvlas_bin_and_its_own_value():
    columns = ((1.0,), (0.0,), (1.0,), (1.0,), (1.0,), (1.0,))
    made = codec("openvla", Statistics(("gripper",), 5, *columns), gripper="open_absolute")
    assert made.encode(np.array([[1.0]])).tolist() == [[127]]
    assert made.decode(np.array([[127]])).tolist() == [[1.0]]
    integers = codec("text-integers", Statistics(("gripper",), 5, *columns), gripper="open_absolute")
    assert integers.encode(np.array([[1.0], [0.0]])).tolist() == [[1000], [0]]  # both ends of its convention


def test_text_integers_span_what_the_gripper_does():
    columns = ((0.5,), (0.2,), (0.2,), (0.8,), (0.3,), (0.7,))
    made = codec("text-integers", Statistics(("gripper",), 5, *columns), gripper="open_absolute")
    assert (made.bounds.low, made.bounds.high) == ((0.20000000298023224,), (0.800000011920929,))
    assert made.encode(np.array([[0.2], [0.5], [0.8], [1.0]])).tolist() == [[0], [500], [1000], [1000]]
    assert made.low.tolist() == [np.float32(0.2)]


def test_openpi_normalises_without_cutting():
    columns = ((0.0,), (1.0,), (-9.0,), (9.0,), (-1.0,), (3.0,))
    made = codec("openpi-state", Statistics(("x",), 5, *columns))
    values = np.array([[-1.0], [-1.001], [-9.0], [1.0], [2.999], [3.0], [9.0]])
    assert made.encode(values).ravel().tolist() == [0, -1, -1, 127, 255, 255, 255]
    assert made.texts(made.encode(values)) == ["0", "-1", "-1", "127", "255", "255", "255"]
    assert made.decode(np.array([[-1]])).tolist() == [[-1.0]]
    assert made.to_json()["bins"] == {"count": 256, "least": -1, "most": 255}


def test_a_state_is_spelled_for_a_prompt():
    columns = tuple((value,) * 2 for value in (0.0, 1.0, -1.0, 1.0, -1.0, 1.0))
    made = codec("openpi-state", Statistics(("x", "y"), 5, *columns))
    states = np.array([[0.0, -0.3], [-2.0, 0.5]], np.float32)
    assert made.texts(made.encode(states)) == ["127 89", "-1 191"]


RT1_BASE = codec("rt1-base")


def test_rt1_with_its_base():
    actions = np.zeros((3, 11), np.float32)
    actions[0, :7] = [0, 0.5, -1, 0, 0, 0, 1]
    actions[1, 7:] = [0.5, -1, 9, 1]
    actions[2, 7:] = [0.5, -1, np.pi, 1]
    bins = RT1_BASE.encode(actions, terminate=np.array([False, False, True]))
    arm, base = [127, 191, 0, 127, 127, 127, 255, 127, 127, 127], [127] * 7 + [191, 0, 255]
    assert bins.tolist() == [[1, *arm], [2, *base], [0, *base]]
    assert RT1_BASE.text(bins[1]) == "2 127 127 127 127 127 127 127 191 0 255"
    decoded = RT1_BASE.decode(bins)
    assert decoded.shape == (3, 12)
    assert len(RT1_BASE.spelled_names) == 12
    assert decoded[:, 0].tolist() == [0, 0, 1]
    assert decoded[:, 11].tolist() == [0, 1, 0]  # of the end it is not said
    assert decoded[1, 10] == np.float32(np.pi)
    assert np.array_equal(RT1_BASE.encode(actions)[:, 0], [1, 2, 2])
    joined = np.column_stack([[0, 0, 1], actions])
    assert np.array_equal(RT1_BASE.encode(joined), bins)
    assert RT1_BASE.to_json()["terminate"]["2"] == "the base moves"
    with pytest.raises(ParseError) as caught:
        RT1_BASE.parse("3" + " 0" * 10)
    assert caught.value.what == "terminate is 3, out of range"
    assert caught.value.allowed.startswith(
        "terminate 0 to 2, then dx dy dz droll dpitch dyaw gripper base_dx base_dy base_"
    )


def test_the_dimensions_of_rt1s_base_are_known_by_name():
    order = ["base_dyaw", "base_dx", "base_dy", *NAMES, "base_mode"]
    made = codec("rt1-base", names=order)
    assert made.high.tolist() == [np.float32(np.pi), 1, 1, 1, 1, 1, *[np.float32(np.pi / 2)] * 3, 1, 1]
    for names in (NAMES, order[::-1], [*order[:-2], "x", "base_mode"]):
        with pytest.raises(
            CodecError, match=r"^codec rt1-base takes only RT-1's dimensions, base_mode last; got "
        ):
            codec("rt1-base", names=names)
    with pytest.raises(
        CodecError, match=r"^row 1: base_mode is neither 0 nor 1; got 0.5; allowed: 1 = the base moves"
    ):
        RT1_BASE.encode(np.array([[0.0] * 11, [0.0] * 10 + [0.5]]))
