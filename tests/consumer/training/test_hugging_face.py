"""A model of Hugging Face's with LoRA through the whole trainer, gone on with from its checkpoint: weights, log and answers."""

import shutil

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from tests.consumer.models import families
from vladata.consumer.training.log import read_log
from vladata.consumer.training.run import train
from vladata.consumer.training.show import show

pytestmark = [pytest.mark.filterwarnings("ignore::FutureWarning"), pytest.mark.timeout(600)]


def lines(out):
    return [{name: value for name, value in line.items() if name != "seconds"} for line in read_log(out)]


def test_lora_is_trained_and_gone_on_with_to_the_last_bit(config, mixed, tmp_path):
    path = families.write("smolvlm", tmp_path / "model")
    model = {"kind": "hugging_face", "path": str(path), "template": "chat", "lora": {"rank": 4}}
    held = [{"name": "same", "path": str(mixed), "split": "train", "every": 4, "samples": 3}]
    spec = config(model=model, data__path=str(mixed), data__image_size=32, accumulate=2, held_out=held)
    shown = show(spec)
    assert shown.summary["model"]["trained"] < shown.summary["model"]["parameters"] / 5
    whole = train(spec, tmp_path / "whole")
    shutil.copytree(whole.out, tmp_path / "stopped")
    shutil.rmtree(tmp_path / "stopped" / "checkpoints" / "step-00000004")
    again = train(spec, tmp_path / "stopped")
    assert (again.began, again.step) == (2, 4)
    assert lines(again.out) == lines(whole.out)
    assert any("exact_match" in name for line in lines(whole.out) for name in line)
