"""BabyAI: trials that are pure functions, one action in three numbers, and demonstrations that become samples."""

import numpy as np
import pytest

pytest.importorskip("minigrid")

import vladata
from vladata.consumer.evaluation import adapters
from vladata.consumer.evaluation.adapter import adapter
from vladata.consumer.evaluation.demonstrations import demonstrated, write_demonstrations
from vladata.consumer.evaluation.run import evaluate
from vladata.errors import OutputExists, UnknownName, UsageError
from vladata.spec.evaluation import EvaluationSpec

HERE = adapters.__path__[0]


def test_a_trial_is_a_function_of_suite_seed_and_number():
    def seen(*asked):
        return adapter("babyai", {}).reset(*asked)

    one, same, other = seen("goto-local", 0, 1), seen("goto-local", 0, 1), seen("goto-local", 1, 1)
    assert one.instruction == same.instruction
    assert one.images["primary"].shape == (56, 56, 3)
    assert np.array_equal(one.images["primary"], same.images["primary"])
    assert not np.array_equal(one.images["primary"], other.images["primary"])


def test_the_greatest_number_is_done_and_who_ends_has_failed():
    world = adapter("babyai", {})
    world.reset("goto-object", 0, 0)
    before = world._world.agent_dir
    world.step(np.array([0.2, 0.9, 0.9], np.float32), False)  # the first of equals: right
    assert world._world.agent_dir == (before + 1) % 4
    world.step(np.array([1, 0, 0], np.float32), False)
    assert world._world.agent_dir == before
    _, over = world.step(np.array([0, 0, 1], np.float32), True)
    assert (over, world.success) == (True, False)


def test_the_bot_succeeds_and_chance_seldom_does(tmp_path):
    spec = EvaluationSpec(
        name="b", environment="babyai", policies={"expert": "expert", "random": "random"}, trials=3, films=0,
        settings={"most_steps": 40}, suites=["goto-small", "goto-local"],
    )  # fmt: skip
    told = evaluate(spec, tmp_path)
    assert told["policies"]["expert"]["all"]["successes"] == 6
    assert told["policies"]["random"]["goto-local"]["successes"] <= 2
    with pytest.raises(UsageError, match="most_steps must be a whole number from 1; got 0"):
        adapter("babyai", {"most_steps": 0})


def test_demonstrations_become_samples_that_say_what_the_bot_did(tmp_path):
    world = adapter("babyai", {})
    made = write_demonstrations(world, "babyai", tmp_path, 2, ["goto-small"], seed=5, shards=1)
    with pytest.raises(OutputExists, match="the dataset exists already"):
        write_demonstrations(world, "babyai", tmp_path, 2)
    with pytest.raises(UnknownName, match='no suite "goto"'):
        write_demonstrations(world, "more", tmp_path, 2, ["goto"])
    vladata.convert(
        str(made), str(tmp_path / "out"), schema=f"{HERE}/babyai.yaml", recipe=f"{HERE}/babyai_recipe.yaml"
    )
    samples = vladata.open(str(tmp_path / "out"))
    found = sorted((sample.key, sample.prompt, sample.target) for sample in samples)
    said = {1: "255 0 0", 2: "0 255 0", 4: "0 0 255"}
    wanted = []
    for number in (0, 1):
        for step in demonstrated(world, "goto-small", 5, number)[:-1]:
            one = int(step["action"] @ [1, 2, 4])
            wanted.append((f"robot {step['language_instruction']}", said[one]))
    assert [(prompt, target) for _, prompt, target in found] == wanted
