"""Samples as columns, for training loops, made for all samples of a batch at once.

    key, dataset, task, prompt, target, instruction, plan, split, episode, contract    list of B texts
    source       list of {file, offset, length}
    step         int64 [B]
    terminate    int32 [B]
    loss_weight  float32 [B]
    action       float32 [B, H, D]   zeros where a sample has no such row or dimension
    mask         bool [B, H]         true where the row is the episode's own action: neither repeated nor missing
    valid        int32 [B]           number of rows where mask is true; they come first
    action_dims  int32 [B]           dimensions of the sample's action, 0 where it has none
    bins         int32 [B, H, W]     -2^31 where there is none; for codecs without single actions [B, 1, longest of the batch]
    state        float32 [B, S]      zeros where there is none
    state_dims   int32 [B]
    frames       int32 [B, K]        in outputs whose samples show several frames; -1 where a sample shows fewer
    images       list of {camera: encoded image}, cameras in the manifest's order, "primary-1" after "primary"
    index        int64 [B]           position in the opened output

H, D, W, S and K are the largest of any action contract of the output, so that all its batches have one shape.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from vladata.actions.contract import codec_from_contract
from vladata.actions.protocol import Codec
from vladata.errors import CodecError, UnknownName, UsageError, nearest
from vladata.shards.manifest import Manifest
from vladata.shards.reading.ragged import FieldsOf, Ragged

Columns = dict[str, Any]
"""Name of a column -> its values, as above."""

TEXTS = ("dataset", "task", "prompt", "target", "instruction", "plan", "split", "episode", "contract")
NO_BIN, NO_FRAME = -(2**31), -1  # -1 is a bin of Language-Table
EMPTY: Mapping[str, tuple[Any, int]] = {
    "step": (np.int64, 0),
    "terminate": (np.int32, 0),
    "loss_weight": (np.float32, 0),
    "action": (np.float32, 0),
    "mask": (np.bool_, False),
    "valid": (np.int32, 0),
    "action_dims": (np.int32, 0),
    "bins": (np.int32, NO_BIN),
    "state": (np.float32, 0),
    "state_dims": (np.int32, 0),
    "frames": (np.int32, NO_FRAME),
    "index": (np.int64, 0),
}
"""Column of numbers -> its type, and the value for samples without such numbers."""


def taken(columns: Mapping[str, Any], rows: Sequence[int]) -> dict[str, Any]:
    """Return some rows of columns, in the order given; entries that are not columns stay."""
    at = np.array(rows, np.int64)
    return {
        name: column[at]
        if isinstance(column, np.ndarray)
        else [column[i] for i in rows]
        if isinstance(column, list)
        else column
        for name, column in columns.items()
    }


@dataclass(frozen=True, slots=True)
class Shapes:
    """The sizes of the columns of an output.

    rows:     H, actions of a target.
    dims:     D, dimensions of an action.
    bins:     W, bins of an action; 0 if no codec has a fixed number of bins for an action.
    any_bins: True if some samples may have any number of bins, which do not belong to single actions.
    state:    S, dimensions of a state.
    frames:   K; 0 where samples have no field `frames`.
    """

    rows: int
    dims: int
    bins: int
    any_bins: bool
    state: int
    frames: int

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, in the order of the table above."""
        return tuple(name for name in MAKERS if name != "frames" or self.frames)

    def size(self, name: str) -> tuple[int, ...]:
        """Return the shape of one sample's part of a column of numbers; for bins the smallest shape."""
        sizes = {
            "action": (self.rows, self.dims),
            "mask": (self.rows,),
            "bins": (self.rows if self.bins else 1, max(1, self.bins)),
            "state": (self.state,),
            "frames": (self.frames,),
        }
        return sizes.get(name, ())

    def wanted(self, names: Collection[str] | None) -> tuple[str, ...]:
        """Return these names of columns in the order of the table, all for None. Raises UsageError for an unknown name."""
        known = self.names
        if names is None:
            return known
        if isinstance(names, str) or not set(names) <= set(known):
            unknown = names if isinstance(names, str) else next(name for name in names if name not in known)
            raise UsageError(
                "unknown column of a batch", where="wanted", got=unknown, hint=nearest(str(unknown), known)
            )
        return tuple(name for name in known if name in names)


def shapes_of(manifest: Manifest) -> Shapes:
    """Return the shapes of the columns of an output."""
    # A task may show more frames than the windows have; the names of images show how many ("primary-1").
    earlier = max((int(name.partition("-")[2] or 0) for name in manifest.cameras), default=0)
    contracted = manifest.part.contracted.values()
    state = max((len(each.statistics.get("state", {}).get("names", ())) for each in contracted), default=0)
    frames = max([1 + earlier, *(each.contract["windows"]["history"] for each in contracted)])
    found = shapes_by(each.contract for each in contracted)
    return replace(found, state=state, frames=frames if "frames" in manifest.fields else 0)


