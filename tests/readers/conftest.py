"""Small outputs of every kind, what must be in them, and a fresh process for each reader.

A reader is a script beside its test: it imports the library it is about and nothing of vladata, reads the folders that it
is given, and prints what it found as JSON.
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.apart import run_apart
from tests.bridge_samples import comparable, digested, expected_samples
from tests.conversion import convert, recipe, schema_without_state
from tests.rlds_data import NOT_AN_IMAGE, Faults, write_bridge_like

LENGTHS = {"train": (6, 4, 6, 4), "val": (6, 4)}
ODD_LENGTHS = (5, 5, 5, 5)
SEVERAL = ("fourth", "primary")  # the recipe's order, not the schema's
HERE = Path(__file__).parent


def png(number: int) -> bytes:
    pixels = np.random.default_rng(number).integers(0, 255, (64, 64, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


# Episodes 1 to 3 recorded PNG; one step has no image, one no instruction.
ODD = Faults(
    images={(e, t): png(5 * e + t) for e in (1, 2, 3) for t in range(5)} | {(2, 3): NOT_AN_IMAGE},
    empty_instructions=[(3, 1)],
)
LEFT_OUT = [(2, 3), (3, 1)]


@dataclass(frozen=True)
class Output:
    """A converted folder, and what must be in it.

    samples: by key, as a reader's JSON compares with them.
    images:  (key, camera) -> encoded image.
    """

    path: Path
    samples: dict[str, dict]
    images: dict[tuple[str, str], bytes]

    @property
    def contract(self) -> str:
        """The digest that every sample must name."""
        return json.loads((self.path / "manifest.json").read_bytes())["contract"]["digest"]

    def keys(self, split: str | None = None) -> set[str]:
        return {key for key, sample in self.samples.items() if split in (None, sample["split"])}


def output(path: Path, samples: list[dict]) -> Output:
    images = {(s["key"], camera): image for s in samples for camera, image in s["images"].items()}
    return Output(path, {sample["key"]: comparable(digested(sample)) for sample in samples}, images)


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("readers"), 4, (6, 4), val_episodes=2)


@pytest.fixture(scope="session")
def odd_source(tmp_path_factory):
    """PNG beside JPEG, and steps that are left out."""
    return write_bridge_like(tmp_path_factory.mktemp("readers_odd"), 4, 5, faults=ODD)


@pytest.fixture(scope="session")
def plain(source, tmp_path_factory):
    """Recipe rt2-pali-x as it ships, two splits, several shards a split."""
    path = tmp_path_factory.mktemp("plain") / "out"
    convert(source, path, split="train+val", samples_per_shard=5)
    return output(path, expected_samples(source, LENGTHS))


@pytest.fixture(scope="session")
def several(source, tmp_path_factory):
    """Two cameras, no state, the order of the source."""
    path = tmp_path_factory.mktemp("several") / "out"
    settings = {"recipe": recipe(cameras=SEVERAL), "spec": schema_without_state(), "order": "source"}
    convert(source, path, split="train+val", samples_per_shard=5, **settings)
    return output(path, expected_samples(source, LENGTHS, SEVERAL, state=False))


@pytest.fixture(scope="session")
def mixed(odd_source, tmp_path_factory):
    """A camera that recorded JPEG and PNG; a rejected.jsonl with lines in it."""
    path = tmp_path_factory.mktemp("mixed") / "out"
    convert(odd_source, path)
    expected = expected_samples(odd_source, {"train": ODD_LENGTHS}, faults=ODD, left_out=LEFT_OUT)
    return output(path, expected)


@pytest.fixture(scope="session")
def tfrecord(source, tmp_path_factory):
    """As `plain`, with two cameras, as TFRecord."""
    path = tmp_path_factory.mktemp("tfrecord") / "out"
    settings = {"recipe": recipe(cameras=SEVERAL), "format": "tfrecord"}
    convert(source, path, split="train+val", samples_per_shard=5, **settings)
    return output(path, expected_samples(source, LENGTHS, SEVERAL))


@pytest.fixture(scope="session")
def tfrecord_stateless(source, tmp_path_factory):
    """As `several`, as TFRecord."""
    path = tmp_path_factory.mktemp("tfrecord_stateless") / "out"
    settings = {"recipe": recipe(cameras=SEVERAL), "spec": schema_without_state(), "order": "source"}
    convert(source, path, split="train+val", samples_per_shard=5, format="tfrecord", **settings)
    return output(path, expected_samples(source, LENGTHS, SEVERAL, state=False))


@pytest.fixture(scope="session")
def tfrecord_mixed(odd_source, tmp_path_factory):
    """As `mixed`, as TFRecord."""
    path = tmp_path_factory.mktemp("tfrecord_mixed") / "out"
    convert(odd_source, path, format="tfrecord")
    expected = expected_samples(odd_source, {"train": ODD_LENGTHS}, faults=ODD, left_out=LEFT_OUT)
    return output(path, expected)


@pytest.fixture(scope="session")
def read(tmp_path_factory):
    """Runs a script of this folder in a Python that knows nothing of this one, and gives what it printed."""

    def run(script: str, *arguments: Path):
        done = run_apart(tmp_path_factory.mktemp("home"), HERE / script, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
