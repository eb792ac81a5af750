"""The experiment as commands: what waits for what, which data and weights an arm has, rates chosen by validation alone."""

import json

import pytest

pytest.importorskip("torch")

from vladata.consumer.mini_rt2.__main__ import arm_steps, first_steps, folders_of
from vladata.consumer.mini_rt2.choosing import best, choice_steps, rate_of
from vladata.consumer.mini_rt2.command import Clock
from vladata.consumer.mini_rt2.plan import (
    ALL_ARMS,
    ARMS,
    QUICK,
    SUITES,
    arms_of,
    named,
    recipes_of,
    words_steps,
)
from vladata.consumer.mini_rt2.stages import STAGED_ARMS, stage_steps
from vladata.consumer.mini_rt2.table import difference
from vladata.spec.changed import changed
from vladata.spec.find import evaluation, training

RATES = {"scratch": 1e-3, "fine-tuned": 4e-4, "co-fine-tuned": 1.2e-3}


@pytest.fixture
def steps(tmp_path):
    made = [
        *words_steps(tmp_path),
        *first_steps(tmp_path, 7, QUICK),
        *arm_steps(tmp_path, 7, QUICK, RATES, ALL_ARMS),
    ]
    return {step.name: step for step in made}


def settings(step):
    """What --set says in a command."""
    pairs = zip(step.command, step.command[1:], strict=False)
    return dict(value.split("=", 1) for option, value in pairs if option == "--set")


def test_every_step_waits_for_steps_that_there_are_and_none_for_itself(steps):
    done = set()
    while len(done) < len(steps):
        ready = [name for name, step in steps.items() if name not in done and done >= set(step.after)]
        assert ready, "the others wait for each other"
        done.update(ready)


@pytest.mark.parametrize("arm", ALL_ARMS, ids=lambda arm: arm.name)
def test_an_arm_has_its_data_its_weights_and_its_rate(arm, steps, tmp_path):
    said = settings(steps[f"seed7/{folders_of(RATES)[arm.name]}"])
    assert said["data.path"] == str(tmp_path / "seed7" / f"{arm.data}-{arm.recipe}")
    assert ("start" in said) == arm.starts
    spec = changed(training(f"mini-{arm.config or arm.name}"), said, "test")
    assert spec.optimizer.learning_rate == rate_of(arm, RATES)
    assert spec.data.seed == spec.seed == 7
    if arm.starts:
        assert spec.start == str(tmp_path / "seed7" / "web-model")
        assert "seed7/web-model" in steps[f"seed7/{folders_of(RATES)[arm.name]}"].after
    else:
        assert spec.start is None
        assert (
            (spec.model.vision_from is not None) == (arm.name == "frozen-vision") == spec.model.frozen_vision
        )
        web = changed(training("mini-web"), settings(steps["seed7/web-model"]), "test")
        assert spec.model.words_from == web.model.words_from


def test_arms_whose_rate_nobody_chose_have_that_of_the_arm_that_is_most_like_them():
    rates = {arm.name: rate_of(arm, RATES) for arm in ALL_ARMS}
    scratch = dict.fromkeys(("scratch", "rt1", "frozen-vision"), 1e-3)
    web = ("co-fine-tuned", "co-fine-tuned-no-plan", "co-fine-tuned-one-query", "object-mask")
    assert rates == {"fine-tuned": 4e-4} | scratch | dict.fromkeys(web, 1.2e-3)


def test_a_difference_is_told_as_more_less_fewer_whichever_was_first():
    """One comparison, given as scratch against fine-tuned and as fine-tuned against scratch, reads the same."""
    one = {"first": "scratch", "second": "fine-tuned", "suite": "unseen", "trials": 600}
    one |= {"mean": -0.3, "low": -0.34, "high": -0.25, "first_only": 4, "second_only": 184}
    other = one | {"first": "fine-tuned", "second": "scratch", "mean": 0.3, "low": 0.25, "high": 0.34}
    other |= {"first_only": 184, "second_only": 4}
    wanted = (
        "fine-tuned - scratch, unseen: +30.0 points [+25.0, +34.0]; "
        "only the first succeeded in 184 trials, only the second in 4, of 600"
    )
    for found in (one, other):
        told = {"differences": [found | {"suite": "seen", "mean": 9.0}, found]}
        assert difference(told, "fine-tuned", "scratch") == wanted


