"""Outputs of every kind for the examples, what vladata.open says of them, and a process for each example.

one      a robot, one camera, two splits                  web      pairs of a corpus, JPEG and PNG
chunks   two cameras, two frames, two actions a sample    mixed    the robot of two cameras beside the web, partly cameras
"""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import vladata
from tests.apart import run_apart
from tests.conversion import convert, recipe
from tests.mix.made import mix, mixture, web
from tests.rlds_data import write_bridge_like
from vladata.spec.windows import Windows

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"
WINDOWS = Windows(history=2, chunk=2, tail="repeat")
NAMES = ("one", "chunks", "web", "mixed")


@pytest.fixture(scope="session")
def outputs(tmp_path_factory):
    """{"one webdataset": its folder, "one tfrecord": ..., ...}"""
    folder = tmp_path_factory.mktemp("examples")
    source = write_bridge_like(folder / "source", 3, 5, val_episodes=1)
    two = recipe(cameras=("fourth", "primary"))
    found = {}
    for fmt in ("webdataset", "tfrecord"):
        of = {name: folder / f"{name} {fmt}" for name in NAMES}
        convert(source, of["one"], split="train+val", format=fmt, samples_per_shard=5)
        chunked = two.model_copy(update={"windows": WINDOWS})
        convert(source, of["chunks"], recipe=chunked, format=fmt, samples_per_shard=5)
        of["web"] = web(of["web"], "pairs", 10, format=fmt)
        places = {"robot": of["chunks"], "web": of["web"]}
        mix(mixture(dict.fromkeys(places, 1), window=8), of["mixed"], places, format=fmt, samples_per_shard=8)
        found |= {f"{name} {fmt}": path for name, path in of.items()}
    return found


@pytest.fixture(scope="session")
def opened(outputs):
    """Name -> the samples of split train as vladata.open gives them, by key; their images as apart.py says of pixels."""

    def samples(name, split="train"):
        found = [sample for sample in vladata.open(outputs[name]) if sample.fields["split"] == split]
        return {sample.key: described(sample) for sample in found}

    return samples


def described(sample):
    pixels = {name: np.asarray(Image.open(io.BytesIO(i)).convert("RGB")) for name, i in sample.images.items()}
    images = {
        name: [hashlib.sha256(each.tobytes()).hexdigest(), *each.shape[:2], float(each.mean())]
        for name, each in pixels.items()
    }
    return {**sample.fields, "key": sample.key, "images": images}


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Runs functions of an example on folders, out of reach of vladata; {(function, folder): [sample]}."""

    def found(example, *asked, check=True):
        arguments = [f"{function}={folder}" for function, folder in asked]
        home = tmp_path_factory.mktemp("home")
        done = run_apart(home, HERE / "apart.py", EXAMPLES / example, *arguments)
        if not check:
            return done
        assert done.returncode == 0, done.stderr
        return dict(zip(asked, json.loads(done.stdout).values(), strict=True))

    return found
