"""The fields of many samples of TFRecord: the values of their features, joined and turned into arrays at once.

A tf.Example has no rows: numbers are stored one row after another. There are as many rows as `mask` has numbers, or one row if
the numbers do not divide evenly.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from vladata.errors import FormatError
from vladata.fields import Spelled, flat
from vladata.formats.example import varints
from vladata.shards.examples import IN_ROWS, ROWS
from vladata.shards.reading.example_values import FLOATS, Value, whole_numbers
from vladata.shards.reading.ragged import Ragged, UnfitError


class ExampleFields:
    """The fields of samples.

    contents: the values of each sample.   order: feature -> its place among the values.   kinds: as in the manifest.
    free: digests of the contracts whose bins do not belong to single actions: such bins are always one row.
    """

    def __init__(
        self,
        contents: Sequence[Sequence[Value]],
        order: Mapping[str, int],
        kinds: Spelled,
        free: Collection[str],
    ) -> None:
        self._contents, self._order, self._kinds, self._free = contents, order, kinds, free
        self._integers: dict[str, tuple[np.ndarray, np.ndarray]] | None = None

    def texts(self, name: str) -> list[str]:
        """Return a field of text."""
        values = self._column(name)
        try:
            return [value.decode() for value in values]
        except UnicodeDecodeError:
            raise _unfit(name, [i for i, value in enumerate(values) if not _is_text(value)]) from None

    def numbers(self, name: str, dtype: Any) -> np.ndarray:
        """Return a field of one number, [B]."""
        return _ones(name, *self._flat(name, self._kinds[name], dtype))

    def ragged(self, name: str, dtype: Any) -> Ragged:
        """Return a field of several numbers, with or without rows."""
        kind = self._kinds[name]
        numbers, counts = self._flat(name, kind, dtype)
        rows = (counts > 0).astype(np.int64)
        if kind in IN_ROWS:
            wanted = self._flat(ROWS, self._kinds[ROWS], np.int32)[1]
            whole = (wanted > 0) & (counts >= wanted) & (counts % np.maximum(wanted, 1) == 0)
            if name == "bins" and self._free:
                whole &= [contract not in self._free for contract in self.texts("contract")]
            rows = np.where(whole, wanted, rows)
        return Ragged(numbers, rows, counts // np.maximum(rows, 1))

    def groups(self, name: str) -> list[dict[str, Any]]:
        """Return a field of fields that belong together."""
        columns = []
        for inner, kind in self._kinds[name].items():
            feature = f"{name}/{inner}"
            if kind == "text":
                columns.append(self.texts(feature))
            else:
                dtype = np.float32 if kind in FLOATS else np.int64
                columns.append(_ones(feature, *self._flat(feature, kind, dtype)).tolist())
        return [dict(zip(self._kinds[name], values, strict=True)) for values in zip(*columns, strict=True)]

    def _column(self, name: str) -> list[Any]:
        place = self._order[name]
        return [content[place] for content in self._contents]

    def _flat(self, name: str, kind: str, dtype: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of all samples, and the count of each sample, int64 [B]."""
        if kind not in FLOATS:
            return self._whole_numbers(name, dtype)
        values = self._column(name)
        sizes = np.fromiter(map(len, values), np.int64, len(values))
        if (sizes % 4).any():
            raise _unfit(name, np.flatnonzero(sizes % 4).tolist())
        return np.frombuffer(b"".join(values), "<f4").astype(dtype, copy=False), sizes // 4

    def _whole_numbers(self, name: str, dtype: Any) -> tuple[np.ndarray, np.ndarray]:
        if self._integers is None:
            self._integers = self._all_whole_numbers()
        flat, counts = self._integers[name]
        limits = np.iinfo(dtype)
        if len(flat) and not limits.min <= flat.min() <= flat.max() <= limits.max:
            beyond = (flat < limits.min) | (flat > limits.max)
            raise _unfit(name, np.unique(np.repeat(np.arange(len(counts)), counts)[beyond]).tolist())
        return flat.astype(dtype, copy=False), counts

    def _all_whole_numbers(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Parse all features of whole numbers at once, and return feature -> the numbers of all samples, and the count of each
        sample."""
        names = [name for name, kind in flat(self._kinds).items() if kind not in FLOATS and kind != "text"]
        values = [value for name in names for value in self._column(name)]
        sizes = np.fromiter(map(len, values), np.int64, len(values))
        data = np.frombuffer(b"".join(values), np.uint8)
        ends, samples = np.cumsum(sizes), len(self._contents)
        before = np.append(0, np.cumsum(data < 128))
        is_cut = (sizes > 0) & (data[ends - 1] > 127) if len(data) else sizes < 0
        try:
            if is_cut.any():
                raise ValueError
            numbers = varints(data)
        except ValueError:
            wrong = {i: value for i, value in enumerate(values) if not _are_varints(value)}
            raise UnfitError({i % samples: _says(names[i // samples]) for i in wrong}) from None
        counts = (before[ends] - before[ends - sizes]).reshape(len(names), samples)
        starts = np.append(0, np.cumsum(counts.sum(axis=1))).tolist()
        return {name: (numbers[starts[f] : starts[f + 1]], counts[f]) for f, name in enumerate(names)}


def _ones(name: str, numbers: np.ndarray, counts: np.ndarray) -> np.ndarray:
    if (counts != 1).any():
        raise _unfit(name, np.flatnonzero(counts != 1).tolist())
    return numbers


def _unfit(name: str, samples: list[int]) -> UnfitError:
    return UnfitError(dict.fromkeys(samples, _says(name)))


def _says(name: str) -> str:
    return f"feature {name} has another kind than in the manifest"


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _are_varints(value: bytes) -> bool:
    try:
        whole_numbers(value)
    except FormatError:
        return False
    return True