def shapes_by(contracts: Iterable[Mapping[str, Any]]) -> Shapes:
    """Return the shapes from action contracts alone; S and K are 0."""
    found = Shapes(1, 0, 0, False, 0, 0)
    for contract in contracts:
        dims, width = _sizes(contract)
        found = replace(
            found,
            rows=max(found.rows, contract["chunk_length"]),
            dims=max(found.dims, dims),
            bins=max(found.bins, width or 0),
            any_bins=found.any_bins or width is None,
        )
    return found


def free_of(manifest: Manifest) -> frozenset[str]:
    """Return the digests of the contracts whose bins do not belong to single actions."""
    contracts = manifest.contracts.items()
    return frozenset(digest for digest, each in contracts if (codec := _codec(each)) and codec.width is None)


def _sizes(contract: Mapping[str, Any]) -> tuple[int, int | None]:
    """Return the number of dimensions of an action and of its bins; None if bins do not belong to single actions, or are
    unknown."""
    codec = _codec(contract)
    return (len(contract["names"]), None) if codec is None else (len(codec.names), codec.width)


def _codec(contract: Mapping[str, Any]) -> Codec | None:
    """Return the codec; None if its package is not installed here, since samples can be read without it."""
    try:
        return codec_from_contract(contract)
    except (CodecError, UnknownName):
        return None


@dataclass(frozen=True, eq=False)
class Batch:
    """B samples, before they become columns.

    index:  int64 [B], the positions of the samples in the output.
    fields: the content of the samples.   kinds: the names of their fields.
    """

    keys: Sequence[str]
    images: Sequence[Mapping[str, Any]]
    index: np.ndarray
    fields: FieldsOf
    kinds: Collection[str]
    shapes: Shapes
    _found: dict[str, Ragged] = field(default_factory=dict)

    def ragged(self, name: str) -> Ragged:
        """Return a field of numbers. It is kept, since several columns may need it."""
        if name not in self._found:
            self._found[name] = self.fields.ragged(name, EMPTY[name][0] if name != "mask" else np.int32)
        return self._found[name]

    def columns(self, wanted: Collection[str]) -> Columns:
        """Return the columns of these names. Raises UnfitError if the content of samples is not as declared."""
        return {name: MAKERS[name](self) for name in wanted}


def _action_dims(batch: Batch) -> np.ndarray:
    return batch.ragged("action").width.astype(np.int32)


def _mask(batch: Batch) -> np.ndarray:
    if "mask" in batch.kinds:
        return _block(batch, "mask") > 0
    out = np.zeros((len(batch.keys), batch.shapes.rows), bool)
    out[:, 0] = batch.ragged("action").rows > 0
    return out


def _valid(batch: Batch) -> np.ndarray:
    if "valid" in batch.kinds:
        return batch.fields.numbers("valid", np.int32)
    return (batch.ragged("action").rows > 0).astype(np.int32)


def _bins(batch: Batch) -> np.ndarray:
    given, (rows, least) = batch.ragged("bins"), batch.shapes.size("bins")
    longest = int(given.width.max(initial=0)) if batch.shapes.any_bins else 0
    out = np.full((len(batch.keys), rows, max(least, longest)), NO_BIN, np.int32)
    given.into(out, "bins")
    return out


def _state_dims(batch: Batch) -> np.ndarray:
    return batch.ragged("state").width.astype(np.int32)


def _block(batch: Batch, name: str) -> np.ndarray:
    """Return a field of numbers as an array of the batch's shape, with the empty value where a sample has no number."""
    dtype, empty = EMPTY[name]
    out = np.full((len(batch.keys), *batch.shapes.size(name)), empty, dtype)
    batch.ragged(name).into(out if out.ndim == 3 else out[:, None], name)
    return out


def _of_block(name: str) -> Callable[[Batch], Any]:
    return lambda batch: _block(batch, name)


def _text(name: str) -> Callable[[Batch], Any]:
    return lambda batch: batch.fields.texts(name)


def _number(name: str) -> Callable[[Batch], Any]:
    return lambda batch: batch.fields.numbers(name, EMPTY[name][0])


MAKERS: Mapping[str, Callable[[Batch], Any]] = {
    "key": lambda batch: list(batch.keys),
    **{name: _text(name) for name in TEXTS},
    "source": lambda batch: batch.fields.groups("source"),
    "step": _number("step"),
    "terminate": _number("terminate"),
    "loss_weight": _number("loss_weight"),
    "action": _of_block("action"),
    "mask": _mask,
    "valid": _valid,
    "action_dims": _action_dims,
    "bins": _bins,
    "state": _of_block("state"),
    "state_dims": _state_dims,
    "frames": _of_block("frames"),
    "images": lambda batch: list(batch.images),
    "index": lambda batch: batch.index,
}
"""Column -> the function that makes it from a batch, in the order of the table above."""
