"""One row of an annotation table: what it says, of which steps of which episode.

    {"episode": "train-00003-000017", "start": 0, "stop": 12, "field": "subtask", "value": "reach for the mug"}

    dataset      text   the dataset that it is of; empty: whichever it is joined to
    episode      text   the episode by our id; or
    content      text   by a digest of its record (Source.content), which stays when files are cut or named anew; or
    episode_key  text   by the values of the schema's episode_key joined by "--": one of the three, the others empty
    start, stop  int    RLDS step numbers as the source has them, stop not included; stop null: to the end of the episode
    field        text   what is said: "plan", "subtask", ...; letters, digits and _
    value        text   the text; of places and whatever else is no text, JSON
    camera       text   whose picture a place is in; empty where it is none's

Rule: a table says exactly this or is refused, with the line (of JSONL) or row (of Parquet), from 1.
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
    """Return the row with an entry for every column. FormatError for whatever is wrong with it; a null is what is not there."""
    if not said.keys() <= _EMPTY.keys():
        unknown = next(name for name in said if name not in _EMPTY)
        raise FormatError("there is no such column", where=where, got=unknown, allowed=", ".join(_EMPTY))
    row = {**_EMPTY, **said}
    for name, value in said.items():
        if value is None:
            row[name] = _EMPTY[name]
        elif name not in _STEPS and not (isinstance(value, str) and _is_text(value)):
            raise FormatError(f"{name} is no text", where=where, got=value)
    for name in _STEPS:
        value = row[name]
        if value is not None and (type(value) is not int or not 0 <= value <= LAST):
            raise FormatError(f"{name} is no step number", where=where, got=value, allowed=f"0 to {LAST:,}")
    start, stop = row["start"], row["stop"]
    if start is None:
        raise FormatError("start is missing", where=where, allowed="the first step that the row is about")
    if stop is not None and stop <= start:
        hint = "stop is the first step behind it; null goes to the end of the episode."
        raise FormatError("the row is about no step", where=where, got=f"{start} to {stop}", hint=hint)
    if not _FIELD.fullmatch(row["field"]):
        raise FormatError("field is no name", where=where, got=row["field"], allowed="letters, digits and _")
    if not row["value"].strip():
        hint = "Leave out the row of a step of which nothing is said."
        raise FormatError("the value has no text", where=where, got=row["value"], hint=hint)
    named = [name for name in KEYS if row[name]]
    if len(named) != 1:
        got = " and ".join(named) or "none"
        raise FormatError("an episode is named in one way", where=where, got=got, allowed=", ".join(KEYS))
    return row


def _is_text(value: str) -> bool:
    """Whether it can be written as UTF-8: half a surrogate pair cannot."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def table_of(rows: list[Row]) -> pa.Table:
    """Checked rows as a table of ROWS."""
    return pa.table(
        {name: pa.array([row[name] for row in rows], ROWS.field(name).type) for name in ROWS.names}
    )
