"""README.md: the dataset card. Its front matter declares files and features to Hugging Face.

Without the declaration the `datasets` library infers columns from the first five samples, and an empty list or a camera
that first appears later is then an error, or dropped in silence (tried with datasets 5.2). It reads no TFRecord: there the
declared files make it say so, where it would otherwise take index.arrow or rejected.jsonl for the data.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from vladata.shards.card_text import text

_FIELDS = (
    ("prompt", "string"),
    ("target", "string"),
    ("task", "string"),
    ("dataset", "string"),
    ("split", "string"),
    ("episode", "string"),
    ("step", "int64"),
    ("instruction", "string"),
    ("plan", "string"),
    ("action", "list:float32"),
    ("terminate", "int64"),
    ("bins", "list:int64"),
    ("state", "list:float32"),
    ("contract", "string"),
)
CATEGORIES = {
    "robot": ["robotics"],
    "web": ["image-to-text", "visual-question-answering"],
    "mixture": ["robotics", "image-to-text"],
}
_SOURCE = (("file", "string"), ("offset", "int64"), ("length", "int64"))


def card(manifest: Mapping[str, Any]) -> str:
    """The card of a dataset, from its manifest (`files` and `digest` are not needed)."""
    front = yaml.safe_dump(_front_matter(manifest), sort_keys=False, allow_unicode=True)
    return f"---\n{front}---\n\n{text(manifest)}"


def _front_matter(manifest: Mapping[str, Any]) -> dict[str, Any]:
    front: dict[str, Any] = {
        "pretty_name": manifest["name"],
        "task_categories": CATEGORIES[manifest["kind"]],
        "tags": ["vladata", "vision-language-action", *_recipe(manifest)],
    }
    files = [{"split": _split(split), "path": _files(manifest, split)} for split in manifest["splits"]]
    front["configs"] = [{"config_name": "default", "data_files": files}]
    if manifest["format"] == "webdataset":
        front["dataset_info"] = {"features": _features(manifest["cameras"], manifest["image_kinds"])}
    else:
        front["viewer"] = False
    return front


def _recipe(manifest: Mapping[str, Any]) -> list[str]:
    return [manifest["recipe"]["name"]] if "recipe" in manifest else []


def _split(name: str) -> str:
    """The split as Hugging Face may call it: letters, digits and _ (TFDS allows - as well)."""
    return re.sub(r"\W", "_", name)


def _files(manifest: Mapping[str, Any], split: str) -> str:
    return (
        f"{split}/*.tar" if manifest["format"] == "webdataset" else f"{manifest['name']}-{split}.tfrecord-*"
    )


def _features(cameras: Sequence[str], kinds: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Columns in the order of a sample's members. A camera that recorded two kinds of image has a column for each."""
    struct = [_feature(name, kind) for name, kind in _FIELDS]
    struct.append({"name": "source", "struct": [_feature(name, kind) for name, kind in _SOURCE]})
    images = [{"name": f"{camera}.{kind}", "dtype": "image"} for camera in cameras for kind in kinds[camera]]
    keys = [_feature(name, "string") for name in ("__key__", "__url__")]
    return [*images, {"name": "json", "struct": struct}, *keys]


def _feature(name: str, kind: str) -> dict[str, Any]:
    if kind.startswith("list:"):
        return {"name": name, "list": kind.removeprefix("list:")}
    return {"name": name, "dtype": kind}
