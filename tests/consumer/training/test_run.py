"""Whole trainings of a few steps: what is written, gone on with, and refused."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

import vladata  # noqa: E402
from tests.mix.made import mix, mixture  # noqa: E402
from vladata.consumer.training.checkpoint import checkpoints_in, read_checkpoint  # noqa: E402
from vladata.consumer.training.log import read_log  # noqa: E402
from vladata.consumer.training.run import train  # noqa: E402
from vladata.errors import (  # noqa: E402
    LoadError,
    MissingFile,
    OutputBusy,
    OutputError,
    PlanDiffers,
    TrainingError,
    UsageError,
    VladataError,
)

TIMES = ("seconds",)


def lines(out):
    """The log without its times."""
    return [{name: value for name, value in line.items() if name not in TIMES} for line in read_log(out)]


def weights(out):
    return load_file(read_checkpoint(out).model_folder / "model.safetensors")


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_training_of_4_steps(config, robot, tmp_path):
    held = [
        {"name": "same", "path": str(robot), "split": "train", "every": 3, "samples": 7, "answers": False}
    ]
    result = train(config(held_out=held), tmp_path / "out")
    assert (result.step, result.began, result.out) == (4, 0, tmp_path / "out")
    steps = [line["step"] for line in lines(result.out) if "loss" in line]
    assert steps == [1, 2, 3, 4]
    measured = [line for line in lines(result.out) if "held_out/same/bridge_dataset/action/loss" in line]
    assert [line["step"] for line in measured] == [0, 3, 4]
    assert {line["held_out/same/bridge_dataset/action/samples"] for line in measured} == {7.0}
    assert [each.name for each in checkpoints_in(result.out)] == ["step-00000002", "step-00000004"]
    kept = read_checkpoint(result.out)
    assert kept.folder == result.checkpoint
    dataset = vladata.open(robot)
    (source,) = kept.robots
    assert source.contract == dataset.contract
    assert source.recipe.name == "rt2-pali-x"
    assert source.schema.name == "bridge_dataset"
    assert source.statistics == dataset.manifest["statistics"]
    assert source.images["cameras"] == ["primary"]
    assert (kept.pictures.size, kept.pictures.cameras, kept.pictures.frames) == ((16, 16), ("primary",), 1)
    assert kept.config == config(held_out=held)
    assert kept.metrics["loss"] == lines(result.out)[-2]["loss"]
    assert not equal(
        weights(result.out), load_file(checkpoints_in(result.out)[0] / "model" / "model.safetensors")
    )


def test_a_model_that_knows_its_samples_by_heart_answers_them(config, mixed, tmp_path):
    """Questions such as "What is 5?", answered "number 5": the answers are written out by the model's own words."""
    corpus = str(mixed.parent / "web" / "out")
    held = [{"name": "same", "path": corpus, "split": "train", "every": 120, "samples": 99}]
    changes = {
        "data__path": corpus,
        "data__batch_size": 16,
        "schedule": {"steps": 120},
        "checkpoint": {"every": 120},
    }
    result = train(
        config(**changes, held_out=held, log={"every": 120, "tensorboard": False}), tmp_path / "out"
    )
    before, after = (line for line in read_log(result.out) if "loss" not in line)
    name = "held_out/same/pairs/vqa"
    assert (before[f"{name}/exact_match"], before[f"{name}/samples"]) == (0.0, 6.0)
    assert after[f"{name}/exact_match"] >= 4 / 6
    assert after[f"{name}/token_accuracy"] >= after[f"{name}/exact_match"]


def test_the_same_call_again_has_nothing_left_to_do(config, tmp_path):
    first = train(config(), tmp_path / "out")
    before = weights(first.out), lines(first.out)
    again = train(config(), tmp_path / "out")
    assert (again.began, again.step, again.checkpoint) == (4, 4, first.checkpoint)
    assert equal(before[0], weights(again.out))
    assert before[1] == lines(again.out)


