"""Annotation tables for the tests, and what they say by a plain loop over rows and steps."""

import json
from pathlib import Path
from typing import Any

import vladata
from vladata.index.part import Indexer, Indexing
from vladata.sources.readers import open_source

Row = dict[str, Any]


def write_jsonl(path: Path, rows: list[Row]) -> str:
    """A table of one row a line; its path."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def names(source: Path) -> list[dict[str, Any]]:
    """Of each episode of train: its id, content and episode_key, and its steps."""
    opened = open_source(source)
    indexer = Indexer(Indexing(opened, vladata.schema("bridge_dataset"), "octo"))
    rows = [row for shard in opened.shards("train") for row in indexer.part(shard).to_pylist()]
    return [
        {
            "episode": row["episode"],
            "content": row["content"],
            "episode_key": row["key"],
            "steps": row["steps"],
        }
        for row in rows
    ]


def said(rows: list[Row], episode: dict[str, Any], step: int, field: str, camera: str = "") -> str:
    """Return the value of the last row about one step of an episode."""
    found = ""
    for row in rows:
        if row.get("dataset", "") not in ("", "bridge_dataset"):
            continue
        if not any(row.get(key) == episode[key] for key in ("episode", "content", "episode_key")):
            continue
        stop = row.get("stop")
        about = row["start"] <= step and (stop is None or step < stop)
        if about and (row["field"], row.get("camera", "")) == (field, camera):
            found = row["value"]
    return found
