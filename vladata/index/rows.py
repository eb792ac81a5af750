"""The row of one episode.

episode      text     "train-00003-000017"
split, file  text     its place: split, file name
shard, record         file number in its split, record number in the file
offset, length, crc   byte of the frame, bytes of the data, masked CRC-32C of the data
content      text     digest of the record, which does not depend on its place (Source.content); empty if it cannot be read
steps        int32    RLDS steps, before any is dropped; 0 if the record cannot be read
instructions [text]   the distinct instructions, in order of appearance
gone         [text]   the instructions of which the schema's operations left no step
key          text     its name in files of other projects; empty if the schema or the data has none
success      bool     true if it succeeded; null if that is unknown
dropped      [{rule, steps, whole}]               steps that the schema's operations removed
left_out     [{step, outcome, reason, says, camera}]   steps that cannot become samples; step -1 is the whole episode. camera:
                      the camera of a damaged picture, a fault only for recipes that use this camera; empty for other faults
numbers      [int32]  RLDS numbers of the steps that can become samples, including steps that lack only an instruction (CURABLE)
                      or pictures of some cameras: left_out may have several faults of such a step, and a selection decides
spoken       [int32]  for each of these steps the number of its instruction; -1 if it is not UTF-8
action       [float32] the standardised actions of these steps, row after row, D per step
state        [float32] the states of these steps, S per step
images       [{camera, height, width, bytes, least, repeats}]
                      size of the first image, bytes of all and of the smallest, number of images as long as the one before
raw/PATH     [dtype of the feature]               the recorded actions, states and flags of all steps, flattened
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.errors import BadText, EmptyInstruction
from vladata.records import Dropped, Place

WHOLE = -1
FILTERED, REJECTED = "filtered", "rejected"
RAW = "raw/"
CURABLE = frozenset({EmptyInstruction.reason, BadText.reason})  # faults that a corrected instruction removes

DROPPED = pa.struct([("rule", pa.string()), ("steps", pa.int32()), ("whole", pa.bool_())])
LEFT_OUT = pa.struct(
    [
        ("step", pa.int32()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("says", pa.string()),
        ("camera", pa.string()),
    ]
)
_IMAGES = pa.struct(
    [
        ("camera", pa.string()),
        ("height", pa.int32()),
        ("width", pa.int32()),
        ("bytes", pa.int64()),
        ("least", pa.int64()),
        ("repeats", pa.int32()),
    ]
)
COLUMNS = pa.schema(
    [
        ("episode", pa.string()),
        ("split", pa.string()),
        ("file", pa.string()),
        ("shard", pa.int32()),
        ("record", pa.int64()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("crc", pa.uint32()),
        ("content", pa.string()),
        ("steps", pa.int32()),
        ("instructions", pa.list_(pa.string())),
        ("gone", pa.list_(pa.string())),
        ("key", pa.string()),
        ("success", pa.bool_()),
        ("dropped", pa.list_(DROPPED)),
        ("left_out", pa.list_(LEFT_OUT)),
        ("numbers", pa.list_(pa.int32())),
        ("spoken", pa.list_(pa.int32())),
        ("action", pa.list_(pa.float32())),
        ("state", pa.list_(pa.float32())),
        ("images", pa.list_(_IMAGES)),
    ]
)


@dataclass(frozen=True, slots=True)
class LeftOutStep:
    """A step that does not become a sample; step -1 is the whole episode.

    step:    the RLDS step number, or -1.
    outcome: "filtered" or "rejected".
    reason:  the kind of fault, such as "empty_instruction".
    says:    the fault in words.
    camera:  the camera of a damaged picture, else "".
    """

    step: int
    outcome: str
    reason: str
    says: str
    camera: str = ""

    @property
    def settled(self) -> bool:
        """True if no selection or correction can change the outcome."""
        return not self.camera and self.reason not in CURABLE


@dataclass(frozen=True, slots=True)
class ImageSize:
    """The images of one camera in an episode.

    height, width: the size of the first image, pixels.
    bytes, least:  the bytes of all images together, and of the smallest.
    repeats:       the number of images that have as many bytes as the one before, which repeated images have; for pixels, the
                   number of images that equal the one before.
    """

    camera: str
    height: int
    width: int
    bytes: int
    least: int
    repeats: int


@dataclass(frozen=True, slots=True)
class Row:
    """One episode; the fields are the columns above."""

    split: str
    place: Place
    crc: int
    steps: int = 0
    instructions: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    left_out: tuple[LeftOutStep, ...] = ()
    numbers: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    spoken: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    action: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    state: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    images: tuple[ImageSize, ...] = ()
    raw: Mapping[str, np.ndarray] = field(default_factory=dict)
    key: str = ""
    success: bool | None = None
    gone: tuple[str, ...] = ()
    content: str = ""


def table(rows: Sequence[Row], raw_types: Mapping[str, pa.DataType]) -> pa.Table:
    """Return the rows as a table: COLUMNS, and a raw column for each of `raw_types`."""
    from vladata.keys import episode_id

    columns: dict[str, Any] = {
        "episode": [episode_id(r.split, r.place.shard, r.place.record) for r in rows],
        "split": [r.split for r in rows],
        "crc": np.array([r.crc for r in rows], np.uint32),
        "content": [r.content for r in rows],
        "steps": np.array([r.steps for r in rows], np.int32),
        "instructions": [r.instructions for r in rows],
        "gone": [r.gone for r in rows],
        "key": [r.key for r in rows],
        "success": [r.success for r in rows],
    }
    for name in ("file", "shard", "record", "offset", "length"):
        columns[name] = [getattr(r.place, name) for r in rows]
    for name in ("dropped", "left_out", "images"):
        columns[name] = [[_struct(item) for item in getattr(r, name)] for r in rows]
    for name in ("numbers", "spoken", "action", "state"):
        columns[name] = _lists([getattr(r, name) for r in rows], COLUMNS.field(name).type)
    arrays = [pa.array(columns[f.name], f.type) for f in COLUMNS]
    raw = [_lists([r.raw.get(path, ()) for r in rows], pa.list_(kind)) for path, kind in raw_types.items()]
    names = [*COLUMNS.names, *(RAW + path for path in raw_types)]
    return pa.table([*arrays, *raw], names=names)


def _struct(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in type(item).__slots__}


def dtype_of(kind: pa.DataType) -> np.dtype[Any]:
    """Return numpy's dtype of a column; pyarrow's own function for this needs pandas."""
    dtype: np.dtype[Any] = pa.array([], kind).to_numpy(zero_copy_only=False).dtype
    return dtype


def _lists(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    dtype = dtype_of(
        kind.value_type
    )  # for each value: joined with an empty row of floats, integers would lose their last digits
    flat = [np.asarray(v, dtype).reshape(-1) for v in values]
    offsets = np.cumsum([0, *map(len, flat)], dtype=np.int32)
    joined = np.concatenate(flat) if flat else np.zeros(0, dtype)
    return pa.ListArray.from_arrays(offsets, pa.array(joined, kind.value_type), type=kind)
