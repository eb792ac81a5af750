"""Checkpoints: damaged ones, unfinished ones, and those that another training begins with."""

import os

import orjson
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from vladata.consumer.training.checkpoint import read_checkpoint  # noqa: E402
from vladata.consumer.training.run import train  # noqa: E402
from vladata.consumer.training.starting import model_of  # noqa: E402
from vladata.errors import MalformedJson, MissingFile, OutputError, UsageError  # noqa: E402


def weights(out):
    return load_file(read_checkpoint(out).model_folder / "model.safetensors")


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture
def kept(config, tmp_path):
    return train(config(schedule={"steps": 1}), tmp_path / "kept").checkpoint


def test_a_checkpoint_of_another_version(kept):
    said = orjson.loads((kept / "checkpoint.json").read_bytes())
    (kept / "checkpoint.json").write_bytes(orjson.dumps(said | {"format_version": 9}))
    with pytest.raises(
        OutputError, match="another format version than this vladata reads; got 9; allowed: 1"
    ):
        read_checkpoint(kept)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "is not JSON; got"),
        (b"[1]", "must be a JSON object; got .list"),
        (
            b'{"format_version": 1}',
            "lacks a key, or has a value of a wrong type; got \"KeyError\\('step'\\)\"",
        ),
    ],
)
def test_a_damaged_checkpoint(kept, content, says):
    (kept / "checkpoint.json").write_bytes(content)
    with pytest.raises(MalformedJson, match=says):
        read_checkpoint(kept)


def test_a_checkpoint_without_a_file(kept):
    (kept / "optimizer.safetensors").unlink()
    with pytest.raises(MissingFile, match=r"optimizer.safetensors: a file of the checkpoint is missing"):
        read_checkpoint(kept).optimizer_state()
    (kept / "optimizer.safetensors").write_bytes(b"\xff" * 20)
    with pytest.raises(OutputError, match="the state of the optimizer cannot be read"):
        read_checkpoint(kept).optimizer_state()


def test_what_a_death_left_unfinished_is_no_checkpoint_and_goes(config, tmp_path):
    train(config(schedule={"steps": 3}, checkpoint={"every": 1, "keep": 1}), tmp_path / "out")
    assert os.listdir(tmp_path / "out" / "checkpoints") == ["step-00000003"]
    left = tmp_path / "out" / "checkpoints" / ".unfinished-step-00000009"
    left.mkdir()
    (left / "checkpoint.json").write_text("{")
    assert read_checkpoint(tmp_path / "out").step == 3
    train(config(schedule={"steps": 3}, checkpoint={"every": 1, "keep": 1}), tmp_path / "out")
    assert not left.exists()


def test_fine_tuning_begins_with_the_weights_of_another_training(config, tmp_path):
    first = train(config(), tmp_path / "first")
    still = {"optimizer": {"learning_rate": 1e-30, "weight_decay": 0.0}, "schedule": {"steps": 1}}
    second = train(config(start=str(first.out), **still), tmp_path / "second")
    assert equal(weights(first.out), weights(second.out))
    assert not equal(weights(first.out), weights(train(config(**still), tmp_path / "third").out))


def test_fine_tuning_refuses_weights_of_another_model_or_vocabulary(config, tmp_path):
    first = train(config(schedule={"steps": 1}), tmp_path / "first")
    real = {"kind": "hugging_face", "path": "somewhere", "lora": {"rank": 8}}
    spec = config(start=str(first.out), model=real)
    with pytest.raises(
        UsageError, match=r"a checkpoint of another kind of model; got 'tiny'; allowed: hugging_face"
    ):
        model_of(spec, None, None, torch.device("cpu"))
