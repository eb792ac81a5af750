"""meta/info.json: the version of the format, steps per second, splits, names of files, and the columns of a row.

    {"codebase_version": "v2.1", "fps": 30, "total_episodes": 4, "chunks_size": 1000, "splits": {"train": "0:4"},
     "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet", "video_path": ...,
     "features": {"action": {"dtype": "float32", "shape": [7], "names": [...]},
                  "observation.images.top": {"dtype": "video", "shape": [480, 640, 3], "names": [...], "info": {...}}}}

A feature keeps its name, dots included. A feature that is not fully understood becomes a leaf of kind "unsupported": it is
refused if it is needed, and ignored otherwise.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vladata.errors import MalformedJson, SourceError
from vladata.sources import json_text
from vladata.sources.features import FLOATS, INTEGERS, Kind, Leaf
from vladata.sources.json_text import Object

INFO = "meta/info.json"
VERSIONS = ("v2.0", "v2.1", "v3.0")
NUMBERS = (*FLOATS, *INTEGERS, "bool")
TEXTS = ("string", "large_string")
IMAGE, VIDEO = "image", "video"
CHANNELS_FIRST = ("channels", "channel", "c")
CHANNELS = (1, 3, 4)
"""The numbers of channels that a picture may have. A declared shape without names of axes, [3, 480, 640], begins with them."""
_REASONS = {
    "binary": "its bytes have no declared meaning (they may be pickled Python objects, which are never loaded)",
    "language": "its rows are annotations (vladata annotations convert DATASET OUT.jsonl --from lerobot)",
}
_HOLE = re.compile(r"\{(\w+)(?::0?(\d+)d)?\}")
_SPLIT = re.compile(r"(\d+):(\d+)")


@dataclass(frozen=True, eq=False)
class Meta:
    """The content of a meta/info.json. Two are equal if their texts are.

    version:     the version of the format, "v2.1".
    fps:         steps per second.
    episodes:    the number of episodes.
    chunk:       the number of episodes in a folder (v2).
    data, video: the names of an episode's files, with placeholders in braces.
    splits:      name -> the number of the first episode, and of the episode after the last.
    leaves:      name of a feature -> its type. All features have one value per step.
    text:        the bytes of the file.
    """

    version: str
    fps: float
    episodes: int
    chunk: int
    data: str
    video: str
    splits: Mapping[str, tuple[int, int]]
    leaves: Mapping[str, Leaf]
    text: bytes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Meta) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def several_a_file(self) -> bool:
        """True if a file holds several episodes (v3)."""
        return self.version.startswith("v3")


def parse_meta(text: bytes, where: str) -> Meta:
    """Return the content of a meta/info.json. where: its name in errors."""
    top = json_text.parse_object(text, where)
    version = json_text.text(top, "codebase_version", where)
    if version not in VERSIONS:
        raise SourceError(
            "this version of the LeRobot format is not supported",
            where=f"{where}, codebase_version",
            got=version or "none",
            allowed=", ".join(VERSIONS),
            hint="Convert the dataset first: lerobot has scripts for it (convert_dataset_v1_to_v2 and later ones).",
        )
    features = json_text.child(top, "features", where)
    leaves = {name: _leaf(name, json_text.child(features, name, where), where) for name in features}
    if not leaves:
        raise MalformedJson("the dataset has no features", where=f"{where}, features")
    episodes = json_text.integer(top.get("total_episodes", 0), f"{where}, total_episodes")
    return Meta(
        version=version,
        fps=_rate(top, where),
        episodes=episodes,
        chunk=json_text.integer(top.get("chunks_size", 1000), f"{where}, chunks_size"),
        data=_template(top, "data_path", where),
        video=_template(top, "video_path", where) if top.get("video_path") else "",
        splits=_splits(json_text.child(top, "splits", where), episodes, f"{where}, splits"),
        leaves=leaves,
        text=text,
    )


def filled(template: str, values: Mapping[str, int | str], where: str) -> str:
    """Return the name of a file: each {name} or {name:03d} becomes its value. Raises MalformedJson for an unknown name."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            known = ", ".join(f"{{{name}}}" for name in values)
            raise MalformedJson(
                "unknown placeholder in a file name", where=where, got=found[0], allowed=known
            )
        plain = values[found[1]]
        return f"{plain:0{int(found[2])}d}" if found[2] and isinstance(plain, int) else str(plain)

    return _HOLE.sub(value, template)


