"""Codec words: LAP's phrases, their strict inverse, and the net motion within half a step.

With VLADATA_FUZZ=all (`make fuzz`) a million values, sequences and hostile texts; some thousands otherwise.
"""

import json
import os
import re

import numpy as np
import pytest

from vladata.actions.codec import codec
from vladata.actions.codecs.words import MotionWords
from vladata.actions.contract import codec_from_contract, contract
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, UsageError

FUZZ = os.environ.get("VLADATA_FUZZ") == "all"
DRAWN = 1_000_000 if FUZZ else 3_000
LENGTH = 4
NAMES = ("dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper")
SETTINGS = [{}, {"degrees": 1}, {"centimetres": 5, "degrees": 7}]
CONVENTIONS = ["open_absolute", "closing_relative"]


def made(convention="open_absolute", chunk=LENGTH, **settings):
    """The codec of the canonical dimensions."""
    return codec("words", names=NAMES, gripper=convention, chunk=chunk, **settings)


def chunk_of(*net, grip=(1.0,) * LENGTH):
    """float32 [1, H, 7], whose first action moves by all of `net`."""
    found = np.zeros((1, LENGTH, 7), np.float32)
    found[0, 0, :6] = net
    found[0, :, 6] = grip
    return found


@pytest.mark.parametrize(
    ("net", "grip", "text"),
    [
        ((0.03, 0.02, 0, 0, 0, 0), (1, 1, 1, 1), "move forward 3 cm, move left 2 cm, open gripper"),
        ((-0.011, -0.029, 0.1, 0, 0, 0), (1, 1, 1, 0), "move back 1 cm, move up 10 cm, move right 3 cm, close gripper"),
        ((0, 0, -0.02, 0.2, -0.3, 0.1), (0, 0, 0, 1), "move down 2 cm, tilt left 10 degrees, tilt forward 20 degrees, "
         "rotate counterclockwise 10 degrees, open gripper"),
        ((0, 0, 0, -0.2, 0.3, -0.1), (0, 0, 0, 0.4), "tilt right 10 degrees, tilt back 20 degrees, "
         "rotate clockwise 10 degrees, close gripper"),
        ((0.004, 0, 0, 0.08, 0, 0), (0, 0, 0, 0.5), "open gripper"),
    ],
)  # fmt: skip
def test_net_motion_is_said_as_lap_says_it(net, grip, text):
    """The order forward, up, left; 1 cm and 10 degrees; the gripper as it is at the end."""
    found = made()
    steps = found.encode(chunk_of(*net, grip=grip), terminate=np.zeros((1, LENGTH)))
    assert found.texts(steps) == [text]
    assert np.array_equal(found.parse(f" {text}\n"), steps[0])


@pytest.mark.parametrize(
    ("grip", "text"),
    [
        ((0, 0, 0, 0), "no movement"),
        ((0, 1, 0, 0), "close gripper"),
        ((1, 0, -1, 0.2), "open gripper"),
        ((0.5, 0, 0, 0), "close gripper"),
    ],
)
def test_a_gripper_that_opens_and_closes_is_spoken_of_where_it_does(grip, text):
    found = made("closing_relative")
    assert found.texts(found.encode(chunk_of(0, 0, 0, 0, 0, 0, grip=grip))) == [text]
    assert found.text(found.parse(text)) == text


def test_the_sum_of_a_chunk_is_said_and_comes_back():
    values = np.full((1, LENGTH, 7), 0.01, np.float32)
    found = made(degrees=1)
    steps = found.encode(values)[0]
    assert found.text(steps) == (
        "move forward 4 cm, move up 4 cm, move left 4 cm, tilt left 2 degrees, tilt back 2 degrees, "
        "rotate counterclockwise 2 degrees, close gripper"
    )
    assert found.decode(steps) == pytest.approx([0.04] * 3 + [np.deg2rad(2)] * 3 + [0])
    assert steps.tolist() == [4, 4, 4, 2, 2, 2, 0]


def lap(chunk, centimetres, degrees):
    """LAP's summary of one chunk of canonical actions, written from its description, one number after the other."""
    net = [float(chunk[:, d].astype(np.float64).sum()) for d in range(6)]
    said = []
    for d, more, less in ((0, "forward", "back"), (2, "up", "down"), (1, "left", "right")):
        number = round(abs(net[d]) * 100 / centimetres) * centimetres
        if number:
            said.append(f"move {more if net[d] > 0 else less} {number} cm")
    turns = (
        ("tilt left", "tilt right"),
        ("tilt back", "tilt forward"),
        ("rotate counterclockwise", "rotate clockwise"),
    )
    for d, (more, less) in enumerate(turns, 3):
        number = round(abs(net[d]) * 180 / np.pi / degrees) * degrees
        if number:
            said.append(f"{more if net[d] > 0 else less} {number} degrees")
    said.append("open gripper" if chunk[-1, 6] >= 0.5 else "close gripper")
    return ", ".join(said)


