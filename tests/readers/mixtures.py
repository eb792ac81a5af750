"""Mixtures and web corpora, in both formats, and what is in them as vladata.open says it.

robot_web    robot samples of two cameras, then web samples of one image, JPEG or PNG; the robot's shards are TFRecord
web_robot    the same, the web first
robots       robots whose actions have 7 and 2 numbers, and the second one no state and another camera
documents    a corpus alone: documents of one to three images
mixed_docs   those documents beside a robot
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import vladata
from tests.bridge_samples import comparable
from tests.conversion import convert, recipe
from tests.corpora.made import jpeg, png
from tests.mix.made import converted, mix, mixture, web
from vladata.spec import find
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate

FORMATS = ("webdataset", "tfrecord")
SEVERAL = ("fourth", "primary")
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
NARROW = """name: narrow
robot: xArm
control_frequency_hz: 5
cameras: {side: observation/image_1}
language: {path: language_instruction, empty: reject}
actions:
  default: planar
  chains:
    planar:
      gripper: none
      names: [dx, dy]
      operations: [{op: concat, of: ["action[0:2]"]}]
terminate: {path: is_terminal, form: flag}
"""


@dataclass(frozen=True)
class Written:
    """A folder, and its samples by key: as a reader's JSON compares with them, images as SHA-256."""

    path: Path
    samples: dict[str, dict[str, Any]]
    cameras: list[str]


def opened(path: Path) -> Written:
    dataset = vladata.open(path)
    samples = {sample.key: plain(sample) for sample in dataset}
    assert len(samples) == len(dataset), "keys are unique"
    return Written(path, samples, dataset.manifest.cameras)


def plain(sample: Any) -> dict[str, Any]:
    images = {camera: hashlib.sha256(image).hexdigest() for camera, image in sample.images.items()}
    return {**comparable(dict(sample.fields)), "contract": sample.fields["contract"], "key": sample.key} | {
        "images": images
    }


def written(source: Path, folder: Path) -> dict[str, Written]:
    """All of them: "robot_web webdataset" and so on."""
    robot, narrow, pairs = folder / "robot", folder / "narrow", web(folder / "web", "pairs", 30)
    convert(source, robot, recipe=recipe(cameras=SEVERAL), format="tfrecord", samples_per_shard=5)
    spec = validate(DatasetSpec, NARROW, "narrow.yaml")
    convert(source, narrow, spec=spec, recipe=recipe(cameras=("side",)), samples_per_shard=5)
    docs = {fmt: _documents(folder / f"documents {fmt}", format=fmt) for fmt in FORMATS}
    sources = {
        "robot_web": {"robot": robot, "web": pairs},
        "web_robot": {"web": pairs, "robot": robot},
        "robots": {"robot": robot, "narrow": narrow},
        "mixed_docs": {"docs": docs["webdataset"], "robot": robot},
        "nested": {"docs": docs["tfrecord"], "inner": folder / "mixed_docs webdataset"},
    }
    found = {f"documents {fmt}": opened(path) for fmt, path in docs.items()}
    for name, places in sources.items():
        for fmt in FORMATS:
            out = folder / f"{name} {fmt}"
            mix(mixture(dict.fromkeys(places, 1), window=8), out, places, format=fmt, samples_per_shard=16)
            found[out.name] = opened(out)
    return found


def _documents(folder: Path, **settings: Any) -> Path:
    """Documents as OBELICS has them, of 1, 2 or 3 images, each with a text behind it."""
    documents = [[_stored(d, i) for i in range(1 + d % 3)] for d in range(12)]
    images = [[each for image in images for each in (image, None)] for images in documents]
    texts = [
        [each for i in range(len(images)) for each in (None, f"Text {d}.{i}.")]
        for d, images in enumerate(documents)
    ]
    folder.mkdir()
    columns = {"images": pa.array(images, pa.list_(IMAGE)), "texts": texts}
    pq.write_table(pa.table(columns), folder / "x.parquet")
    return converted(find.corpus("obelics"), [folder / "x.parquet"], folder / "out", **settings)


def _stored(document: int, image: int) -> dict[str, Any]:
    number = 10 * document + image
    return {"bytes": png(number) if image == 1 else jpeg(number, 20 + image, 30), "path": None}
