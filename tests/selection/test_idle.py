"""Idle stretches, beside a loop over episodes and steps."""

from itertools import groupby

import numpy as np
import pytest

from vladata.selection.idle import idle
from vladata.spec.select import Idle

NAMES = ("dx", "dy", "j0", "gripper")


def still_by_step(action, t, relative, rule):
    """Whether step t of one episode is idle."""
    before = action[max(t - 1, 0)]
    gripper = action[t, 3] == 0 if relative else abs(action[t, 3] - before[3]) <= np.float32(rule.gripper)
    still = np.float32(rule.still)
    return bool(np.all(np.abs(action[t, :2]) <= still) and abs(action[t, 2] - before[2]) <= still and gripper)


def by_step(lengths, action, relative, rule):
    gone, at = [], 0
    for length in lengths:
        rows = action[at : at + length]
        at += length
        flags = [still_by_step(rows, t, relative, rule) for t in range(length)]
        first = [k and len(run) > rule.longest for k, g in groupby(flags) for run in [list(g)] for _ in run]
        gone += [k or len(run) < rule.shortest for k, g in groupby(first) for run in [list(g)] for _ in run]
    return gone


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize(("longest", "shortest"), [(0, 1), (2, 1), (3, 4), (7, 1)])
def test_the_same_as_step_by_step(relative, longest, shortest):
    rng = np.random.default_rng(longest)
    lengths = [1, 5, 60, 2, 33, 40]
    moves = np.repeat(rng.random(40) < 0.4, 4)[: sum(lengths)][:, None]
    action = np.where(moves, rng.normal(0, 0.1, (sum(lengths), 4)), 0).astype(np.float32)
    action[:, 2] = np.cumsum(action[:, 2])
    action[:, 3] = np.where(rng.random(len(action)) < 0.05, 1, 0)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    rule = Idle(longest=longest, shortest=shortest)
    found = idle(action, owner, NAMES, {"gripper"} if relative else (), rule)
    assert found.tolist() == by_step(lengths, action, relative, rule)
    assert found.any()
    assert not found.all()


def test_stretches_of_two_episodes_are_two():
    action, owner = np.zeros((8, 1), np.float32), np.repeat([0, 1], 4)
    assert not idle(action, owner, ("dx",), (), Idle(longest=4)).any()
    assert idle(action, owner, ("dx",), (), Idle(longest=3)).all()


def test_each_gripper_moves_by_its_own_convention():
    """A command that is held moves its gripper all the while; an opening that is held does not."""
    names, rule = ("left_dx", "left_gripper", "right_dx", "right_gripper"), Idle(longest=2)
    held, owner = np.zeros((6, 4), np.float32), np.zeros(6, int)
    held[:, 1] = held[:, 3] = 1
    assert idle(held, owner, names, (), rule).all()
    assert not idle(held, owner, names, {"left_gripper"}, rule).any()
    assert not idle(held, owner, names, {"right_gripper"}, rule).any()
    held[:, 3] = [0, 0, 0, 1, 0, 0]
    assert idle(held, owner, names, {"right_gripper"}, rule).tolist() == [True] * 3 + [False] * 3


def test_no_step():
    assert idle(np.zeros((0, 1), np.float32), np.zeros(0, int), ("dx",), (), Idle()).shape == (0,)
