"""gripper-polarity and gripper-range."""

import numpy as np
import pytest

from tests.doctor.tracks import DELTAS, STATES, changed, drawn, find, kinds, made, subject
from vladata.doctor.gripper import gripper_polarity
from vladata.doctor.gripper_range import gripper_range

BLIND = subject(states=())


def inverted(action, _):
    action[:, 6] = 1 - action[:, 6]


def negated(action, _):
    action[:, 6] *= -1


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("gripper", ["binary", "continuous"])
def test_an_inverted_gripper_is_an_error_and_a_right_one_is_nothing(seed, gripper):
    tracks = drawn(seed, gripper=gripper)
    assert find(gripper_polarity, tracks) == []
    (found,) = find(gripper_polarity, changed(tracks, inverted))
    assert (found.kind, found.severity) == ("gripper-polarity", "error")
    assert found.evidence["state_correlation"] < -0.5
    assert "{op: invert_gripper" in found.advice


@pytest.mark.parametrize("seed", range(5))
def test_without_a_state_the_first_closing_down_at_the_work_tells(seed):
    tracks = drawn(seed, count=30, has_state=False)
    assert find(gripper_polarity, tracks, BLIND) == []
    assert [f.kind for f in find(gripper_polarity, changed(tracks, inverted), BLIND)] == ["gripper-polarity"]


def test_relative_commands_have_a_sign_to_turn():
    about = subject(gripper="closing_relative")
    tracks = drawn(3, gripper="relative")
    assert find(gripper_polarity, tracks, about) == []
    (found,) = find(gripper_polarity, changed(tracks, negated), about)
    assert found.severity == "error"
    assert "scale: -1" in found.advice


def test_a_few_inverted_episodes_are_named():
    tracks = drawn(1, count=20)
    mixed = [*changed(tracks[:6], inverted), *tracks[6:]]
    (found,) = find(gripper_polarity, mixed)
    assert found.severity == "warning"
    assert set(found.examples) <= {t.id for t in tracks[:6]}


def test_the_sense_of_a_state_is_read_from_its_name():
    tracks = changed(
        drawn(0), lambda action, state: state.__setitem__((slice(None), 6), 1 - state[:, 6] / 0.085)
    )
    about = subject(states=(*STATES[:6], "gripper_closed"))
    assert find(gripper_polarity, tracks, about) == []


def test_a_gripper_that_never_moves_says_nothing():
    still = changed(drawn(0), lambda action, _: action.__setitem__((slice(None), 6), 1.0))
    assert find(gripper_polarity, still) == []
    assert find(gripper_range, still) == []


@pytest.mark.parametrize(
    ("scale", "offset", "advice"),
    [(2, -1, "scale: 0.5, offset: 0.5"), (255, 0, "scale: 0.00392157, offset: 0")],
)
def test_values_outside_the_convention(scale, offset, advice):
    tracks = changed(
        drawn(0), lambda action, _: action.__setitem__((slice(None), 6), scale * action[:, 6] + offset)
    )
    (found,) = find(gripper_range, tracks)
    assert (found.kind, found.severity) == ("gripper-range", "error")
    assert advice in found.advice


def test_a_width_in_metres_never_opens_by_half():
    tracks = changed(drawn(0), lambda action, _: action.__setitem__((slice(None), 6), 0.08 * action[:, 6]))
    assert kinds(find(gripper_range, tracks)) == [("gripper-range", "warning")]


def test_absolute_values_under_a_relative_convention():
    tracks = changed(drawn(0), inverted)
    assert kinds(find(gripper_range, tracks, subject(gripper="closing_relative"))) == [
        ("gripper-range", "warning")
    ]


def test_one_step_is_enough_to_be_read_and_too_little_to_be_judged():
    assert find(gripper_polarity, [made(0, np.zeros((1, 7)))], BLIND) == []
    assert find(gripper_range, [made(0, np.zeros((1, len(DELTAS))))], BLIND) == []


def test_a_first_action_of_zeros_is_not_a_closed_hand():
    tracks = drawn(0, has_state=False)
    zeroed = changed(tracks, lambda action, _: action.__setitem__(0, 0))
    assert find(gripper_polarity, zeroed, BLIND) == []


def wandering(number, opened, state_means_open=None):
    """A hand that wanders and grips somewhere on its way: `opened` [T] is what it is told, a state may measure it."""
    rng = np.random.default_rng(number)
    moved = np.cumsum(rng.normal(0, 0.01, (len(opened), 6)), axis=0) * 0.05
    action = np.hstack([moved, np.asarray(opened, float)[:, None]])
    if state_means_open is None:
        return made(number, action)
    place = np.vstack([np.zeros(6), np.cumsum(moved, axis=0)[:-1]])
    measured = np.asarray(opened, float) if state_means_open else 1 - np.asarray(opened, float)
    return made(number, action, np.hstack([place, measured[:, None]]))


def test_hands_that_all_open_first_are_worth_a_look():
    grips = np.r_[np.ones(12), np.zeros(10), np.ones(6)]
    assert find(gripper_polarity, [wandering(n, grips) for n in range(12)], BLIND) == []
    (found,) = find(gripper_polarity, [wandering(n, 1 - grips) for n in range(12)], BLIND)
    assert "in 12 of 12 episodes" in found.says
    assert found.severity == "error"  # not one episode speaks for the schema


@pytest.mark.parametrize(("count", "right", "severity"), [(9, 0, "error"), (7, 0, None), (12, 1, "warning")])
def test_without_a_state_only_votes_that_all_agree_make_an_error(count, right, severity):
    grips = np.r_[np.ones(12), np.zeros(10), np.ones(6)]
    tracks = [wandering(n, grips if n < right else 1 - grips) for n in range(count)]
    assert [f.severity for f in find(gripper_polarity, tracks, BLIND)] == [severity] * bool(severity)


@pytest.mark.parametrize("agrees", [True, False])
def test_a_state_of_unknown_sense_weighs_only_beside_the_order(agrees):
    """Its 1 may mean either, so that it is no evidence by itself; with hands that all open first it is."""
    about = subject(states=(*STATES[:6], "gripper"))
    grips = np.r_[np.ones(12), np.zeros(10), np.ones(6)]
    assert find(gripper_polarity, [wandering(n, grips, agrees) for n in range(12)], about) == []
    (found,) = find(gripper_polarity, [wandering(n, 1 - grips, agrees) for n in range(12)], about)
    assert found.severity == "error"
    if not agrees:
        assert found.evidence["correlation_with_unknown"] < -0.5
