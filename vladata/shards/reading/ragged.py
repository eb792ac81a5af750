"""Numbers of many samples with different counts: one array for all, and the counts by which it is cut.

FieldsOf is the common interface of the two forms of samples, JSON and tf.Example: it returns a field of all samples of a batch
at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


class UnfitError(Exception):
    """Samples of a batch do not have their declared fields. says: position in the batch -> what is wrong."""

    def __init__(self, says: Mapping[int, str]) -> None:
        assert says, "an UnfitError names samples"
        super().__init__(next(iter(says.values())))
        self.says = says


@dataclass(frozen=True, eq=False)
class Ragged:
    """A field of numbers of B samples.

    flat:  numbers [sum of rows * width], sample after sample, row after row.
    rows:  int64 [B], number of rows of each sample; 0 where it has no numbers.
    width: int64 [B], numbers in each row of a sample; 0 where it has no numbers.
    """

    flat: np.ndarray
    rows: np.ndarray
    width: np.ndarray

    def into(self, out: np.ndarray, name: str) -> None:
        """Write each sample's rows to the beginning of its part of `out` [B, H, W]. Raises UnfitError if there are too many."""
        _, most_rows, most = out.shape
        beyond = np.flatnonzero((self.rows > most_rows) | (self.width > most))
        if len(beyond):
            raise UnfitError({int(i): self._beyond(int(i), name, most_rows, most) for i in beyond})
        if not len(self.flat):
            return
        rows, width = int(self.rows[0]), int(self.width[0])
        if (self.rows == rows).all() and (self.width == width).all():
            out[:, :rows, :width] = self.flat.reshape(len(out), rows, width)
            return
        sizes = self.rows * self.width
        sample = np.repeat(np.arange(len(out)), sizes)
        within = np.arange(len(self.flat)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        row, column = np.divmod(within, self.width[sample])
        out[sample, row, column] = self.flat

    def _beyond(self, i: int, name: str, rows: int, width: int) -> str:
        return f"{name} has {self.rows[i]} rows of {self.width[i]}, but the manifest allows at most {rows} of {width}"


class FieldsOf(Protocol):
    """The fields of B samples. Each method raises UnfitError for samples without such a field."""

    def texts(self, name: str) -> list[str]:
        """Return a field of text."""

    def numbers(self, name: str, dtype: Any) -> np.ndarray:
        """Return a field of one number, [B]."""

    def ragged(self, name: str, dtype: Any) -> Ragged:
        """Return a field of several numbers, with or without rows."""

    def groups(self, name: str) -> list[dict[str, Any]]:
        """Return a field of fields that belong together."""
