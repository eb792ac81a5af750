"""Read and write LeRobot's language columns: rows of role, content, style and camera, in a Parquet table of one row per frame.

    episode_index, frame_index int64   timestamp float32
    language_persistent  [{role, content, style, timestamp, camera, tool_calls}]  of the episode, repeated at each frame: a row
                         holds from its timestamp until the next row of its style, role and camera; a row without content
                         only ends the one before
    language_events      [{role, content, style, camera, tool_calls}]             of this frame only

A field is a style; `paraphrase` is style task_aug. A role that is not the usual one of its style is added to the name:
vqa_user and vqa_assistant. If a frame has several rows of one style, role and camera, as with task_aug, the second becomes field
paraphrase_2, and so on, so that none is lost. An episode is named by its index, as `episode_key`. Rows without content, which
call a tool, are counted and left out.
Source: huggingface/lerobot, datasets/language.py (0.6).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vladata.annotations.row import LAST, Row, checked
from vladata.errors import FormatError, UsageError
from vladata.shards.episodes.language import (
    ASSISTANT,
    EVENTS,
    FIELDS,
    PERSISTENT,
    PERSISTENT_STYLES,
    ROLES,
    TYPES,
    utterance_of,
)
from vladata.shards.naming import IMAGES
from vladata.sources.folder import Folder, explained, named_file
from vladata.sources.lerobot.meta import INFO
from vladata.sources.lerobot.tables import parquet_files

FRAME = ("episode_index", "frame_index", "timestamp")
NEAR = 1e-4  # seconds, the largest rounding error of a float32 time
TABLE = pa.schema(
    [
        ("episode_index", pa.int64()),
        ("frame_index", pa.int64()),
        ("timestamp", pa.float32()),
        *TYPES.items(),
    ]
)


def read(url: str, lost: Counter[str]) -> list[Row]:
    """Return the rows of a file, or of all data files of a dataset. lost: gets the counts of what is left out.

    Raises FormatError if there are no language columns, or a row is damaged.
    """
    dataset = Folder.at(url)
    if not dataset.exists(INFO):
        rows = _of_file(url, lost)
    else:
        rows = [row for name in parquet_files(dataset, "data") for row in _of_file(dataset.path(name), lost)]
    if not rows:
        raise FormatError("the table says nothing of any frame", where=url)
    return rows


def _of_file(url: str, lost: Counter[str]) -> list[Row]:
    folder, name = named_file(url)
    with folder.open(name) as file, explained(url):
        try:
            table = pq.ParquetFile(file, pre_buffer=False)
            there = table.schema_arrow.names
            wanted = [column for column in (PERSISTENT, EVENTS) if column in there]
            if not wanted or not set(FRAME) <= set(there):
                allowed = f"{', '.join(FRAME)}, and {PERSISTENT} or {EVENTS}"
                raise FormatError(
                    "the table has no language columns", where=url, got=", ".join(there), allowed=allowed
                )
            frames = table.read(columns=[*FRAME, *wanted], use_threads=False).to_pylist()
        except pa.ArrowException as fault:
            raise FormatError(
                f"this is not a Parquet file: {' '.join(str(fault).split())[:300]}", where=url
            ) from fault
    by_episode: dict[int, list[dict[str, Any]]] = {}
    for frame in frames:
        by_episode.setdefault(frame["episode_index"], []).append(frame)
    rows: list[Row] = []
    for episode, own in by_episode.items():
        own.sort(key=lambda frame: frame["frame_index"])
        rows += _of_episode(str(episode), own, f"{url}, episode {episode}", lost)
    return rows


def _of_episode(name: str, frames: list[dict[str, Any]], where: str, lost: Counter[str]) -> Iterator[Row]:
    numbers = [frame["frame_index"] for frame in frames]
    times = np.array([frame["timestamp"] for frame in frames], np.float64)
    said = frames[0].get(PERSISTENT) or []
    if any((frame.get(PERSISTENT) or []) != said for frame in frames):
        raise FormatError(f"{PERSISTENT} is not the same at every frame", where=where)
    kinds: dict[tuple[str, str], list[tuple[int, str | None]]] = {}
    for row in said:
        at = int(np.searchsorted(times, row["timestamp"] - NEAR))
        if at == len(times):
            lost["rows after the last frame"] += 1
            continue
        key = _field(row, where), _camera(row)
        kinds.setdefault(key, []).append((numbers[at], row["content"]))
    for (field, camera), ones in kinds.items():
        yield from _lasting(name, field, camera, ones, where)
    for frame in frames:
        seen: Counter[tuple[str, str]] = Counter()
        for row in frame.get(EVENTS) or []:
            if not (row["content"] or "").strip():
                lost["rows without content"] += 1
                continue
            key = _field(row, where), _camera(row)
            seen[key] += 1
            at = frame["frame_index"]
            yield _row(name, _numbered(key[0], seen[key]), key[1], at, at + 1, row["content"], where)


def _lasting(
    name: str, field: str, camera: str, ones: list[tuple[int, str | None]], where: str
) -> Iterator[Row]:
    """Yield rows that hold until the next of the same style, role and camera begins; rows that begin together hold together."""
    starts = sorted({start for start, _ in ones})
    ends = dict(zip(starts, [*starts[1:], None], strict=True))
    seen: Counter[int] = Counter()
    for start, content in sorted(ones, key=lambda one: one[0]):
        if not (content or "").strip():
            continue  # it only ends the row before
        seen[start] += 1
        yield _row(name, _numbered(field, seen[start]), camera, start, ends[start], str(content), where)


def _row(name: str, field: str, camera: str, start: int, stop: int | None, value: str, where: str) -> Row:
    said = {
        "episode_key": name,
        "start": start,
        "stop": stop,
        "field": field,
        "value": value,
        "camera": camera,
    }
    return checked(said, where)


def _numbered(field: str, count: int) -> str:
    return field if count == 1 else f"{field}_{count}"


def _field(row: Mapping[str, Any], where: str) -> str:
    style, role = row["style"] or "say", row["role"]
    if not role:
        raise FormatError("a language row has no role", where=where, got=dict(row))
    field = FIELDS.get(style, style)
    return field if role == ROLES.get(style, ASSISTANT) else f"{field}_{role}"


def _camera(row: Mapping[str, Any]) -> str:
    """Return the camera of a language row; LeRobot names it by the key of its pictures."""
    return (row["camera"] or "").removeprefix(IMAGES)


def write(rows: Sequence[Row], url: str, hz: float | None) -> bytes:
    """Return the bytes of a table of the rows, with each episode's frames from 0 to the last with a text.

    hz: frames per second, for the times. Raises UsageError if hz is None, and for rows that this form cannot hold.
    """
    if hz is None:
        raise UsageError("a lerobot table needs times", hint="Give the dataset's frames per second: --hz 10.")
    by_episode: dict[int, list[Row]] = {}
    for number, row in enumerate(rows, 1):
        if not row["episode_key"].isdecimal():
            got = row["episode"] or row["content"] or row["episode_key"]
            allowed = "an episode_key that is the episode's index"
            raise UsageError(
                "form lerobot cannot name this episode", where=f"row {number}", got=got, allowed=allowed
            )
        by_episode.setdefault(int(row["episode_key"]), []).append(row)
    frames = [frame for episode in sorted(by_episode) for frame in _frames(episode, by_episode[episode], hz)]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(frames, TABLE), sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _frames(episode: int, rows: list[Row], hz: float) -> Iterator[dict[str, Any]]:
    length = max(row["start"] + 1 if row["stop"] is None else row["stop"] for row in rows)
    lasting: list[dict[str, Any]] = []
    events: dict[int, list[dict[str, Any]]] = {}
    _require_sayable(episode, rows)
    begun = {(row["field"], row["camera"], row["start"]) for row in rows}
    for row in rows:
        said = _said(row)
        if said["style"] in PERSISTENT_STYLES:
            lasting.append({**said, "timestamp": row["start"] / hz})
            stop = row["stop"]
            if stop is not None and stop < length and (row["field"], row["camera"], stop) not in begun:
                lasting.append({**said, "content": None, "timestamp": stop / hz})
            continue
        for step in range(row["start"], length if row["stop"] is None else row["stop"]):
            events.setdefault(step, []).append(said)
    lasting.sort(key=lambda said: said["timestamp"])
    for step in range(length):
        yield {
            "episode_index": episode,
            "frame_index": step,
            "timestamp": step / hz,
            PERSISTENT: lasting,
            EVENTS: events.get(step, []),
        }


def _require_sayable(episode: int, rows: Sequence[Row]) -> None:
    """Raise UsageError if two rows overlap without beginning and ending together: in this form the second would end the first."""
    kinds: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    for row in rows:
        said = _said(row)
        if said["style"] in PERSISTENT_STYLES:
            stop = LAST if row["stop"] is None else row["stop"]
            key = said["style"], said["role"], said["camera"] or ""
            kinds.setdefault(key, []).append((row["start"], stop))
    for (style, _, _), ranges in kinds.items():
        for one, other in pairwise(sorted(ranges)):
            if other[0] < one[1] and one != other:
                hint = "In form lerobot a row ends where the next of its style begins: shorten the first row."
                where = f"episode {episode}, step {other[0]}"
                raise UsageError(f"two rows give the {style} of one step", where=where, hint=hint)


def _said(row: Row) -> dict[str, Any]:
    """Return the language row for an annotation row, without its time."""
    camera = row["camera"] and IMAGES + row["camera"].removeprefix(IMAGES)
    return utterance_of(row["field"], camera).row(row["value"])
