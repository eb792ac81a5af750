"""The episode while a chain runs over it: its columns, the registers, and the steps that are left.

A table is the only object of this folder that changes; it is made and thrown away within one call. As long as the steps that are
left are adjacent, they are a slice, and columns are read as views; after a stride or a filter they are positions. Registers
lose removed steps at once, so everything that can be read has the same length.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from vladata.errors import SourceError
from vladata.footage import Footage
from vladata.records import Column, Dropped
from vladata.spec.references import Reference
from vladata.transforms.select_columns import select_columns


class Table:
    """An episode while a chain runs over it.

    columns:    the columns of the raw episode.
    values:     the values of the episode outside its steps.
    references: every reference that is read -> the field or register and its columns.
    left:       the steps of `columns` that are left, a slice or int64 positions.
    registers:  name -> [T, W], T the number of steps that are left.
    dropped:    the rules that removed steps, in order.
    where:      the place that errors name.
    """

    __slots__ = ("_count", "columns", "dropped", "left", "references", "registers", "values", "where")

    def __init__(
        self,
        columns: Mapping[str, Column],
        references: Mapping[str, Reference],
        length: int,
        where: str,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        self.columns, self.references, self.where = columns, references, where
        self.values = values or {}
        self.left: slice | np.ndarray = slice(0, length)
        self._count = length
        self.registers: dict[str, np.ndarray] = {}
        self.dropped: list[Dropped] = []

    def __len__(self) -> int:
        return self._count

    def read(self, reference: str) -> np.ndarray:
        """Return float [T, W], the columns that `reference` selects, for the steps that are left."""
        found = self.references[reference]
        register = self.registers.get(found.path)
        column = self.steps(found.path) if register is None else register
        return select_columns(column, found.columns, reference, self.where)

    def value(self, reference: str) -> np.ndarray:
        """Return float [1, W], the columns that `reference` selects of a value outside the steps."""
        found = self.references[reference]
        row = np.asarray(self.values[found.path])[np.newaxis]
        return select_columns(row, found.columns, reference, self.where)

    def steps(self, path: str) -> Column:
        """Return the whole column `path`, for the steps that are left."""
        column = self.columns[path]
        if isinstance(column, np.ndarray | Footage):
            return column[self.left]
        if isinstance(self.left, slice):
            return column[self.left]
        return [column[i] for i in self.left.tolist()]

    def write(self, register: str | None, values: np.ndarray) -> None:
        """Put `values` [T, W] into `register`; None means the action, at the end of a chain."""
        self.registers[register or ACTION] = values

    def drop_all(self, rule: str) -> None:
        """Remove all steps that are left, and count them as a whole episode removed by `rule`."""
        self.dropped.append(Dropped(rule, len(self), whole=True))
        self.registers = {name: values[:0] for name, values in self.registers.items()}
        self.left, self._count = slice(0, 0), 0

    def cut(self, start: int, stop: int, rule: str) -> None:
        """Keep the steps from `start` up to, not including, `stop` of the steps that are left; count the others under `rule`."""
        if isinstance(self.left, slice):
            left: slice | np.ndarray = slice(self.left.start + start, self.left.start + stop)
        else:
            left = self.left[start:stop]
        self._keep(left, slice(start, stop), stop - start, rule)

    def choose(self, positions: np.ndarray, rule: str) -> None:
        """Keep the steps at `positions` (int64, rising) among the steps that are left; count the others under `rule`."""
        left = self.left.start + positions if isinstance(self.left, slice) else self.left[positions]
        self._keep(left, positions, len(positions), rule)

    def _keep(self, left: slice | np.ndarray, kept: slice | np.ndarray, count: int, rule: str) -> None:
        lost = len(self) - count
        if lost == 0:
            return
        self.registers = {name: values[kept] for name, values in self.registers.items()}
        self.left, self._count = left, count
        self.dropped.append(Dropped(rule, lost))

    def ends_at(self, step: int) -> bool:
        """Return True if the last step that is left is at position `step` of the raw columns."""
        last = self.left.stop - 1 if isinstance(self.left, slice) else int(self.left[-1]) if len(self) else -1
        return len(self) > 0 and last == step

    def same_width(self, one: np.ndarray, other: np.ndarray, says: str) -> None:
        """Raise SourceError with the text `says` unless `one` and `other` are equally wide."""
        if one.shape[1] != other.shape[1]:
            widths = f"{one.shape[1]} and {other.shape[1]} columns"
            raise SourceError(says, where=self.where, got=widths, allowed="equal numbers of columns")


ACTION = ""
"""The register that the last concat writes."""
