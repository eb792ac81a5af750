"""Meta-World: trials that are pure functions, experts that succeed, and demonstrations that become samples."""

import os
import subprocess
import sys
from ctypes.util import find_library
from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("metaworld") is None:  # not imported here: the adapter says how MuJoCo draws before it does
    pytest.skip("metaworld is not installed", allow_module_level=True)
if os.environ.get("MUJOCO_GL", "osmesa") != "osmesa" or find_library("OSMesa") is None:
    pytest.skip("drawing beside TensorFlow needs MUJOCO_GL=osmesa and libosmesa6", allow_module_level=True)
os.environ["MUJOCO_GL"] = "osmesa"

import vladata
from vladata.consumer.evaluation import adapters
from vladata.consumer.evaluation.adapter import adapter
from vladata.consumer.evaluation.demonstrations import demonstrated, main
from vladata.errors import UsageError

HERE = adapters.__path__[0]
SMALL = {"size": 32}


def test_a_trial_is_a_function_of_suite_seed_and_number():
    def seen(*asked, before):
        np.random.seed(before)  # the package draws from it
        world = adapter("metaworld", {"size": 48})
        first = world.reset(*asked)
        second, _ = world.step(np.array([1, 0, 0.5, -1], np.float32), False)
        return first, second

    one, same = seen("push-v3", 0, 1, before=1), seen("push-v3", 0, 1, before=2)
    for mine, yours in zip(one, same, strict=True):
        assert mine.instruction == "push the puck to the green ball"
        assert (mine.images["primary"].shape, mine.images["primary"].dtype) == ((48, 48, 3), np.uint8)
        assert np.array_equal(mine.images["primary"], yours.images["primary"])
        assert np.array_equal(mine.state, yours.state)
    for other in (("push-v3", 1, 1), ("push-v3", 0, 2)):
        assert not np.array_equal(one[0].images["primary"], seen(*other, before=1)[0].images["primary"])


def test_worlds_of_a_suite_that_run_at_once_are_drawn_each_by_itself():
    worlds = [adapter("metaworld", SMALL) for _ in range(2)]
    alone = [world.reset("reach-v3", 0, number).images["primary"] for number, world in enumerate(worlds)]
    assert not np.array_equal(*alone)
    for number, world in enumerate(worlds):
        assert np.array_equal(world.frame()[::2, ::2], alone[number])


def test_an_action_moves_the_hand_a_centimetre_and_is_held_to_its_bounds():
    world = adapter("metaworld", SMALL)
    start = world.reset("reach-v3", 0, 0).state
    assert start.dtype == np.float32
    assert start[3] == 1  # open

    def moved(said):
        for _ in range(10):
            seen, _ = world.step(np.array(said, np.float32), False)
        return seen.state

    closed = moved([0, 0, 1, 1])
    assert closed[3] < 0.9
    moved([0, 0, 0, 0])  # the hand comes after
    assert moved([0, 0, 0, 0])[:3] - start[:3] == pytest.approx([0, 0, 0.1], abs=0.01)
    world.reset("reach-v3", 0, 0)
    assert np.array_equal(moved([0, 0, 70, 70]), closed)


def test_the_expert_succeeds_and_who_ends_has_failed():
    for suite, told in (("reach-v3", "reach the red ball"), ("drawer-open-v3", "open the drawer")):
        world = adapter("metaworld", SMALL)
        steps = demonstrated(world, suite, 0, 0)
        assert (world.success, steps[0]["language_instruction"]) == (True, told)
        assert 10 < len(steps) < 120
        assert all(np.abs(step["action"]).max() <= 1 for step in steps)
    world.reset("reach-v3", 0, 0)
    _, over = world.step(np.zeros(4, np.float32), True)
    assert (over, world.success) == (True, False)


def test_noise_moves_the_hand_and_not_what_the_expert_says():
    plain, noisy, again = (adapter("metaworld", {**SMALL, "noise": noise}) for noise in (0, 0.5, 0.5))
    for world in (plain, noisy, again):
        world.reset("reach-v3", 0, 0)
    assert np.array_equal(plain.expert()[0], noisy.expert()[0])
    states = [world.step(world.expert()[0], False)[0].state for world in (plain, noisy, again)]
    assert np.array_equal(states[1], states[2])
    assert not np.array_equal(states[0], states[1])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"most_steps": 501}, "most_steps must be a whole number from 1 to 500; got 501"),
        ({"size": 0}, "size must be a whole number from 1 to 1024; got 0"),
        ({"noise": "much"}, "noise must be a number from 0 to 1; got 'much'"),
        ({"camera": "top"}, "the environment does not take these settings"),
    ],
)
def test_settings_that_it_cannot_have_are_told(settings, says):
    with pytest.raises(UsageError, match=says):
        adapter("metaworld", settings)


def test_without_a_way_to_draw_it_says_what_to_install():
    code = """
from vladata.consumer.evaluation.adapter import adapter
from vladata.errors import MissingExtra
try:
    adapter("metaworld", {}).reset("reach-v3", 0, 0)
except MissingExtra as fault:
    print(fault)
"""
    env = {**os.environ, "MUJOCO_GL": "disabled"}
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("MuJoCo cannot draw on this machine")
    assert "apt-get install libosmesa6 with MUJOCO_GL=osmesa, or libegl1 with MUJOCO_GL=egl" in ran.stdout
    assert "Traceback" not in ran.stderr


def test_demonstrations_become_samples_that_say_what_the_expert_did(tmp_path, capsys):
    world = adapter("metaworld", SMALL)
    asked = ["--episodes", "1", "--suite", "reach-v3", "--seed", "5"]
    with pytest.raises(SystemExit):
        main(["metaworld", str(tmp_path), *asked, "--settings", "noise"])
    assert "--settings is a map, such as {noise: 0.3}" in capsys.readouterr().err
    main(["metaworld", str(tmp_path), *asked, "--settings", "{size: 32}"])
    made = tmp_path / "metaworld" / "1.0.0"
    vladata.convert(
        str(made), str(tmp_path / "out"),
        schema=f"{HERE}/metaworld.yaml", recipe=f"{HERE}/metaworld_recipe.yaml",
    )  # fmt: skip
    steps = demonstrated(world, "reach-v3", 5, 0)[:-1]
    batch = next(iter(vladata.load(str(tmp_path / "out"), len(steps))))
    order = np.argsort(batch["step"])
    assert batch["step"][order].tolist() == list(range(len(steps)))
    low, high = np.array([-0.525, 0.348, -0.0525, 0]), np.array([0.525, 1.025, 0.7, 1])
    for row, step in zip(order, steps, strict=True):
        seen = step["observation"]
        assert np.array_equal(batch["images"][row, 0, 0], seen["primary"])
        assert np.array_equal(batch["state"][row], seen["state"])
        assert np.array_equal(batch["action"][row, 0], step["action"])
        robot, at, *place, reach, the, red, ball = batch["prompt"][row].split()
        assert (robot, at, reach, the, red, ball) == ("robot", "at", "reach", "the", "red", "ball")
        assert np.abs(np.array(place, int) - (seen["state"] - low) / (high - low) * 255).max() <= 1
        said = np.array(batch["target"][row].split(), int)
        assert np.abs(said - (step["action"] + 1) / 2 * 255).max() <= 1
