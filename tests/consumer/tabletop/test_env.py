"""The Gymnasium environment: its checker is content, resets follow one another, bad input is refused with what is allowed."""

import warnings

import numpy as np
import pytest

pytest.importorskip("gymnasium")

from gymnasium.utils.env_checker import check_env

from vladata.consumer.tabletop.env import TabletopEnv
from vladata.consumer.tabletop.suites import trial
from vladata.errors import UnknownName, UsageError


@pytest.mark.parametrize("suite", ["seen", "two_stage"])
def test_the_checker_of_gymnasium_is_content(suite):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*not having a spec")  # it is registered by nobody
        check_env(TabletopEnv(suite, render_mode="rgb_array"))


def test_trials_follow_one_another():
    env = TabletopEnv()
    seen, told = env.reset(seed=7)
    assert told == {"suite": "seen", "seed": 7, "trial": 0}
    assert seen["instruction"] == trial("seen", 7, 0).instruction
    assert env.reset()[1] == {"suite": "seen", "seed": 7, "trial": 1}
    assert env.reset(options={"suite": "symbol", "trial": 40})[1] == {
        "suite": "symbol",
        "seed": 7,
        "trial": 40,
    }
    assert env.world.trial == trial("symbol", 7, 40)
    assert env.reset()[1] == {"suite": "seen", "seed": 7, "trial": 41}
    again, _ = env.reset(seed=7)
    assert again["instruction"] == seen["instruction"]
    assert np.array_equal(again["image"], seen["image"])


def test_without_a_seed_one_is_drawn():
    seeds = {TabletopEnv().reset()[1]["seed"] for _ in range(4)}
    assert len(seeds) == 4


def play(env, most=30):
    for _ in range(most):
        action, ends = env.world.expert()
        found = env.step(np.array([*action, ends], np.float32))
        if found[2] or found[3]:
            return found
    raise AssertionError("the trial never ended")


def test_success_is_the_reward_of_the_end():
    env = TabletopEnv("two_stage")
    env.reset(seed=0)
    _, reward, terminated, truncated, told = play(env)
    assert (reward, terminated, truncated, told) == (1.0, True, False, {"success": True})


def test_time_runs_out():
    env = TabletopEnv()
    env.reset(seed=0)
    ends = [env.step(np.zeros(3, np.float32))[1:4] for _ in range(14)]
    assert ends == [(0.0, False, False)] * 13 + [(0.0, False, True)]
    with pytest.raises(UsageError, match="the trial is over"):
        env.step(np.zeros(3, np.float32))


def test_a_rendered_picture_is_the_observation_larger():
    env = TabletopEnv(render_mode="rgb_array")
    seen, _ = env.reset(seed=0)
    assert np.array_equal(env.render()[::4, ::4], seen["image"])
    assert TabletopEnv().render() is None


def test_what_is_refused():
    with pytest.raises(UnknownName, match='no suite "sean"'):
        TabletopEnv("sean")
    with pytest.raises(UsageError, match="unknown render_mode"):
        TabletopEnv(render_mode="human")
    env = TabletopEnv()
    with pytest.raises(UsageError, match="there is no trial yet"):
        env.step(np.zeros(3))
    with pytest.raises(UnknownName, match='no option "suit"'):
        env.reset(options={"suit": "seen"})
    for number in (-1, 1.5, True, "1"):
        with pytest.raises(UsageError, match="trial must be a whole number from 0"):
            env.reset(options={"trial": number})
    env.reset(seed=0)
    for action in (np.zeros(2), np.array([0, 0, np.nan]), np.zeros((1, 3))):
        with pytest.raises(UsageError, match="an action must be three finite numbers: dx, dy, terminate"):
            env.step(action)
