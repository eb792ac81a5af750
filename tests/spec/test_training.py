"""TrainingSpec: what a config may say, and that its small model is the one that there is."""

from dataclasses import fields

import pytest

from vladata.errors import SpecError, UnknownName
from vladata.spec.changed import changed
from vladata.spec.find import names, training
from vladata.spec.read import validate
from vladata.spec.training import TrainingSpec
from vladata.spec.training_model import TinyModel

MINIMAL = """name: mine
data: {path: out/mine, batch_size: 8}
model: {kind: tiny}
optimizer: {learning_rate: 1e-3}
schedule: {steps: 10}
checkpoint: {every: 5}
"""


def spec(*more):
    return validate(TrainingSpec, MINIMAL + "\n".join(more), "mine.yaml")


def test_rt2s_own_settings_ship():
    found = training("rt2-pali-x")
    assert (found.optimizer.learning_rate, found.data.batch_size, found.schedule.steps) == (
        1e-3,
        2048,
        80_000,
    )
    assert "arXiv:2307.15818" in found.source
    assert training("vla0-lora").model.lora.rank == 16
    with pytest.raises(
        UnknownName, match=r'there is no training "rt2-pali"\.\n  Did you mean "rt2-pali-x"\?'
    ):
        training("rt2-pali")
    assert {"rt2-pali-x", "vla0-lora"} <= set(names("training"))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("accumulate: 9", r"line 7 +accumulate +got 9; allowed: up to data.batch_size, 8"),
        ("vocabulary: v.json", r"vocabulary +is not used by the small model"),
        ("loss: {smooth: -1}", r"loss.smooth.*allowed: 0 or more"),
        ("loss: {tasks: {action: x}}", r'loss.tasks.action +got "x"; allowed: a number'),
        ("data: {path: a, batch_size: 1}", r"data +appears twice"),
        (
            "held_out: [{name: a, path: x, every: 1}, {name: a, path: y, every: 1}]",
            r'held_out\[1\].name +"a" appears twice',
        ),
        ("los: {}", r'los +unknown key; did you mean "loss"\?'),
    ],
)
def test_what_a_config_may_not_say(more, says):
    with pytest.raises(SpecError, match=says):
        spec(more)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ({"kind": "tiny", "width": 30}, r"model.width +got 30; allowed: a multiple of 8"),
        ({"kind": "tiny", "blind_layers": 4}, r"model.blind_layers +got 4; allowed: up to 3 \(layers\)"),
        ({"kind": "big"}, r'model.kind +got "big"; allowed: .*tiny'),
        ({"kind": "hugging_face"}, r"model.path +is missing"),
    ],
)
def test_what_a_model_may_not_be(model, says):
    data = {**spec().model_dump(mode="json", exclude_unset=True), "model": model}
    from vladata.spec.read import validate_data

    with pytest.raises(SpecError, match=says):
        validate_data(TrainingSpec, data, "mine.yaml")


def test_weights_and_spreads_by_task():
    found = spec("loss: {smooth: {action: 4}, tasks: {action: 2.0}}")
    assert (found.smoothing("action"), found.smoothing("vqa")) == (4, 0)
    assert (found.weight("action"), found.weight("vqa")) == (2, 1)
    assert spec("loss: {smooth: 3.0}").smoothing("vqa") == 3


def test_a_warm_up_is_shorter_than_the_steps():
    with pytest.raises(SpecError, match=r"schedule.warmup +got 10; allowed: less than the 10 steps"):
        changed(spec(), {"schedule.warmup": "10"}, "mine.yaml with --set")


def test_values_set_by_path():
    found = changed(
        spec("held_out: [{name: a, path: x, every: 1}]"),
        {"held_out.0.path": "y", "start": "null", "loss.tasks": "{action: 2.0}", "log.every": "3"},
        "here",
    )
    assert (found.held_out[0].path, found.start, found.log.every) == ("y", None, 3)
    assert dict(found.loss.tasks) == {"action": 2.0}
    assert changed(spec(), {}, "here") == spec()
    with pytest.raises(
        SpecError, match=r'here: 1 problem\n.*held_out.1 +got "1"; allowed: a position from 0 to 0'
    ):
        changed(spec("held_out: [{name: a, path: x, every: 1}]"), {"held_out.1": "{}"}, "here")


def test_the_small_model_of_configs_is_the_one_that_there_is():
    pytest.importorskip("torch")
    from vladata.consumer.models.tiny.settings import TinySettings

    declared = TinyModel(kind="tiny").settings()
    assert declared == {field.name: field.default for field in fields(TinySettings)}
