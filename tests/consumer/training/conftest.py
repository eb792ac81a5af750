"""Converted data for the tests of the trainer: a robot, a corpus, and both as a mixture; and a config of a few steps."""

import json

import pytest

from tests.conversion import convert, recipe
from tests.mix.made import mixture, virtual, web
from tests.rlds_data import write_bridge_like
from vladata.spec.training import TrainingSpec


@pytest.fixture(scope="session")
def robot(tmp_path_factory):
    """40 samples of 6 episodes for training, 12 held out; 16 x 16 pictures."""
    folder = tmp_path_factory.mktemp("learnt")
    source = write_bridge_like(folder, episodes=6, steps=(5, 8, 7), val_episodes=2, size=16)
    convert(source, folder / "out", recipe=recipe(), samples_per_shard=16)
    return folder / "out"


@pytest.fixture(scope="session")
def mixed(robot, tmp_path_factory):
    """Half a robot, half a corpus of captions and questions, at their exact ratio: a virtual mixture."""
    folder = tmp_path_factory.mktemp("mixed")
    corpus = web(folder / "web", "pairs", 24)
    spec = mixture({"robot": 50, "web": 50}, epoch=64)
    virtual(spec, folder / "out", {"robot": robot, "web": corpus})
    return folder / "out"


@pytest.fixture
def config(robot):
    """A config of 4 steps on the robot; changes as {"data.batch_size": 8}."""

    def made(**changes):
        plain = {
            "name": "few",
            "data": {"path": str(robot), "batch_size": 6, "image_size": 16, "workers": 0},
            "model": {"kind": "tiny", "image_size": 16, "vision_width": 8, "vision_blocks": 1, "width": 16, "heads": 2, "layers": 2},
            "optimizer": {"learning_rate": 0.01},
            "schedule": {"steps": 4, "warmup": 1},
            "checkpoint": {"every": 2},
            "log": {"every": 1, "tensorboard": False},
            "threads": 1,
        }  # fmt: skip
        for path, value in changes.items():
            *above, name = path.split("__")
            inner = plain
            for key in above:
                inner = inner.setdefault(key, {})
            inner[name] = value
        return TrainingSpec.model_validate_json(json.dumps(plain))

    return made