def test_parts_of_an_accumulation_learn_the_same(config, mixed, tmp_path):
    """The order of a mixture too, whose samples weigh differently. A large eps: AdamW makes of a gradient that is rounding alone,
    such as that of a bias before a norm, a step of any sign."""
    asked = {"data__path": str(mixed), "loss": {"tasks": {"action": 2.0}, "smooth": {"action": 2.0}}}
    asked["optimizer__eps"] = 1e-3
    whole = train(config(**asked), tmp_path / "one")
    parts = train(config(**asked, accumulate=4), tmp_path / "other")
    assert losses(parts.out) == pytest.approx(losses(whole.out), abs=1e-5)
    for name, value in weights(whole.out).items():
        np.testing.assert_allclose(weights(parts.out)[name], value, atol=1e-5)


def losses(out):
    return [line["loss"] for line in read_log(out) if "loss" in line]


KILLED = """
import sys
from vladata.consumer.training.run import train
from vladata.spec.find import training
train(training(sys.argv[1]), sys.argv[2])
"""


@pytest.mark.timeout(600)
def test_killed_anywhere_and_gone_on_with_it_has_the_losses_of_a_run_that_was_not(config, mixed, tmp_path):
    changes = {"data__path": str(mixed), "data__augment": "octo", "data__workers": 2, "accumulate": 2}
    spec = config(
        **changes,
        schedule={"steps": 40, "warmup": 5},
        checkpoint={"every": 5},
        log={"every": 3, "tensorboard": False},
    )
    whole = train(spec, tmp_path / "whole")
    (tmp_path / "few.yaml").write_text(json.dumps(spec.model_dump(mode="json")))
    out, dice, command = (
        tmp_path / "out",
        random.Random(3),
        [sys.executable, "-c", KILLED, str(tmp_path / "few.yaml")],
    )
    for least in (7, 27):
        running = subprocess.Popen([*command, str(out)])
        while running.poll() is None and max([line["step"] for line in read_log(out)], default=0) < least:
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.05))
        running.send_signal(signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL
    result = train(spec, out)
    assert 0 < result.began < 40
    assert lines(out) == lines(whole.out)
    assert equal(weights(out), weights(whole.out))


def test_another_config_in_the_same_folder_is_refused_with_the_difference(config, tmp_path):
    train(config(), tmp_path / "out")
    with pytest.raises(
        PlanDiffers, match=r"the training in this folder has another config: \n    seed: 5 here, 0 there\."
    ):
        train(config(seed=5), tmp_path / "out")
    begun = train(config(seed=5), tmp_path / "out", overwrite=True)
    assert begun.began == 0
    free = {"data__workers": 1, "log": {"every": 2, "tensorboard": False}, "checkpoint": {"every": 3}}
    assert train(config(seed=5, **free), tmp_path / "out").began == 4


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"data__path": "/nowhere"}, VladataError, "/nowhere"),
        ({"held_out": [{"name": "gone", "path": "/nowhere", "every": 1}]}, VladataError, "/nowhere"),
        ({"start": "{out}"}, UsageError, "start lies in the folder that --overwrite would remove"),
    ],
)
def test_what_cannot_begin_overwrites_nothing(config, tmp_path, changes, error, says):
    out = tmp_path / "out"
    train(config(), out)
    before = lines(out), read_checkpoint(out).folder
    changes = {name: str(out) if value == "{out}" else value for name, value in changes.items()}
    with pytest.raises(error) as caught:
        train(config(**changes), out, overwrite=True)
    assert says in str(caught.value)
    assert (lines(out), read_checkpoint(out).folder) == before


