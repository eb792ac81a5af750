"""A complete manifest for tests that need no output; and a written manifest with a change."""

from dataclasses import replace
from typing import Any

from vladata.fields import spelled
from vladata.records import FIELDS
from vladata.shards.manifest import (
    DIGEST,
    FORMAT_VERSION,
    CreatedBy,
    FileEntry,
    Manifest,
    ShardEntry,
    SplitCounts,
    manifest_of,
)
from vladata.shards.parts import EpisodeSource, RobotPart

PART = RobotPart(
    source=EpisodeSource("bridge", "1.0.0", "train", 0, "train"),
    schema={"name": "bridge_dataset", "licence": None, "citation": None},
    chain="ee",
    every=1,
    keep_ranges="",
    errata="",
    annotations={},
    recipe={"name": "rt2-pali-x"},
    statistics={},
    clipping={},
    contract={"digest": "ab12"},
    prompts={
        "tasks": {"action": {"prompts": ["Q: {instruction}?\n A:"], "target": "{action}"}},
        "digest": "cd34",
    },
)
MANIFEST = Manifest(
    format_version=FORMAT_VERSION,
    kind="robot",
    name="bridge",
    created_by=CreatedBy("vladata", "1.2.3"),
    part=PART,
    fields=spelled(FIELDS),
    cameras=("wrist", "primary"),
    partly=(),
    image_kinds={"primary": ("jpg",), "wrist": ("png",)},
    format="webdataset",
    order="shuffled",
    seed=0,
    samples_per_shard=5,
    memory=1000,
    splits={"train": SplitCounts(2, 9), "val": SplitCounts(1, 1)},
    shards=(ShardEntry("train", "train/a.tar", 10, 100, "xxh3:0"),),
    ledger={
        "episodes": {"read": 1200, "written": 1100, "filtered": 60, "rejected": 40},
        "steps": {"read": 12000, "written": 10, "filtered": 11990, "rejected": 0},
        "reasons": {"too_short": {"outcome": "filtered", "episodes": 60, "steps": 1234}},
    },
    files=(FileEntry("index.arrow", 3, "xxh3:1"),),
)


def of_part(**changes: Any) -> Manifest:
    """MANIFEST with another part."""
    return replace(MANIFEST, part=replace(PART, **changes))


def changed(manifest: Manifest, **entries: Any) -> Manifest:
    """A manifest with other entries, as JSON data."""
    return manifest_of({**manifest.as_json(), **entries, DIGEST: ""})
