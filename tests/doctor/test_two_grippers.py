"""Two arms: each gripper is judged by itself, by its own convention, and is named."""

import numpy as np
import pytest

from tests.doctor.tracks import changed, find, made, subject
from vladata.doctor.facts import facts_of
from vladata.doctor.gripper import gripper_polarity
from vladata.doctor.gripper_range import gripper_range
from vladata.doctor.idle import IdleSteps, quiet_of
from vladata.doctor.layout import layout

JOINTS = tuple(f"joint_{i}" for i in range(6))
NAMES = (
    *(f"left_{name}" for name in JOINTS),
    "left_gripper",
    *(f"right_{name}" for name in JOINTS),
    "right_gripper",
)
LEFT, RIGHT = 6, 13
OPEN = {"left_gripper": "open_absolute", "right_gripper": "open_absolute"}
MIXED = OPEN | {"right_gripper": "closing_relative"}
EITHER = pytest.mark.parametrize(("wrong", "named"), [(LEFT, "left_gripper"), (RIGHT, "right_gripper")])


def about(grippers=OPEN, states=NAMES):
    return subject(NAMES, states, grippers, hz=50.0)


def opening(rng, steps, starts_open=True):
    """Open, closed, open, at moments of its own."""
    a, b = sorted(rng.choice(np.arange(5, steps - 5), 2, replace=False))
    found = np.full(steps, float(starts_open))
    found[a:b] = 1 - found[a:b]
    return found


def drawn(count=12, steps=60, seed=0, starts_open=(True, True)):
    """ALOHA: smooth joints, grippers that open and close; the state follows two steps later."""
    rng = np.random.default_rng(seed)
    tracks = []
    for number in range(count):
        wanted = np.cumsum(rng.normal(0, 0.02, (steps, 14)), axis=0)
        for hand, starts in zip((LEFT, RIGHT), starts_open, strict=True):
            wanted[:, hand] = opening(rng, steps, starts)
        state = np.concatenate([wanted[:1], wanted[:1], wanted[:-2]])
        tracks.append(made(number, wanted, state))
    return tracks


def inverted(hand):
    def change(action, _):
        action[:, hand] = 1 - action[:, hand]

    return change


def as_commands(hand, sign=1):
    def change(action, _):
        opens = action[:, hand].copy()
        action[:, hand] = -sign * np.diff(opens, prepend=opens[:1])

    return change


def test_grippers_that_are_right_are_nothing():
    assert find(gripper_polarity, drawn(), about()) == []
    assert find(gripper_range, drawn(), about()) == []


@EITHER
@pytest.mark.parametrize("states", [NAMES, ()])
def test_an_inverted_one_is_named_and_the_other_is_not(wrong, named, states):
    tracks = changed(drawn(), inverted(wrong))
    if not states:
        tracks = [made(n, t.action) for n, t in enumerate(tracks)]
    (found,) = find(gripper_polarity, tracks, about(states=states))
    assert (found.kind, found.severity, found.evidence["dimension"]) == ("gripper-polarity", "error", named)
    assert found.says.startswith(f"{named} means the opposite of open_absolute: in 12 of 12 episodes")
    assert found.advice == (
        f"Invert it in the chain: {{op: invert_gripper, in: <the column>, out: ${named}}}, and concat ${named}."
    )


@EITHER
def test_one_that_goes_against_its_state_is_told_by_the_other(wrong, named):
    """Hands that do not all begin open: the order of events tells nothing."""
    half = [t for number in range(12) for t in drawn(1, seed=number, starts_open=(number % 2, number % 2))]
    half = [made(n, t.action, t.state) for n, t in enumerate(half)]
    assert find(gripper_polarity, half, about()) == []
    (found,) = find(gripper_polarity, changed(half, inverted(wrong)), about())
    other = "right_gripper" if wrong == LEFT else "left_gripper"
    assert found.says.startswith(f"{named} goes against the state's {named} (correlation -")
    assert f"while {other} goes with its own column (+" in found.says
    assert found.evidence["dimension"] == named


def test_each_by_its_own_convention():
    right = changed(drawn(), as_commands(RIGHT))
    assert find(gripper_polarity, right, about(MIXED)) == []
    assert find(gripper_range, right, about(MIXED)) == []
    (found,) = find(gripper_polarity, changed(drawn(), as_commands(RIGHT, -1)), about(MIXED))
    assert found.says.startswith("right_gripper means the opposite of closing_relative")
    assert (
        "Invert its sign in the chain: {op: affine, in: <the column>, scale: -1, out: $right_gripper}"
        in found.advice
    )


def test_each_has_a_range_of_its_own():
    commands = changed(drawn(), as_commands(RIGHT))
    (found,) = find(gripper_range, commands, about())
    assert found.says.startswith(
        "right_gripper goes from -1 to 1, but open_absolute means values from 0 to 1: a codec clips "
    )
    assert "out: $right_gripper}, and concat $right_gripper" in found.advice

    def narrow(action, _):
        action[:, LEFT] *= 0.07

    (found,) = find(gripper_range, changed(drawn(), narrow), about())
    assert (
        found.says
        == "left_gripper never opens by half: its largest value is 0.07. Perhaps it is a width in metres."
    )


def test_a_gripper_is_measured_by_the_column_of_its_own_arm():
    names = ("robot1_gripper", "robot2_gripper", "gripper")
    states = ("gripper_width", "robot1_gripper_width", "robot2_finger_open", "robot2_x", "left_gripper")
    found = {gripper.name: gripper.state for gripper in layout(names, states).grippers}
    assert found == {
        "robot1_gripper": ((1, "robot1_gripper_width", 1),),
        "robot2_gripper": ((2, "robot2_finger_open", 1),),
        "gripper": ((0, "gripper_width", 1),),
    }


def test_an_arm_of_any_name_that_moves_evenly_is_not_idle():
    """dx of a steady motion is one number, over and over: it is a change, and not a value that stays."""
    action = np.zeros((60, 2), np.float32)
    action[:, 0], action[:30, 1] = 0.01, 0.02
    tracks = [made(n, action) for n in range(3)]
    names = ("arm_2_dx", "dx")
    facts = facts_of(subject(names, (), "none"), tracks)
    assert IdleSteps(quiet_of(facts)).see(tracks[0]).tolist() == []
