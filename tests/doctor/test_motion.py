"""action-kind, unit-scale and time-shift: what the state says of the action, and what the action says by itself."""

import numpy as np
import pytest

from tests.doctor.tracks import DELTAS, STATES, changed, drawn, find, kinds, made, subject
from vladata.doctor.action_kind import action_kind
from vladata.doctor.time_shift import time_shift
from vladata.doctor.unit_scale import unit_scale

BLIND = subject(states=())
TARGETS = subject(names=("x", "y", "z", "roll", "pitch", "yaw", "gripper"))


def to_values(action, state):
    action[:-1, :6] = state[1:, :6]
    action[-1, :6] = state[-1, :6]


def to_seconds(action, _):
    action[:, :6] = np.diff(action[:, :6], axis=0, prepend=0)


def to_changes(action, state):
    action[:, :6] = np.diff(state[:, :6], axis=0, append=state[-1:, :6])


def rolled(by):
    def change(action, _):
        action[:] = np.roll(action, by, axis=0)
        action[slice(0, by) if by > 0 else slice(by, None), :6] = 0

    return change


def without_state(tracks):
    return [made(n, t.action) for n, t in enumerate(tracks)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("style", ["reached", "commanded", "normalised"])
def test_clean_arms_are_silent_but_for_remarks(seed, style):
    tracks = drawn(seed, style=style, late=0)
    for about, those in ((subject(), tracks), (BLIND, without_state(tracks))):
        for detector in (action_kind, unit_scale, time_shift):
            assert [k for k in kinds(find(detector, those, about)) if k[1] != "info"] == []


@pytest.mark.parametrize("change", [to_values, to_seconds], ids=["values", "seconds"])
def test_what_is_no_change_is_found_with_a_state_and_without(change):
    tracks = changed(drawn(0), change)
    assert {f.kind for f in find(action_kind, tracks)} == {"action-kind"}
    assert find(action_kind, tracks)[0].severity == "error"
    assert {f.kind for f in find(action_kind, without_state(tracks), BLIND)} == {"action-kind"}


def test_changes_where_values_are_declared():
    tracks = drawn(0, style="target")
    assert find(action_kind, tracks, TARGETS) == []
    found = find(action_kind, changed(tracks, to_changes), TARGETS)
    assert {f.evidence["looks_like"] for f in found} == {"change"}


def test_a_proportional_controller_follows_the_value_and_is_none():
    rng, tracks = np.random.default_rng(0), []
    for number in range(15):
        goal, state = np.array([0.4, 0.1, 0.05, 0, 0, 0]), [rng.uniform(-0.3, 0.3, 6)]
        for _ in range(30):
            state.append(state[-1] + 0.2 * (goal - state[-1]))
        state = np.array(state)
        tracks.append(
            made(
                number,
                np.hstack([np.diff(state, axis=0), np.ones((30, 1))]),
                np.hstack([state[:-1], np.ones((30, 1))]),
            )
        )
    assert find(action_kind, tracks) == []


def test_a_sluggish_arm_is_not_told_accelerations():
    def slowed(action, state):
        speed, place = np.zeros(6), state[0, :6].astype(float)
        for t in range(len(action)):
            state[t, :6] = place
            speed = 0.8 * speed + 0.2 * action[t, :6]
            place = place + speed

    assert find(action_kind, changed(drawn(0, noise=0.0), slowed)) == []


@pytest.mark.parametrize(
    ("columns", "factor", "says"),
    [
        (slice(0, 3), 1000, "millimetres"),
        (slice(0, 3), 100, "centimetres"),
        (slice(3, 6), 57.29578, "degrees"),
    ],
    ids=["mm", "cm", "degrees"],
)
def test_units_of_the_action(columns, factor, says):
    tracks = changed(
        drawn(0), lambda action, _: action.__setitem__((slice(None), columns), action[:, columns] * factor)
    )
    (found,) = [f for f in find(unit_scale, tracks) if f.severity != "info"]
    assert (found.kind, found.severity) == ("unit-scale", "error")
    assert says in found.says
    blind = find(unit_scale, without_state(tracks), BLIND)
    assert kinds(blind) == [("unit-scale", "warning" if says == "degrees" else "error")]


@pytest.mark.parametrize(
    ("columns", "factor"), [(slice(0, 3), 1000), (slice(3, 6), 57.29578)], ids=["mm", "degrees"]
)
def test_units_of_the_state(columns, factor):
    def change(_, state):
        state[:, 5] += 0.5
        state[:, columns] *= factor

    found = find(unit_scale, changed(drawn(0, turned=np.pi), change))
    assert {f.severity for f in found} == {"error"}
    assert any("state" in f.says for f in found)


@pytest.mark.parametrize(
    "unit",
    [
        lambda v: v.std(0),
        lambda v: np.abs(v).max(0) / 100,
        lambda v: np.quantile(np.abs(v), 0.99, 0),
        lambda v: v.max() * 9,
    ],
    ids=["deviation", "range", "quantile", "below one"],
)
def test_normalised_commands_are_no_more_than_a_remark(unit):
    tracks = drawn(0)
    divisor = unit(np.concatenate([t.action[:, :6] for t in tracks]))
    normalised = changed(
        tracks, lambda action, _: action.__setitem__((slice(None), slice(0, 6)), action[:, :6] / divisor)
    )
    for about, those in ((subject(), normalised), (BLIND, without_state(normalised))):
        assert [k for k in kinds(find(unit_scale, those, about)) if k[1] != "info"] == []


@pytest.mark.parametrize(("by", "severity"), [(1, "error"), (2, "error"), (-1, "warning"), (-2, "warning")])
@pytest.mark.parametrize("style", ["reached", "commanded"])
def test_actions_of_another_step(by, severity, style):
    (found,) = find(time_shift, changed(drawn(2, style=style), rolled(by)))
    assert (found.kind, found.severity) == ("time-shift", severity)
    assert found.evidence["lag"] == -by


def test_targets_of_another_step():
    tracks = drawn(0, style="target")
    assert find(time_shift, tracks, TARGETS) == []
    (found,) = find(
        time_shift, changed(tracks, lambda a, s: a.__setitem__((slice(None), slice(0, 6)), s[:, :6])), TARGETS
    )
    assert found.evidence["lag"] == -1


def test_a_fixed_other_frame_fits_as_well():
    def turned(action, _):
        action[:, :3] = action[:, [1, 0, 2]] * np.array([1, -1, -1], np.float32)

    tracks = changed(drawn(0), turned)
    for detector in (action_kind, unit_scale, time_shift):
        assert find(detector, tracks) == []


def test_joints_of_two_arms_are_held_against_their_state():
    rng, tracks = np.random.default_rng(0), []
    names = tuple(f"{arm}_joint_{j}" for arm in ("left", "right") for j in range(6))
    about = subject(names, names, "none")
    for number in range(10):
        place = np.cumsum(np.cumsum(rng.normal(0, 0.01, (61, 12)), axis=0), axis=0) * 0.1
        tracks.append(made(number, place[1:], place[:-1]))
    assert find(action_kind, tracks, about) == []
    deltas = changed(tracks, lambda a, s: a.__setitem__(slice(None), np.diff(s, axis=0, append=s[-1:])))
    assert [f.evidence["looks_like"] for f in find(action_kind, deltas, about)] == ["change", "change"]


@pytest.mark.parametrize("length", [0, 1, 2, 5])
def test_short_and_constant_episodes_break_nothing(length):
    tracks = [made(n, np.zeros((length, len(DELTAS))), np.zeros((length, len(STATES)))) for n in range(30)]
    for detector in (action_kind, unit_scale, time_shift):
        assert find(detector, tracks) == []


@pytest.mark.parametrize(("names", "severity"), [(("dx", "dy", "dz"), "error"), (("dx", "dy"), "warning")])
def test_what_moves_in_a_plane_may_be_a_vehicle(names, severity):
    about = subject(names=names, states=(), gripper="none")
    rng = np.random.default_rng(0)
    tracks = [
        made(n, np.abs(rng.normal(1.5, 0.4, (40, len(names)))) * rng.uniform(0.5, 2, len(names)))
        for n in range(8)
    ]
    assert [(f.kind, f.severity) for f in find(unit_scale, tracks, about)] == [("unit-scale", severity)]


def steady(number, course):
    """An arm that does exactly what it is told: `course` [T, 6]."""
    place = np.vstack([np.zeros(6), np.cumsum(course, axis=0)[:-1]])
    grip = np.ones((len(course), 1))
    return made(number, np.hstack([course, grip]), np.hstack([place, grip]))


def test_of_an_even_motion_no_lag_and_no_kind_is_told():
    rng = np.random.default_rng(0)
    at = np.arange(40)[:, None]
    constant = [steady(n, np.full((40, 6), 0.01) * rng.choice([-1, 1], 6)) for n in range(12)]
    swinging = [steady(n, 0.02 * np.sin((at + n) / 5 + np.arange(6))) for n in range(12)]
    for tracks in (constant, swinging):
        assert [f for detector in (time_shift, action_kind) for f in find(detector, tracks)] == []
