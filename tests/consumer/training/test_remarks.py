"""Remarks of a training: settings that are accepted and probably wrong."""

import pytest

pytest.importorskip("torch")

from vladata.consumer.training.run import train


def test_a_task_that_no_sample_has_is_named_once(config, tmp_path):
    said = []
    loss = {"tasks": {"acton": 2.0, "action": 1.0}, "smooth": {"plan": 3.0}}
    spec = config(loss=loss, log={"every": 1, "tensorboard": False})
    train(spec, tmp_path / "typo", say=said.append)
    assert said == [
        "The config's loss names a task that no sample of the first 1 steps had: acton, plan. Tasks of these samples: action."
    ]
    said.clear()
    train(config(loss={"tasks": {"action": 2.0}}), tmp_path / "right", say=said.append)
    assert said == []
