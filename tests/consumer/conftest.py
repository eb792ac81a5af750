"""Policies trained for a moment on a few demonstrations of the world of shapes, by each of its recipes."""

from importlib.resources import files

import pytest

import vladata

WORLD = files("vladata.consumer.tabletop")
RECIPES = ("two_queries", "one_query", "action_alone")


@pytest.fixture(scope="session")
def episodes(tmp_path_factory):
    """The folder of 12 demonstrations: shapes/1.0.0 and points.jsonl."""
    from vladata.consumer.tabletop.episodes import write_episodes

    out = tmp_path_factory.mktemp("world")
    write_episodes(out, 12, seed=0)
    return out


@pytest.fixture(scope="session")
def converted(episodes, tmp_path_factory):
    """Recipe -> the converted demonstrations."""
    made = {}
    for recipe in RECIPES:
        out = made[recipe] = tmp_path_factory.mktemp("converted") / recipe
        vladata.convert(
            episodes / "shapes" / "1.0.0",
            out,
            schema=str(WORLD / "robot.yaml"),
            recipe=str(WORLD / f"{recipe}.yaml"),
            annotations=str(episodes / "points.jsonl"),
        )
    return made


@pytest.fixture(scope="session")
def runs(converted, tmp_path_factory):
    """Recipe -> the folder of a training of two steps."""
    pytest.importorskip("torch")
    from vladata.consumer.training.run import train
    from vladata.spec.training import TrainingSpec

    made = {}
    for recipe, path in converted.items():
        out = made[recipe] = tmp_path_factory.mktemp("runs") / recipe
        spec = TrainingSpec.model_validate(
            {
                "name": recipe.replace("_", "-"),
                "data": {"path": str(path), "batch_size": 8},
                "model": {"kind": "tiny", "width": 32, "vision_width": 16, "layers": 2},
                "optimizer": {"learning_rate": 1e-3},
                "schedule": {"steps": 2},
                "checkpoint": {"every": 2},
                "log": {"tensorboard": False},
                "threads": 1,
            }
        )
        train(spec, out)
    return made
