"""Read and write the JSON of Embodied Chain of Thought: [file_path][episode_id] {reasoning {step}, features {...}, metadata}.

    {"/nfs/.../out.npy": {"11": {"reasoning": {"0": {"task": "...", "plan": "...", "subtask": "...", "move": "..."}, ...},
                                 "features": {"gripper_position": [[110, 92], ...], "bboxes": [[...], ...]},
                                 "metadata": {"n_steps": 34, ...}}}}

An episode is named by file_path and episode_id, which are a schema's `episode_key` in this order. Steps are numbered in the
recorded episode, the first included, even if a loader drops some: no step is shifted. A row is a run of steps with the same
value in one field. The lists of `features` have one item per step: `gripper_position` becomes field `gripper`, others keep their
names; values other than texts become JSON. Source: MichalZawalski/embodied-CoT, its published embodied_features_bridge.json.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from vladata.annotations.row import Row, checked
from vladata.errors import FormatError, MalformedJson, UsageError
from vladata.formats.json_stream import read_items
from vladata.index.about import JOINS
from vladata.sources.folder import explained, named_file

FEATURES = {"gripper_position": "gripper"}
"""Feature -> field, where the names differ."""
KNOWN_FEATURES = ("gripper", "bboxes")
REASONING, FEATURE_LISTS, METADATA = "reasoning", "features", "metadata"


def read(url: str, lost: Counter[str]) -> list[Row]:
    """Return the rows of a file. lost: gets the counts of what is left out.

    Raises MalformedJson for a file of another form. A field that is empty at a step has no row for this step.
    """
    folder, name = named_file(url)
    rows: list[Row] = []
    with folder.open(name) as file, explained(url):
        for path, episodes, fault in read_items(file):
            where = f"{url}, {path!r}"
            if fault:
                raise MalformedJson(fault.what, where=where, got=fault.got or None, hint=fault.hint)
            for episode, said in _map(episodes, where).items():
                rows += _rows(f"{path}{JOINS}{episode}", _map(said, where), f"{where}, {episode!r}", lost)
    if not rows:
        raise FormatError("the file has no text for any step", where=url)
    return rows


def _rows(name: str, said: Mapping[str, Any], where: str, lost: Counter[str]) -> Iterator[Row]:
    by_field: dict[str, dict[int, str]] = {}
    for step, fields in _map(said.get(REASONING) or {}, where).items():
        if not step.isdecimal():
            raise MalformedJson("a step must be a number", where=f"{where}, {REASONING}", got=step)
        for field, value in _map(fields or {}, where).items():
            _note(by_field.setdefault(field, {}), int(step), value, lost)
    for feature, values in _map(said.get(FEATURE_LISTS) or {}, where).items():
        if not isinstance(values, list):
            lost["features that are not a list of steps"] += 1
            continue
        for at, value in enumerate(values):
            _note(by_field.setdefault(FEATURES.get(feature, feature), {}), at, value, lost)
    length = _map(said.get(METADATA) or {}, where).get("n_steps")
    for field, values_of in by_field.items():
        for start, stop, value in _runs(values_of):
            if isinstance(length, int) and stop > length:
                lost["rows that go beyond n_steps; they are kept"] += 1
            yield checked(
                {"episode_key": name, "start": start, "stop": stop, "field": field, "value": value}, where
            )


def _note(values: dict[int, str], step: int, value: Any, lost: Counter[str]) -> None:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    if value is None or value == [] or not text.strip():
        lost["steps at which a field is empty"] += 1
        return
    values[step] = text


def _runs(values: Mapping[int, str]) -> Iterator[tuple[int, int, str]]:
    """Yield (first step, the step after the last, value) of each run of steps with the same value."""
    start = stop = -1
    held = ""
    for step in sorted(values):
        if step == stop and values[step] == held:
            stop += 1
            continue
        if stop > start:
            yield start, stop, held
        start, stop, held = step, step + 1, values[step]
    if stop > start:
        yield start, stop, held


def _map(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedJson(
            "this is not a file of Embodied Chain of Thought", where=where, got=value, allowed="an object"
        )
    return value


def write(rows: Sequence[Row], url: str, hz: float | None) -> bytes:
    """Return the bytes of a file of the rows. Raises UsageError for a row that this form cannot hold."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for number, row in enumerate(rows, 1):
        path, joined, episode = row["episode_key"].rpartition(JOINS)
        if not joined:
            allowed = f'an episode_key of file_path and episode_id, "FILE{JOINS}11"'
            raise UsageError(
                "form ecot cannot name this episode", where=f"row {number}", got=_name(row), allowed=allowed
            )
        if row["stop"] is None:
            hint = "Form ecot has one entry per step: give the end of the row in stop."
            raise UsageError("the row has no stop", where=f"row {number}", got=_name(row), hint=hint)
        if row["camera"]:
            raise UsageError("form ecot cannot hold cameras", where=f"row {number}", got=row["camera"])
        said = found.setdefault(path, {}).setdefault(episode, {REASONING: {}, FEATURE_LISTS: {}})
        _put(said, row)
    for episodes in found.values():
        for said in episodes.values():
            _close(said)
    return orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n"


def _put(said: dict[str, Any], row: Row) -> None:
    field = row["field"]
    steps = range(row["start"], row["stop"])
    if field not in KNOWN_FEATURES:
        for step in steps:
            said[REASONING].setdefault(step, {})[field] = row["value"]
        return
    name = next((feature for feature, known in FEATURES.items() if known == field), field)
    values = said[FEATURE_LISTS].setdefault(name, {})
    try:
        value = orjson.loads(row["value"])
    except ValueError:
        value = row["value"]
    values.update(dict.fromkeys(steps, value))


def _close(said: dict[str, Any]) -> None:
    """Replace the maps of steps by lists up to the last step, with null for steps without a value."""
    features, reasoning = said[FEATURE_LISTS], said[REASONING]
    length = 1 + max([*reasoning, *(step for values in features.values() for step in values)])
    said[REASONING] = {str(step): reasoning[step] for step in sorted(reasoning)}
    said[FEATURE_LISTS] = {
        name: [values.get(step) for step in range(length)] for name, values in features.items()
    }
    said[METADATA] = {"n_steps": length}


def _name(row: Row) -> str:
    return str(row["episode"] or row["content"] or row["episode_key"])
