"""README.md: the dataset card. Its front matter declares files and features to Hugging Face.

Without the declaration the `datasets` library infers columns from the first five samples, and an empty list or a camera
that first appears later is then an error, or dropped in silence (tried with datasets 5.2). It cannot read TFRecord: if files are
declared, it raises an error for that reason; without a declaration it would take index.arrow or rejected.jsonl for the data.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from vladata.fields import Spelled
from vladata.shards.card_text import text
from vladata.shards.manifest import Manifest
from vladata.shards.parts import MixturePart

_DTYPES: Mapping[str, Mapping[str, Any]] = {
    "text": {"dtype": "string"},
    "integer": {"dtype": "int64"},
    "number": {"dtype": "float32"},
    "floats": {"list": "float32"},
    "integers": {"list": "int64"},
    "float_rows": {"list": {"list": "float32"}},
    "integer_rows": {"list": {"list": "int64"}},
}
"""Kind of a field -> its type for Hugging Face."""
CATEGORIES = {
    "robot": ["robotics"],
    "episodes": ["robotics"],
    "web": ["image-to-text", "visual-question-answering"],
    "mixture": ["robotics", "image-to-text"],
}


def card(manifest: Manifest, notes: str = "") -> str:
    """Return the card of a dataset, from its manifest (`files` and `digest` are not needed).

    notes: Markdown that follows the introduction.
    """
    front = yaml.safe_dump(_front_matter(manifest), sort_keys=False, allow_unicode=True)
    return f"---\n{front}---\n\n{text(manifest, notes)}"


def _front_matter(manifest: Manifest) -> dict[str, Any]:
    front: dict[str, Any] = {
        "pretty_name": manifest.name,
        "task_categories": CATEGORIES[manifest.kind],
        "tags": ["vladata", "vision-language-action", *_recipe(manifest), *_tags(manifest)],
    }
    files = [{"split": _split(split), "path": shard_patterns(manifest, split)} for split in manifest.splits]
    front["configs"] = [{"config_name": "default", "data_files": files}]
    if manifest.format == "webdataset":
        front["dataset_info"] = {"features": _features(manifest)}
    else:
        front["viewer"] = False
    return front


def _recipe(manifest: Manifest) -> list[str]:
    return [] if isinstance(manifest.part, MixturePart) else [manifest.part.recipe["name"]]


def _tags(manifest: Manifest) -> list[str]:
    return ["LeRobot"] if manifest.format == "lerobot" else []  # the tag that LeRobot's own tools look for


def _split(name: str) -> str:
    """Return a name of the split that Hugging Face allows: letters, digits and _ (TFDS allows - as well)."""
    return re.sub(r"\W", "_", name)


def shard_patterns(manifest: Manifest, split: str) -> str | list[str]:
    """Return the glob of a split's shards, relative to the output folder, or all their paths if no glob matches them alone."""
    if manifest.format == "lerobot" and len(manifest.splits) == 1:
        return "data/*/*.parquet"
    if manifest.format == "lerobot":  # files of frames are counted through all splits
        return [shard.path for shard in manifest.shards if shard.split == split and shard.samples]
    return f"{split}/*.tar" if manifest.format == "webdataset" else f"{manifest.name}-{split}.tfrecord-*"


def _features(manifest: Manifest) -> list[dict[str, Any]]:
    """Return columns in the order of a sample's members. A camera with two kinds of images has a column for each kind."""
    kinds = manifest.image_kinds
    images = [
        {"name": f"{camera}.{kind}", "dtype": "image"}
        for camera in manifest.cameras
        for kind in kinds[camera]
    ]
    keys = [{"name": name, **_DTYPES["text"]} for name in ("__key__", "__url__")]
    return [*images, {"name": "json", "struct": _struct(manifest.fields)}, *keys]


def _struct(fields: Spelled) -> list[dict[str, Any]]:
    return [
        {"name": name, **({"struct": _struct(kind)} if isinstance(kind, Mapping) else _DTYPES[kind])}
        for name, kind in fields.items()
    ]