@pytest.mark.parametrize(("centimetres", "degrees"), [(1, 10), (2, 5)])
def test_it_says_what_lap_says(centimetres, degrees):
    rng = np.random.default_rng(0)
    values = rng.normal(0, [0.01] * 3 + [0.1] * 3 + [1], (3000, LENGTH, 7)).astype(np.float32)
    found = made(centimetres=centimetres, degrees=degrees)
    assert found.texts(found.encode(values)) == [lap(chunk, centimetres, degrees) for chunk in values]


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("settings", SETTINGS)
def test_the_net_motion_comes_back_within_half_a_step(convention, settings):
    found, rng = made(convention, **settings), np.random.default_rng(1)
    values = rng.normal(0, 0.2, (DRAWN, LENGTH, 7)).astype(np.float32)
    half = np.linspace(-3, 3, 601) * found.steps[0] / 2  # halves of a step among them
    values[:601] = 0
    values[:601, 1, 0] = half
    values[:601, 2, 4] = half
    least = 0 if convention == "open_absolute" else -1
    values[..., 6] = rng.integers(least, 2, values.shape[:2])
    values[0, :, :6] = found.high[:6] / LENGTH * 0.999
    decoded = np.stack([found.decode(steps) for steps in found.encode(values)]).astype(np.float64)
    net = values.astype(np.float64).sum(axis=1)
    net[:, 6] = [last_told(row, convention) for row in values[..., 6]]
    assert (np.abs(decoded - net) <= found.tolerance()).all()
    assert found.tolerance()[:6] == pytest.approx(found.steps[:6] / 2, rel=0.02)
    assert np.array_equal(decoded[:, 6], net[:, 6])
    assert np.allclose(found.meant(values[:50]), net[:50])
    assert np.allclose(found.meant(values[3]), net[3])


def last_told(row, convention):
    """Return the last command of a gripper in the actions of a chunk."""
    if convention == "open_absolute":
        return row[-1]
    return next((value for value in row[::-1] if value), 0)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_its_contract_makes_it_again_and_declares_the_axes(convention):
    found = made(convention, centimetres=2)
    told = json.loads(json.dumps(contract(found, chain="x")))
    assert codec_from_contract(told) == found
    assert told["axes"].startswith("x forward, y left, z up")
    assert told["words"]["dpitch"] == ["tilt back", "tilt forward"]
    assert (told["chunk_length"], told["centimetres"], told["degrees"]) == (LENGTH, 2, 10)


def test_dimensions_may_be_fewer_and_in_another_order():
    found = codec("words", names=("dz", "dx"), chunk=2)
    values = np.array([[[0.1, 0.2], [0.1, -0.3]]], np.float32)
    assert found.texts(found.encode(values)) == ["move back 10 cm, move up 20 cm"]
    assert found.parse("no movement").tolist() == [0, 0]
    assert found.encode(values)[0].tolist() == [20, -10]


def test_a_chunk_of_one_action_is_that_action():
    found = codec("words", names=("dx",), chunk=1)
    assert found.texts(found.encode(np.array([[0.02], [-0.4]], np.float32))) == [
        "move forward 2 cm",
        "move back 40 cm",
    ]
    assert found.meant(np.array([0.02], np.float32)) == pytest.approx([0.02])


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        (
            {"names": ("dx", "x")},
            CodecError,
            "codec words has no words for x; allowed: dx dz dy droll dpitch dyaw gripper",
        ),
        ({"names": ("dx", "dx")}, CodecError, "there are no dimensions, or two have one name; got 'dx dx'"),
        (
            {"names": ("dx", "gripper")},
            CodecError,
            "the gripper has no convention, so there are no words for it",
        ),
        ({"centimetres": 0}, UsageError, "centimetres is out of range; got 0; allowed: 1 to 100"),
        ({"degrees": 2.5}, UsageError, "degrees must be a whole number; got 2.5"),
        ({"terminate": "first"}, UsageError, "codec words does not spell terminate"),
        ({"shorter": True}, UsageError, "codec words spells only whole chunks"),
        ({"chunk": 0}, UsageError, "chunk is out of range"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, error, says):
    with pytest.raises(error, match=f"^{re.escape(says)}"):
        codec("words", **{"names": ("dx",), **settings})


def test_motion_beyond_words_is_refused_by_what_is_known_of_the_data_and_by_the_chunk():
    names = ("dx",)
    wild = Statistics(names, 9, (0.0,), (1.0,), (-1.0,), (30.0,), (0.0,), (1.0,))
    with pytest.raises(
        CodecError,
        match=r"^a chunk moves dx further than the words of codec words can say; got '120'; allowed: at most 99\.99",
    ):
        codec("words", wild, chunk=LENGTH)
    sentinel = Statistics(names, 9, *((3e38,) for _ in range(6)))  # beyond float32, and no warning of numpy's
    with pytest.raises(
        CodecError, match=r"^a chunk moves dx further than the words of codec words can say; got '1.2e\+39'"
    ):
        codec("words", sentinel, chunk=LENGTH)
    with pytest.raises(
        CodecError, match=r"^a chunk moves dx further than the words of codec words can say; got '120'"
    ):
        codec("words", names=names, chunk=LENGTH).encode(np.full((1, LENGTH, 1), 30, np.float32))


def test_steps_that_no_text_says_are_refused():
    found = made()
    for wrong, says in [
        (
            np.zeros(3, int),
            "there must be one step per dimension; got 3; allowed: 7, one for each of dx dy dz",
        ),
        (np.zeros(7), r"steps must be whole numbers in one row; got 'float64 \[7\]'; allowed: int32 \[7\]"),
        (
            np.array([10_000, 0, 0, 0, 0, 0, 0]),
            "dx: a step is out of range; got 10000; allowed: -9999 to 9999",
        ),
        (np.array([0, 0, 0, 0, 0, 0, -1]), "gripper: a step is out of range; got -1; allowed: 0 to 1"),
    ]:
        for take in (found.decode, found.text):
            with pytest.raises(CodecError, match=f"^{says}"):
                take(wrong)
    assert isinstance(found, MotionWords)