def test_the_clock_goes_on_where_a_stopped_experiment_left_it(tmp_path):
    clock = Clock(tmp_path / "out")
    assert clock.seconds == 0
    with pytest.raises(KeyboardInterrupt), clock:
        raise KeyboardInterrupt
    (tmp_path / "out" / "seconds").write_text("1000.0")
    with Clock(tmp_path / "out"):
        pass
    assert 1000 <= clock.seconds < 1010


def test_all_arms_play_the_same_trials(steps, tmp_path):
    spec = evaluation(str(tmp_path / "seed7" / "evaluation.yaml"))
    assert list(spec.policies) == [arm.name for arm in ALL_ARMS]
    assert spec.suites == SUITES
    assert spec.seeds == (7,)
    assert set(steps["seed7/evaluation"].after) == {
        f"seed7/{folder}" for folder in folders_of(RATES).values()
    }


def test_plan_and_action_alone_differ_in_the_recipe_alone(tmp_path):
    made = {step.name: step for step in stage_steps(tmp_path, 7, QUICK, 1.2e-3)}
    for arm in STAGED_ARMS:
        said = settings(made[f"seed7/staged-{arm.recipe}"])
        assert said["data.path"] == str(tmp_path / "seed7" / f"staged-mix-{arm.recipe}")
        assert said["start"] == str(tmp_path / "seed7" / "web-model")
    assert "every_task" in made["seed7/staged-world"].command
    spec = evaluation(str(tmp_path / "seed7" / "staged-evaluation.yaml"))
    assert spec.suites == ("one_stage", "two_stage")
    assert list(spec.policies) == [arm.name for arm in STAGED_ARMS]


def test_rates_are_chosen_on_validation_scenes_and_the_chosen_is_not_trained_again(steps, tmp_path):
    tried = choice_steps(tmp_path, 7, QUICK, (4e-4, 1.2e-3))
    said = json.loads((tmp_path / "seed7" / "validation.yaml").read_text())
    assert said["suites"] == ["validation"]
    assert len(said["policies"]) == 6
    chosen = {step.name: step.digest for step in tried if "fine-tuned-400" in step.name}
    assert set(chosen) == {"seed7/fine-tuned-400", "seed7/co-fine-tuned-400"}
    assert steps["seed7/fine-tuned-400"].digest == chosen["seed7/fine-tuned-400"]


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        ((140, 0.9), (140, 0.9), 4e-4),  # equally well: the lesser
        ((139, 0.9), (140, 0.9), 1.2e-3),
        ((141, 0.9), (140, 0.9), 4e-4),
        ((150, 0.02), (140, 0.9), 1.2e-3),  # it never stops by itself
        ((0, None), (1, 1.0), 1.2e-3),  # no success, of which no part was ended
    ],
)
def test_the_rate_with_the_most_successes_that_the_policy_ended(low, high, wanted):
    came = {
        named(ARMS[0], rate): {"validation": dict(zip(("successes", "terminated"), found, strict=True))}
        for rate, found in ((4e-4, low), (1.2e-3, high))
    }
    assert best(ARMS[0], came, (1.2e-3, 4e-4)) == wanted


def test_later_seeds_train_the_arms_of_the_result_alone():
    assert [len(arms_of(number)) for number in range(4)] == [8, 8, 3, 3]
    assert recipes_of(2) == ("two_queries",)
    assert set(recipes_of(0)) == {arm.recipe for arm in ALL_ARMS}
