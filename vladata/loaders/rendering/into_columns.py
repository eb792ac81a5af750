"""The columns of a batch in which some or all samples were rendered again: one shape for all batches of a loader."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vladata.loaders.rendering.rendered_again import Again
from vladata.shards.reading.columns import EMPTY, NO_BIN, NO_FRAME, Shapes

TEXTS = ("task", "prompt", "target", "instruction", "plan", "contract")


class Into:
    """A collector of the samples of a batch."""

    def __init__(self, shapes: Shapes, columns: Mapping[str, Any]) -> None:
        """Begin a batch. shapes: of the columns, by the contracts of rendered samples.   columns: the batch as it was read."""
        self.shapes, self.read = shapes, columns
        count = len(columns["key"])
        self.texts = {name: list(columns[name]) for name in TEXTS}
        self.numbers: dict[str, np.ndarray] = {
            **{name: _empty(name, count, shapes) for name in ("action", "mask")},
            **{name: columns[name].copy() for name in ("valid", "terminate", "loss_weight")},
        }
        if shapes.frames:
            self.numbers["frames"] = _empty("frames", count, shapes)
        self.bins: list[np.ndarray] = [np.zeros((0, 0), np.int32)] * count
        self.images = list(columns["images"]) if "images" in columns else None

    def put(self, again: Again, at: Sequence[int]) -> None:
        """Add samples that were rendered again. at: their positions in the batch."""
        if len(at) == len(self.bins):  # all samples, in order: nothing to merge
            self._put_all(again)
            return
        rows = np.array(at)
        for name, values in again.numbers.items():
            if name in self.numbers:
                _put(self.numbers[name], rows, values)
        for k, i in enumerate(at):
            for name, column in again.texts.items():
                self.texts[name][i] = column[k]
            self.bins[i] = again.bins[k]
            if self.images is not None and again.images is not None:
                self.images[i] = again.images[k]

    def _put_all(self, again: Again) -> None:
        every = np.arange(len(self.bins))
        for name, values in again.numbers.items():
            if name in self.numbers and self.numbers[name].shape == values.shape:
                self.numbers[name] = values
            elif name in self.numbers:
                _put(self.numbers[name], every, values)
        self.texts |= {name: list(column) for name, column in again.texts.items()}
        self.bins = list(again.bins)
        if self.images is not None and again.images is not None:
            self.images = list(again.images)

    def keep(self, at: Sequence[int]) -> None:
        """Add samples that stay as they were read. at: their positions in the batch."""
        rows = np.array(at)
        for name in ("action", "mask"):
            _put(self.numbers[name], rows, self.read[name][rows])
        if "frames" in self.numbers:
            one = np.where(self.read["action_dims"] > 0, self.read["step"], NO_FRAME)[:, None]
            _put(self.numbers["frames"], rows, self.read.get("frames", one)[rows])
        for i in at:
            self.bins[i] = self.read["bins"][i]

    def word(self, i: int, words: tuple[str, str] | None) -> None:
        """Set the prompt and the target of sample i; None keeps both."""
        if words is not None:
            self.texts["prompt"][i], self.texts["target"][i] = words

    def columns(self) -> dict[str, Any]:
        """Return all columns."""
        out = {**self.read, **self.texts, **self.numbers, "bins": self._bins()}
        if "frames" not in self.numbers:
            out.pop("frames", None)
        if self.images is not None:
            out["images"] = self.images
        return out

    def _bins(self) -> np.ndarray:
        rows, least = self.shapes.size("bins")
        longest = max((one.shape[-1] for one in self.bins), default=0) if self.shapes.any_bins else 0
        out = np.full((len(self.bins), rows, max(least, longest)), NO_BIN, np.int32)
        first = self.bins[0].shape if self.bins else ()
        if first and all(one.shape == first for one in self.bins):
            block = np.stack(self.bins)
            _put(out, np.arange(len(out)), block if block.ndim == 3 else block[:, None])
            return out
        for row, one in zip(out, self.bins, strict=True):
            values = one.reshape(-1, one.shape[-1]) if one.size else np.zeros((0, 0), np.int32)
            row[: values.shape[0], : values.shape[1]] = values
        return out


def _empty(name: str, count: int, shapes: Shapes) -> np.ndarray:
    """Return a column of numbers with empty values."""
    dtype, empty = EMPTY[name]
    return np.full((count, *shapes.size(name)), empty, dtype)


def _put(into: np.ndarray, rows: np.ndarray, values: np.ndarray) -> None:
    """Put values into rows of a larger array, at the beginning of each axis; the rest of each row stays empty."""
    sizes = [min(have, room) for have, room in zip(values.shape[1:], into.shape[1:], strict=True)]
    values = values[(slice(None), *(slice(size) for size in sizes))]
    if values.shape[1:] == into.shape[1:]:
        into[rows] = values
        return
    block = into[rows]
    block[(slice(None), *(slice(size) for size in sizes))] = values
    into[rows] = block
