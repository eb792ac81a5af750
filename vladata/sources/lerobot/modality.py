"""meta/modality.json, a file that GR00T adds to LeRobot's metadata: the names of the parts of a row of numbers.

    {"state": {"left_arm": {"start": 0, "end": 7}, "left_hand": {"start": 7, "end": 8, "original_key": "observation.state"}},
     "action": {...}, "video": {...}, "annotation": {...}}

Only names of dimensions are taken from it, for features without names. Parts that do not fit are ignored, since no number of the
data depends on them. Source: Isaac-GR00T's guide to data preparation.
"""

from collections.abc import Mapping

from vladata.errors import MalformedJson
from vladata.sources import json_text
from vladata.sources.features import Leaf
from vladata.sources.json_text import Object

MODALITY = "meta/modality.json"
ROWS = {"state": "observation.state", "action": "action"}
"""Group of parts -> the feature of its parts without original_key."""


def names_of(text: bytes, leaves: Mapping[str, Leaf]) -> dict[str, tuple[str, ...]]:
    """Return a map from feature to the names of its dimensions, for features with each dimension in exactly one part."""
    try:
        parts = list(_parts(json_text.parse_object(text, MODALITY)))
    except MalformedJson:
        return {}
    found = {}
    for feature in dict.fromkeys(feature for feature, *_ in parts):
        leaf = leaves.get(feature)
        if leaf is None or leaf.kind != "number" or len(leaf.shape) != 1:
            continue
        names: list[str] = []
        for _, name, start, end in sorted((p for p in parts if p[0] == feature), key=lambda part: part[2]):
            if start == len(names) < end <= (leaf.shape[0] or 0):
                names += [name] if end - start == 1 else [f"{name}_{i}" for i in range(end - start)]
        if len(names) == leaf.shape[0]:
            found[feature] = tuple(names)
    return found


def _parts(top: Object) -> list[tuple[str, str, int, int]]:
    """Return (feature, part, start, end) of each part of a row of numbers."""
    found = []
    for group, usual in ROWS.items():
        parts = json_text.child(top, group, MODALITY)
        for name in parts:
            where = f"{MODALITY}, {group}, {name}"
            part = json_text.child(parts, name, where)
            start, end = (json_text.integer(part.get(each), where) for each in ("start", "end"))
            found.append((json_text.text(part, "original_key", where, usual), name, start, end))
    return found
