"""Texts of steps as LeRobot's language columns: lists of rows, one list per frame.

    language_persistent  [{role, content, style, timestamp, camera, tool_calls}]  rows of the episode, repeated at each frame
    language_events      [{role, content, style, camera, tool_calls}]             rows of this frame alone

A persistent row holds from its timestamp, which is the time of a frame, until the next row of its style, role and camera; a row
without content ends it. The name of a text becomes a style and a role: paraphrase is style task_aug, vqa_user is style vqa and
role user, paraphrase_2 is a second row beside paraphrase.

Rule: LeRobot needs a camera in rows of vqa and trace, and allows none in others. A text that breaks this rule, or whose name is
not one of LeRobot's styles, does not go into these columns.
Format: github.com/huggingface/lerobot, src/lerobot/datasets/language.py (0.6.1 was read).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from vladata.shards.episodes.stretch import INSTRUCTION, NOTES, PLAN
from vladata.shards.naming import IMAGES

PERSISTENT, EVENTS = "language_persistent", "language_events"
COLUMNS = (PERSISTENT, EVENTS)
DTYPE = "language"
PERSISTENT_STYLES = ("subtask", "plan", "memory", "motion", "task_aug")
OF_A_CAMERA = ("vqa", "trace")
"""Styles whose rows describe a place in a picture."""
EVENT_STYLES = ("interjection", *OF_A_CAMERA, None)
ROLES = {"interjection": "user", "task_aug": "user", "vqa": ""}
"""Style -> its role if the name gives none; for other styles it is the assistant."""
ASSISTANT = "assistant"
FIELDS = {"task_aug": "paraphrase"}
"""Style -> the name of its texts, if it differs from the style."""
_ROLE = pa.field("role", pa.string(), nullable=False)
_TIME = pa.field("timestamp", pa.float32(), nullable=False)
_SAID = (pa.field("content", pa.string()), pa.field("style", pa.string()))
_BESIDE = (pa.field("camera", pa.string()), pa.field("tool_calls", pa.list_(pa.string())))
TYPES = {
    PERSISTENT: pa.list_(pa.struct([_ROLE, *_SAID, _TIME, *_BESIDE])),
    EVENTS: pa.list_(pa.struct([_ROLE, *_SAID, *_BESIDE])),
}


@dataclass(frozen=True, order=True)
class Utterance:
    """The kind of a language row. style: "" where LeRobot has null: words that the robot says aloud."""

    style: str
    role: str
    camera: str = ""

    def row(self, content: str | None, **more: Any) -> dict[str, Any]:
        """Return a language row of this kind."""
        told = {"role": self.role, "content": content, "style": self.style or None}
        return {**told, **more, "camera": self.camera or None, "tool_calls": None}


def utterance_of(field: str, camera: str = "") -> Utterance:
    """Return the kind of row that a field of an annotation table becomes; LeRobot need not know its style."""
    name, role = re.sub(r"_\d+$", "", field), ""
    for known in ("user", ASSISTANT):
        if name.endswith(f"_{known}"):
            name, role = name.removesuffix(f"_{known}"), known
    style = next((style for style, own in FIELDS.items() if own == name), name)
    role = role or ROLES.get(style, ASSISTANT) or ASSISTANT
    return Utterance("" if style == "say" else style, role, camera)


def fits(kind: Utterance, cameras: Sequence[str]) -> bool:
    """Return True if LeRobot has rows of this kind. cameras: the keys of the dataset's pictures."""
    if kind.style in OF_A_CAMERA:
        return kind.camera in cameras
    return not kind.camera and (kind.style or None) in (*PERSISTENT_STYLES, *EVENT_STYLES)


def spoken(names: Iterable[str], cameras: Iterable[str]) -> dict[str, Utterance]:
    """Return the texts of steps for which LeRobot has a style: name -> the kind of its rows, in the order of the rows.

    If annotations have a plan, the schema's plan is left out: LeRobot allows one plan at a time.
    """
    there, keys = list(names), [IMAGES + camera for camera in cameras]
    found: dict[str, Utterance] = {}
    for name in sorted(there, key=_order):
        field, _, camera = name.removeprefix(NOTES).partition("@")
        kind = utterance_of(field, camera and IMAGES + camera)
        if name != INSTRUCTION and fits(kind, keys) and not (name == PLAN and NOTES + PLAN in there):
            found[name] = kind
    return found


def _order(name: str) -> tuple[str, int]:
    """Return a key by which paraphrase_10 comes after paraphrase_2, and both after paraphrase."""
    numbered = re.fullmatch(r"(.*)_(\d+)(@.*)?", name)
    return (numbered[1] + (numbered[3] or ""), int(numbered[2])) if numbered else (name, 1)


def columns(
    kinds: Mapping[str, Utterance], texts: Mapping[str, Sequence[str]], times: Sequence[float]
) -> dict[str, pa.Array]:
    """Return both columns of an episode of N frames.

    kinds: name -> kind of its rows; names of one kind in the order of their rows.
    texts: name -> N texts, "" where there is none.   times: seconds of the N frames.
    """
    names: dict[Utterance, list[str]] = {}
    for name, kind in kinds.items():
        names.setdefault(kind, []).append(name)
    lasting, events = [], [[] for _ in times]  # type: ignore[var-annotated]
    for kind, own in sorted(names.items()):
        said = list(zip(*(texts[name] for name in own), strict=True))
        if kind.style in PERSISTENT_STYLES:
            lasting += list(_lasting(kind, said, times))
            continue
        for rows, contents in zip(events, said, strict=True):
            rows += [kind.row(content) for content in contents if content]
    lasting.sort(key=lambda row: row["timestamp"])
    once = pa.array([lasting], TYPES[PERSISTENT])
    return {PERSISTENT: once.take(pa.array([0] * len(times))), EVENTS: pa.array(events, TYPES[EVENTS])}


def _lasting(
    kind: Utterance, said: Sequence[tuple[str, ...]], times: Sequence[float]
) -> Iterator[dict[str, Any]]:
    """Yield rows at each frame whose texts differ from the frame before. said: the texts of one kind at each frame."""
    before: tuple[str, ...] = ()
    for contents, time in zip(said, times, strict=True):
        found = tuple(filter(None, contents))
        if found != before:
            yield from (kind.row(content, timestamp=time) for content in found or (None,))
        before = found


def _value(dtype: str) -> dict[str, Any]:
    return {"dtype": dtype, "_type": "Value"}


def hugging_face(column: str) -> dict[str, Any]:
    """Return the type of a column as Hugging Face's `datasets` writes it into a Parquet file."""
    found: dict[str, Any] = {}
    for field in TYPES[column].value_type:
        if pa.types.is_list(field.type):
            found[field.name] = {"feature": _value("string"), "_type": "List"}
        else:
            found[field.name] = _value("float32" if field.type == pa.float32() else "string")
    return {"feature": found, "_type": "List"}
