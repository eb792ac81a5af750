"""Data that is measured on and not learnt from."""

import pytest

pytest.importorskip("torch")

from vladata.consumer.training.log import read_log
from vladata.consumer.training.run import train


def test_what_is_held_out_is_asked_as_the_config_asks(config, robot, tmp_path):
    """With another recipe than the stored one: the loss on the data itself is that of training's first step."""
    held = [{"name": "same", "path": str(robot), "split": "train", "every": 1, "samples": 20}]
    changes = {"data__recipe": "openvla", "data__batch_size": 20, "optimizer__learning_rate": 1e-9}
    spec = config(**changes, held_out=held, schedule={"steps": 1}, model__longest_target=300)
    result = train(spec, tmp_path / "out")
    found = {
        name: value for line in read_log(result.out) for name, value in line.items() if name.endswith("/loss")
    }
    learnt, asked = (found[f"{part}/bridge_dataset/action/loss"] for part in ("train", "held_out/same"))
    assert asked == pytest.approx(learnt, rel=1e-4)