def test_a_folder_of_something_else_is_left_alone(config, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(OutputError, match=r"holds files that are not of a training; got 'thesis.tex'"):
            train(config(), tmp_path / "out", overwrite=overwrite)
    assert os.listdir(tmp_path / "out") == ["thesis.tex"]


def test_one_process_at_a_time(config, tmp_path):
    from vladata.consumer.training.place import taken

    with (
        taken(tmp_path / "out", config(), overwrite=False),
        pytest.raises(OutputBusy, match="another process is writing"),
    ):
        train(config(), tmp_path / "out")


def test_a_loss_that_is_not_finite_stops_and_leaves_the_last_checkpoint(config, tmp_path):
    train(config(schedule={"steps": 2}), tmp_path / "first")
    model = read_checkpoint(tmp_path / "first").model_folder / "model.safetensors"
    broken = {name: value * float("nan") for name, value in load_file(model).items()}
    from safetensors.torch import save_file

    save_file(broken, model)
    with pytest.raises(
        TrainingError, match=r"is not finite; got 'loss nan, gradient nan'\.\n  Lower optimizer"
    ):
        train(config(start=str(tmp_path / "first")), tmp_path / "out")
    assert checkpoints_in(tmp_path / "out") == []


def test_what_weighs_nothing_is_not_learnt(config, tmp_path):
    with pytest.raises(LoadError, match=r"the weights of all labelled tokens of the batch add up to nothing"):
        train(config(loss={"tasks": {"action": 0.0}}), tmp_path / "out")


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        (
            {"data__batch_size": 3, "accumulate": 3, "data__split": "test"},
            Exception,
            'there is no split "test"',
        ),
        (
            {"data__batch_size": 5000},
            UsageError,
            r"data\.batch_size: a step has more samples than the data, .*; got 5000; allowed: up to \d+, the samples of",
        ),
        (
            {"start": "nowhere"},
            MissingFile,
            r"nowhere: there is no checkpoint in this folder\.\n  Give a folder with checkpoint.json",
        ),
        ({"vocabulary": None, "data__path": "nowhere"}, Exception, "there is no manifest.json"),
        ({"threads": 1, "data__image_size": 20}, LoadError, "wrong dtype or size for this small model"),
    ],
)
def test_what_cannot_be_trained_is_said_before_the_first_step(config, tmp_path, changes, error, says):
    with pytest.raises(error, match=says):
        train(config(**changes), tmp_path / "out")
    assert checkpoints_in(tmp_path / "out") == []


def test_a_mixture_that_does_not_say_how_its_samples_were_made_is_refused_before_the_first_step(
    config, robot, tmp_path
):
    """A materialised mixture within a materialised mixture: no policy could ask as its recipe did."""
    inner = tmp_path / "inner"
    mix(mixture({"robot": 1}, epoch=28), inner, {"robot": robot})
    mix(mixture({"inner": 1}, epoch=28), tmp_path / "outer", {"inner": inner})
    with pytest.raises(UsageError, match="it is not known how the samples of this source were made"):
        train(config(data__path=str(tmp_path / "outer")), tmp_path / "out")
    assert list(read_log(tmp_path / "out")) == []


def test_no_such_device(config, tmp_path):
    with pytest.raises(UsageError, match=r"unknown device; got 'tpu'; allowed: cpu, cuda, cuda:NUMBER"):
        train(config(), tmp_path / "out", device="tpu")
    with pytest.raises(
        UsageError,
        match=r"this machine has no such GPU; got 'cuda:77'; allowed: cpu, or one of the \d+ GPUs that torch finds",
    ):
        train(config(), tmp_path / "out", device="cuda:77")


def test_tensorboard_has_the_scalars_of_the_log(config, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    result = train(config(log={"every": 2}), tmp_path / "out")
    events = EventAccumulator(str(result.out / "tensorboard"))
    events.Reload()
    found = [(event.step, event.value) for event in events.Scalars("loss")]
    assert found == [(line["step"], pytest.approx(line["loss"])) for line in read_log(result.out)]


@pytest.mark.parametrize("out", [None, ""])
def test_a_training_needs_a_folder(config, out):
    with pytest.raises(UsageError, match="out must be the path of a folder"):
        train(config(), out)
