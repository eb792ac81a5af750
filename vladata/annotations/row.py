"""One row of an annotation table: a text about some steps of an episode.

    {"episode": "train-00003-000017", "start": 0, "stop": 12, "field": "subtask", "value": "reach for the mug"}

    dataset      text   the dataset of the episode; empty: any dataset with which the table is joined
    episode      text   the id of the episode in vladata; or
    content      text   a digest of its record (Source.content), which does not depend on the files and their names; or
    episode_key  text   the values of the schema's episode_key joined by "--". Give one of the three, leave the others empty
    start, stop  int    RLDS step numbers of the source, stop not included; stop null: to the end of the episode
    field        text   the kind of text: "plan", "subtask", ...; letters, digits and _
    value        text   the text; JSON for points and other values that are not texts
    camera       text   the camera in whose picture a point or box is; empty if the value is not about a picture

A table with other columns is refused. The error names the line (of JSONL) or row (of Parquet), counted from 1.
"""

import re
from typing import Any

import pyarrow as pa

from vladata.errors import FormatError

KEYS = ("episode", "content", "episode_key")
"""The three ways to name an episode."""
TEXTS = ("dataset", *KEYS, "field", "value", "camera")
NEEDED = ("start", "field", "value")
LAST = 2**31 - 1
"""The largest step number."""
ROWS = pa.schema(
    [
        ("dataset", pa.string()),
        ("episode", pa.string()),
        ("content", pa.string()),
        ("episode_key", pa.string()),
        ("start", pa.int64()),
        ("stop", pa.int64()),
        ("field", pa.string()),
        ("value", pa.large_string()),
        ("camera", pa.string()),
    ]
)
_STEPS = ("start", "stop")
_FIELD = re.compile(r"\w+")
Row = dict[str, Any]
_EMPTY: Row = {**dict.fromkeys(TEXTS, ""), "start": None, "stop": None}


def checked(said: dict[str, Any], where: str) -> Row:
    """Return the row `said` with an entry for every column; null counts as missing. Raises FormatError if it is not valid."""
    if not said.keys() <= _EMPTY.keys():
        unknown = next(name for name in said if name not in _EMPTY)
        raise FormatError("unknown column", where=where, got=unknown, allowed=", ".join(_EMPTY))
    row = {**_EMPTY, **said}
    for name, value in said.items():
        if value is None:
            row[name] = _EMPTY[name]
        elif name not in _STEPS and not (isinstance(value, str) and _is_text(value)):
            raise FormatError(f"{name} must be a text", where=where, got=value)
    for name in _STEPS:
        value = row[name]
        if value is not None and (type(value) is not int or not 0 <= value <= LAST):
            raise FormatError(
                f"{name} must be a step number", where=where, got=value, allowed=f"0 to {LAST:,}"
            )
    start, stop = row["start"], row["stop"]
    if start is None:
        raise FormatError("start is missing", where=where, allowed="the first step that the row is about")
    if stop is not None and stop <= start:
        hint = "stop is the step after the last one; null means the end of the episode."
        raise FormatError("the row covers no steps", where=where, got=f"{start} to {stop}", hint=hint)
    if not _FIELD.fullmatch(row["field"]):
        raise FormatError(
            "field must be a name", where=where, got=row["field"], allowed="letters, digits and _"
        )
    if not row["value"].strip():
        hint = "Leave out rows without a text."
        raise FormatError("the value is empty, or not Unicode text", where=where, got=row["value"], hint=hint)
    named = [name for name in KEYS if row[name]]
    if len(named) != 1:
        got = " and ".join(named) or "none"
        raise FormatError("give one name of the episode", where=where, got=got, allowed=", ".join(KEYS))
    return row


def _is_text(value: str) -> bool:
    """Return True if `value` can be written as UTF-8; a text with half a surrogate pair cannot."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def table_of(rows: list[Row]) -> pa.Table:
    """Return checked rows as a table of ROWS."""
    return pa.table(
        {name: pa.array([row[name] for row in rows], ROWS.field(name).type) for name in ROWS.names}
    )