def _rate(top: Object, where: str) -> float:
    fps = top.get("fps")
    if isinstance(fps, bool) or not isinstance(fps, int | float) or not 0 < fps < 1e6:
        raise MalformedJson(
            "fps must be a positive number", where=f"{where}, fps", got=fps, allowed="steps a second"
        )
    return float(fps)


def _template(top: Object, key: str, where: str) -> str:
    found = json_text.text(top, key, where)
    parts = found.split("/")
    if not found or found.startswith("/") or ".." in parts or "" in parts or "\0" in found or "\\" in found:
        raise MalformedJson(
            "the name of a file must be a path inside the folder", where=f"{where}, {key}", got=found
        )
    return found


def _splits(spoken: Object, episodes: int, where: str) -> dict[str, tuple[int, int]]:
    """Return the splits, which must hold each episode once; if there are none, one split "train"."""
    if not spoken:
        return {"train": (0, episodes)}
    found: dict[str, tuple[int, int]] = {}
    for name in spoken:
        bounds = _SPLIT.fullmatch(json_text.text(spoken, name, where))
        if bounds is None or int(bounds[1]) > int(bounds[2]):
            raise MalformedJson(
                "a split must be a range of episodes",
                where=f"{where}, {name}",
                got=spoken[name],
                allowed='"0:50"',
            )
        found[name] = (int(bounds[1]), int(bounds[2]))
    at = 0
    for name, (start, stop) in sorted(found.items(), key=lambda item: item[1]):
        if start != at:
            what = "an episode is in two splits" if start < at else "an episode is in no split"
            raise MalformedJson(
                what, where=f"{where}, {name}", got=spoken[name], allowed=f"a range from {at}",
                hint="Correct the splits: each begins where the one before it ends, the last at total_episodes.",
            )  # fmt: skip
        at = stop
    if at != episodes:
        raise MalformedJson(
            "the splits must end at the last episode", where=where, got=at, allowed=f"{episodes} (total_episodes)",
            hint=f"Correct the splits or the count. For one split write \"train\": \"0:{episodes}\".",
        )  # fmt: skip
    return found


def _leaf(name: str, feature: Object, where: str) -> Leaf:
    where = f"{where}, features, {name}"
    dtype = json_text.text(feature, "dtype", where)
    shape = json_text.integers(feature, "shape", where)
    if any(size < 1 for size in shape):
        return _unsupported(name, dtype, f"its shape is {list(shape)}")
    if dtype in (IMAGE, VIDEO):
        return _picture(name, dtype, shape, feature, where)
    if dtype in NUMBERS:
        return Leaf(
            name,
            "number",
            dtype,
            () if shape == (1,) else shape,
            "none",
            True,
            (None,),
            dtype,
            names=_names(feature, shape),
        )
    if dtype in TEXTS and shape in ((), (1,)):
        return Leaf(name, "text", "string", (), "", True, (None,), dtype)
    return _unsupported(name, dtype, _REASONS.get(dtype, "this dtype is not supported"))


def _picture(name: str, dtype: str, shape: tuple[int, ...], feature: Object, where: str) -> Leaf:
    if len(shape) != 3:
        return _unsupported(name, dtype, f"its shape is {list(shape)}, and an image has three dimensions")
    labels = _labels(feature)
    named_first = bool(labels) and str(labels[0]).lower() in CHANNELS_FIRST
    if named_first or (not labels and shape[0] in CHANNELS and shape[2] not in CHANNELS):
        shape = (*shape[1:], shape[0])
    details = {**json_text.child(feature, "info", where), **json_text.child(feature, "video_info", where)}
    if details.get("video.is_depth_map") or details.get("is_depth_map"):
        return _unsupported(name, dtype, "it is a depth map, not a colour image")
    kind: Kind = "image" if dtype == IMAGE else "video"
    return Leaf(name, kind, "uint8", shape, "", True, (None,), dtype)


def _unsupported(name: str, dtype: str, reason: str) -> Leaf:
    return Leaf(
        name, "unsupported", "", (), "", True, (None,), dtype or "nothing", reason, "Name another field"
    )


def _names(feature: Object, shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return the names of a row's dimensions; () if there is not one text for each dimension."""
    said = _labels(feature)
    if len(shape) != 1 or len(said) != shape[0] or not all(isinstance(each, str) for each in said):
        return ()
    return tuple(said)


def _labels(feature: Object) -> list[Any]:
    """Return the list of names, which may be inside another list or the only value of a map; [] if there is none."""
    said = feature.get("names")
    if isinstance(said, dict) and len(said) == 1:
        (said,) = said.values()
    if isinstance(said, list) and len(said) == 1 and isinstance(said[0], list):
        (said,) = said
    return said if isinstance(said, list) else []
