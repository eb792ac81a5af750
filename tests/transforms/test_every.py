"""Every k-th step: changes composed, what is absolute taken at the steps that are kept. Rotations against scipy."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.rlds_data import write_bridge_like
from vladata.sources.episodes import episodes
from vladata.sources.readers import open_source
from vladata.spec.find import schema
from vladata.transforms.every import Every
from vladata.transforms.standardise import compile_chain

NAMES = ("dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper")


def action(length, seed=0):
    rng = np.random.default_rng(seed)
    return np.hstack([rng.normal(0, 0.2, (length, 6)), rng.random((length, 1))]).astype(np.float32)


@pytest.mark.parametrize("turning", ["base", "tool", "sum"])
@pytest.mark.parametrize(("length", "factor"), [(12, 3), (13, 3), (2, 5), (1, 2), (7, 2)])
def test_changes_are_composed(turning, length, factor):
    given = action(length)
    positions, out = Every(factor, NAMES, (), turning)(given, np.arange(4, 4 + length))
    assert positions.tolist() == list(range(0, length, factor))
    for row, start in zip(out, positions, strict=True):
        window = given[start : start + factor].astype(np.float64)
        np.testing.assert_allclose(row[:3], window[:, :3].sum(axis=0), atol=1e-6)
        total = Rotation.identity()
        for turn in Rotation.from_euler("xyz", window[:, 3:6]):
            total = turn * total if turning == "base" else total * turn
        expected = window[:, 3:6].sum(axis=0) if turning == "sum" else total.as_euler("xyz")
        np.testing.assert_allclose(row[3:6], expected, atol=1e-6)
        assert row[6] == given[start, 6]
    assert out.dtype == np.float32


def test_the_motion_of_an_episode_stays():
    given = action(50)
    _, out = Every(4, NAMES, (), "sum")(given, np.arange(50))
    np.testing.assert_allclose(out[:, :6].sum(axis=0), given[:, :6].sum(axis=0), atol=1e-5)


def test_a_relative_gripper_loses_no_command():
    commands = np.array([0, 1, 0, 0, 0, 0, -1, 1, 0, 0], np.float32)[:, None]
    _, out = Every(3, ("gripper",), {"gripper"}, "sum")(commands, np.arange(10))
    assert out[:, 0].tolist() == [1, 0, 1, 0]


def test_each_gripper_goes_by_its_own_convention():
    names = ("left_dx", "left_gripper", "right_dx", "right_gripper", "gripper_2_gripper")
    given = np.array(
        [[1, 0.1, 2, 0, 1], [1, 0.2, 2, 1, 0], [1, 0.3, 2, 0, 0], [1, 0.4, 2, -1, 0], [1, 0.5, 2, 1, -1]],
        np.float32,
    )
    _, out = Every(2, names, {"right_gripper", "gripper_2_gripper"}, "sum")(given, np.arange(5))
    left, right = np.float32([0.1, 0.3, 0.5]), [1, -1, 1]
    assert out[:, [0, 2]].tolist() == [[2, 4], [2, 4], [1, 2]], "changes add up"
    np.testing.assert_array_equal(out[:, 1], left)
    assert out[:, 3].tolist() == right, "the last command of each window, not the sum of them"
    assert out[:, 4].tolist() == [1, 0, -1]


def test_each_arm_turns_by_itself():
    names = [f"{arm}{turn}" for arm in ("left_", "arm_2_") for turn in ("dyaw", "droll", "dpitch")]
    given = np.random.default_rng(3).normal(0, 0.3, (6, 6)).astype(np.float32)
    _, out = Every(3, names, (), "base")(given, np.arange(6))
    for first in (0, 3):
        for row, window in zip(out, (given[:3], given[3:]), strict=True):
            total = Rotation.identity()
            for yaw, roll, pitch in window[:, first : first + 3].astype(np.float64):
                total = Rotation.from_euler("xyz", [roll, pitch, yaw]) * total
            roll, pitch, yaw = total.as_euler("xyz")
            np.testing.assert_allclose(row[first : first + 3], [yaw, roll, pitch], atol=1e-6)


def test_targets_and_velocities_are_those_of_the_step():
    given = np.arange(12, dtype=np.float32).reshape(6, 2)
    _, out = Every(2, ("j0", "base_linear"), (), "sum")(given, np.arange(6))
    assert out.tolist() == [[0, 1], [4, 5], [8, 9]]


def test_steps_that_a_filter_took_are_counted_as_time():
    given = np.ones((4, 1), np.float32)
    positions, out = Every(3, ("dx",), (), "sum")(given, np.array([2, 3, 6, 10]))
    assert (positions.tolist(), out[:, 0].tolist()) == ([0, 2, 3], [2, 1, 1])


def test_no_step_no_action():
    positions, out = Every(2, NAMES, (), "base")(action(0), np.zeros(0, np.int64))
    assert (len(positions), out.shape) == (0, (0, 7))


def test_nan_stays_nan():
    given = action(6)
    given[1, 0] = given[4, 3] = np.nan
    _, out = Every(3, NAMES, (), "base")(given, np.arange(6))
    assert np.isnan(out[0, 0])
    assert np.isnan(out[1, 3:6]).all()
    assert np.isfinite(out[0, 1:]).all()


def test_a_standardised_episode_ends_where_it_ended(tmp_path):
    source = open_source(write_bridge_like(tmp_path, 1, 8))
    spec = schema("bridge_dataset")
    thinned = compile_chain(spec, "octo", source.step_columns, every=3)
    episode = thinned(next(episodes(tmp_path / "bridge_dataset")))
    assert episode.numbers.tolist() == [0, 3, 6]
    assert [(d.rule, d.steps) for d in episode.dropped] == [("delta_to_next(tail=drop)", 1), ("every(3)", 4)]
    assert episode.steps["terminate"].tolist() == [False, False, True]
    raw = next(episodes(tmp_path / "bridge_dataset")).steps["observation/state"]
    np.testing.assert_allclose(episode.steps["action"][:2, :6], raw[[3, 6], :6] - raw[[0, 3], :6], atol=1e-6)
    np.testing.assert_array_equal(episode.steps["state"], raw[[0, 3, 6]])
    assert len(episode.steps["images/primary"]) == 3
