"""constant, saturated, outliers, idle and frequency."""

from dataclasses import replace

import numpy as np
import pytest

from tests.doctor.tracks import DELTAS, changed, drawn, find, kinds, made, subject
from vladata.doctor.facts import facts_of
from vladata.doctor.frequency import frequency
from vladata.doctor.idle import IdleSteps, quiet_of
from vladata.doctor.outliers import Outliers
from vladata.doctor.values import constant, saturated


def streamed(make, tracks, about=None):
    """The findings of a detector that sees every episode, and what it would cut out of each."""
    detector = make(facts_of(about or subject(), tracks))
    cuts = {track.id: detector.see(track).tolist() for track in tracks}
    return list(detector.findings()), {episode: cut for episode, cut in cuts.items() if cut}


def idle_of(facts):
    return IdleSteps(quiet_of(facts))


def test_a_dimension_that_never_changes():
    tracks = drawn(0)
    assert find(constant, tracks) == []
    still = changed(tracks, lambda action, _: action.__setitem__((slice(None), 4), 0.25))
    (found,) = find(constant, still)
    assert (found.severity, found.evidence["dimensions"], found.evidence["values"]) == (
        "warning",
        ["dpitch"],
        [0.25],
    )


def test_a_const_of_the_chain_is_a_remark():
    operations = [
        {"op": "const", "value": 0.25, "width": 1, "out": "$none"},
        {"op": "concat", "of": ["action[0:4]", "$none", "action[5:7]"]},
    ]
    still = changed(drawn(0), lambda action, _: action.__setitem__((slice(None), 4), 0.25))
    assert kinds(find(constant, still, subject(operations=operations))) == [("constant", "info")]


def test_a_clipped_dimension_and_keys_of_a_keyboard():
    tracks = drawn(0)
    assert find(saturated, tracks) == []
    clipped = changed(tracks, lambda a, _: a.__setitem__((slice(None), 0), np.clip(a[:, 0], -0.004, 0.004)))
    (found,) = find(saturated, clipped)
    assert (found.kind, found.severity, found.evidence["dimension"]) == ("saturated", "warning", "dx")
    assert find(saturated, changed(tracks, lambda a, _: a.__setitem__(slice(None), np.sign(a)))) == []


def test_spikes_are_outliers_and_are_cut():
    tracks = drawn(0)
    assert streamed(Outliers, tracks) == ([], {})
    spoiled = changed(tracks, lambda action, _: None)
    spoiled[3].action[7, 1] = 40
    spoiled[5].state[2, 0] = -90
    found, cuts = streamed(Outliers, spoiled)
    assert [f.evidence["dimensions"] for f in found] == [["dy"], ["x"]]
    assert cuts == {tracks[3].id: [7], tracks[5].id: [2]}


def test_a_heavy_tail_is_motion():
    """A wrist that rarely turns, and then for a while: far beyond the usual, and not single."""
    tracks = changed(drawn(0, noise=0.0), lambda a, _: a.__setitem__((slice(5, 12), 5), 3.0))
    found, cuts = streamed(Outliers, tracks)
    assert (found, cuts) == ([], {})


def test_rests_of_more_than_seven_steps_are_idle():
    tracks = drawn(0, noise=0.0)
    rested = changed(tracks, lambda action, _: None)
    rested[2].action[3:11, :6] = 0
    rested[4].action[3:10, :6] = 0  # seven stay
    found, cuts = streamed(idle_of, rested)
    cut = cuts.pop(rested[2].id)
    assert set(range(4, 10)) <= set(cut)
    assert not set(range(3, 10)) <= set(cuts.get(rested[4].id, []))
    assert [f.kind for f in found] == ["idle"]


def test_a_closing_gripper_is_not_idle():
    action = np.zeros((40, 7), np.float32)
    action[:20, :6] = 0.01
    action[20:, 6] = np.arange(20) % 2
    assert streamed(idle_of, [made(n, action) for n in range(4)], subject(states=())) == ([], {})


def test_nothing_is_idle_where_nothing_ever_moves():
    assert streamed(idle_of, [made(0, np.zeros((30, 7)))], subject(states=())) == ([], {})


def test_held_states_are_too_many_steps():
    tracks = drawn(0)
    assert find(frequency, tracks) == []
    held = changed(
        tracks, lambda _, state: state.__setitem__(slice(None), state[np.arange(len(state)) // 3 * 3])
    )
    (found,) = find(frequency, held)
    assert found.evidence["times"] == 3
    assert "Keep one step of 3: {op: stride, factor: 3} in the chain, for absolute actions" in found.advice
    assert "measured at 1.67 Hz" in found.says


@pytest.mark.parametrize("unit", [1, 1e3, 1e9], ids=["s", "ms", "ns"])
def test_a_clock_is_held_against_the_schema_in_any_unit(unit):
    tracks = [replace(t, raw={"time": t.raw["time"] * unit}) for t in drawn(0)]
    assert find(frequency, tracks) == []
    (found,) = find(frequency, tracks, subject(hz=15.0))
    assert found.evidence["hz"] == pytest.approx(5, rel=0.05)
    assert "control_frequency_hz: 5" in found.advice or "control_frequency_hz: 4.9" in found.advice


def test_a_clock_that_jumps_tells_that_steps_are_missing():
    tracks = [replace(t, raw={"time": t.raw["time"].copy()}) for t in drawn(0)]
    assert find(frequency, tracks) == []
    tracks[1].raw["time"][4:] += 0.4  # two steps of 0.2 s
    tracks[3].raw["time"][2:] += 0.2
    tracks[3].raw["time"][7:] += 1.0
    (found,) = find(frequency, tracks)
    assert (found.kind, found.severity, found.steps, found.episodes) == ("time-gaps", "warning", 3, 2)
    assert found.examples == (tracks[1].id, tracks[3].id)


def test_a_counter_is_no_clock():
    counted = [replace(t, raw={"time_index": np.arange(t.steps)[:, None]}) for t in drawn(0)]
    assert find(frequency, counted) == []


def test_no_hand_is_as_fast_as_a_wrong_rate_makes_it():
    tracks = [replace(t, raw={}) for t in drawn(0)]
    assert find(frequency, tracks) == []
    assert kinds(find(frequency, tracks, subject(hz=500.0)))[0] == ("frequency", "warning")


def test_a_schema_without_a_rate_is_not_asked_for_one():
    assert find(frequency, drawn(0), subject(hz=None)) == []


@pytest.mark.parametrize("detector", [constant, saturated, frequency])
@pytest.mark.parametrize("length", [0, 1])
def test_short_episodes_break_nothing(detector, length):
    assert find(detector, [made(0, np.zeros((length, len(DELTAS))))], subject(states=())) == []
