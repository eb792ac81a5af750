"""The files that tfds.builder_from_directory reads beside the shards: features.json and dataset_info.json."""

from collections.abc import Mapping
from typing import Any

import orjson

from vladata.shards.manifest import PRETTY, Manifest
from vladata.shards.naming import EPISODES, FEATURES, INFO


def about(
    description: str, citation: str | None, licence: str | None, homepage: str | None
) -> dict[str, Any]:
    """Return the facts that TFDS shows about a dataset; unknown ones are left out."""
    given = {
        "citation": citation,
        "redistributionInfo": licence and {"license": licence},
        "location": homepage and {"urls": [homepage]},
    }
    return {"description": description} | {name: value for name, value in given.items() if value}


def tfds_files(
    described: Manifest, features: Mapping[str, Any], counts: Mapping[str, int], shown: Mapping[str, Any]
) -> dict[str, list[bytes]]:
    """Return path -> bytes. described: the manifest, without `files`.   features: the content of features.json.
    counts: path of each shard -> its number of records.   shown: the result of `about`.

    With disableShuffling, TFDS reads the shards one after the other, so that samples stay in order "source". It is not set for
    whole episodes: TFDS would refuse to interleave their files, and the loaders of Octo and OpenVLA read in this way.
    """
    splits = []
    for split in described.splits:
        shards = [shard for shard in described.shards if shard.split == split]
        splits.append(
            {
                "name": split,
                "filepathTemplate": "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}",
                "shardLengths": [str(counts[shard.path]) for shard in shards],
                "numBytes": str(sum(shard.bytes for shard in shards)),
            }
        )
    info = {
        "name": described.name,
        "version": "1.0.0",
        **shown,
        "disableShuffling": described.format not in EPISODES and described.order == "source",
        "fileFormat": "tfrecord",
        "splits": splits,
    }
    return {
        FEATURES: [orjson.dumps(features, option=PRETTY)],
        INFO: [orjson.dumps(info, option=PRETTY)],
    }
