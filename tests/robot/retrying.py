"""A source that is mended after it was converted, and retries of what it became."""

import shutil
from pathlib import Path

import numpy as np

from tests.rlds_data import Faults, jpeg, write_bridge_like
from vladata.robot.retry import Mended, retry
from vladata.spec import find
from vladata.spec.read import validate_data
from vladata.spec.recipe import RecipeSpec

EPISODES, SHARDS = 12, 4
SMALL = 60_000  # bytes of memory: units of few episodes
FIXED = {"low": [-0.1] * 6 + [0.0], "high": [0.1] * 6 + [1.0]}
"""Bounds that no statistics move, so that no contract does."""


def rules(bounds="fixed", **images):
    plain = find.recipe("rt2-pali-x").model_dump(mode="json")
    plain["action"]["bounds"] = FIXED if bounds == "fixed" else bounds
    plain["images"] |= {"size": 48, **images}
    return validate_data(RecipeSpec, plain, "mine.yaml")


def broken_jpeg():
    """A picture whose header and end are right, and that does not decode."""

    whole = jpeg(np.random.default_rng(0), 64)
    return whole[: len(whole) // 2] + b"\xff\xd9"


def written(folder, faults=None, **more):
    shutil.rmtree(Path(folder) / "bridge_dataset", ignore_errors=True)
    return write_bridge_like(folder, EPISODES, (5, 6, 4), num_shards=SHARDS, faults=faults, **more)


def files(out):
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(Path(out).rglob("*"))
        if path.is_file()
    }


def retried(out, mended=None, told=lambda outlook: None):
    with retry(str(out), mended or Mended(), told=told) as run:
        run.convert_here()
        return run.commit()


def settings(**more):
    return {"recipe": rules(), "memory": SMALL, "samples_per_shard": 7, **more}


BAD = Faults(images={(10, 1): broken_jpeg(), (10, 2): broken_jpeg()}, not_images=[(11, 2)])


class Killed(BaseException):
    """The end of a process, as far as this one can tell."""
