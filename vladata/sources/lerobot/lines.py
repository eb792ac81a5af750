"""Read the episodes and tasks of LeRobot v2: meta/episodes.jsonl and meta/tasks.jsonl, one on each line."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from vladata import keys
from vladata.errors import MalformedJson
from vladata.sources.folder import Folder
from vladata.sources.lerobot.catalogue import FETCH, KNOWN, OWN, Catalogue, add_task, in_order

EPISODES, TASKS = "meta/episodes.jsonl", "meta/tasks.jsonl"
FILES = (EPISODES, TASKS)


def of_lines(folder: Folder) -> Catalogue:
    """Return the episodes that the lines list. Raises MissingFile, or MalformedJson, which names the line."""
    text = folder.read(EPISODES)
    rows = list(_lines(text, folder.path(EPISODES)))
    tasks_text = folder.read(TASKS)
    tasks: dict[int, str] = {}
    for where, row in _lines(tasks_text, folder.path(TASKS)):
        add_task(tasks, _whole(row, "task_index", where), _text(row, "task", where), where)
    number = [_whole(row, "episode_index", where) for where, row in rows]
    length = [_whole(row, "length", where) for where, row in rows]
    beside = _beside([row for _, row in rows])
    empty = np.zeros(len(rows), np.int64)
    digest = keys.digest([text.decode("utf-8", "replace"), tasks_text.decode("utf-8", "replace")])
    return in_order(number, length, empty, empty, {}, tasks, beside, digest, folder.path(EPISODES))


def _lines(text: bytes, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (file and line, its object) for each line that is not empty."""
    if not text.strip(b"\0 \r\n\t"):
        raise MalformedJson("the file is empty", where=where, got=f"{len(text):,} bytes", hint=FETCH)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise MalformedJson(
                f"the line is not JSON: {error}", where=f"{where}, line {number}", got=line, hint=FETCH
            ) from None
        if not isinstance(row, dict):
            raise MalformedJson("expected an object on each line", where=f"{where}, line {number}", got=line)
        yield f"{where}, line {number}", row


def _whole(row: Mapping[str, Any], key: str, where: str) -> int:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedJson(f"{key} must be a whole number", where=where, got=value)
    return value


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise MalformedJson(f"{key} must be text", where=where, got=value)
    return value


def _beside(rows: list[Mapping[str, Any]]) -> dict[str, pa.Array]:
    """Return a map from each other key that all lines have, with values of one type, to E texts, numbers or bools."""
    found = {}
    for name, value in rows[0].items() if rows else ():
        kind = type(value)
        if (
            name not in KNOWN
            and kind in (str, int, float, bool)
            and all(type(row.get(name)) is kind for row in rows)
        ):
            try:
                found[OWN + name] = pa.array([row[name] for row in rows])
            except (pa.ArrowInvalid, OverflowError):
                continue  # a whole number beyond 64 bits, for which we have no type
    return found
