"""The episode while a chain runs over it: its columns, the registers, and the steps that are left.

The only thing in this layer that changes, made and thrown away within one call. While the steps that are left lie side by
side they are a slice, and whoever reads a column gets a view of it; once a stride or a filter has run they are positions.
Registers are cut at once, so all that can be read always has one length.
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
    """columns: the raw episode's; values: those that it has outside its steps.
    references: what every reference that is read resolves to.

    left:      the steps of `columns` that are left, a slice or int64 positions.
    registers: name -> [T, W], T the steps that are left.
    dropped:   the rules that took steps out, in order.
    where:     for errors.
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
        """float [T, W]: what `reference` selects, in the steps that are left."""
        found = self.references[reference]
        register = self.registers.get(found.path)
        column = self.steps(found.path) if register is None else register
        return select_columns(column, found.columns, reference, self.where)

    def value(self, reference: str) -> np.ndarray:
        """float [1, W]: what `reference` selects of a value outside the steps."""
        found = self.references[reference]
        row = np.asarray(self.values[found.path])[np.newaxis]
        return select_columns(row, found.columns, reference, self.where)

    def steps(self, path: str) -> Column:
        """A whole column, in the steps that are left."""
        column = self.columns[path]
        if isinstance(column, np.ndarray | Footage):
            return column[self.left]
        if isinstance(self.left, slice):
            return column[self.left]
        return [column[i] for i in self.left.tolist()]

    def write(self, register: str | None, values: np.ndarray) -> None:
        """Put `values` [T, W] into `register`; None is the action's, at the end of a chain."""
        self.registers[register or ACTION] = values

    def drop_all(self, rule: str) -> None:
        """Keep no step, and book all that are left under `rule`, which takes an episode whole."""
        self.dropped.append(Dropped(rule, len(self), whole=True))
        self.registers = {name: values[:0] for name, values in self.registers.items()}
        self.left, self._count = slice(0, 0), 0

    def cut(self, start: int, stop: int, rule: str) -> None:
        """Keep steps `start` to `stop` - 1 of those that are left, and book the others under `rule`."""
        if isinstance(self.left, slice):
            left: slice | np.ndarray = slice(self.left.start + start, self.left.start + stop)
        else:
            left = self.left[start:stop]
        self._keep(left, slice(start, stop), stop - start, rule)

    def choose(self, positions: np.ndarray, rule: str) -> None:
        """Keep the steps at `positions` (int64, rising) of those that are left, and book the others under `rule`."""
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
        """Whether the last step that is left is `step` of the columns."""
        last = self.left.stop - 1 if isinstance(self.left, slice) else int(self.left[-1]) if len(self) else -1
        return len(self) > 0 and last == step

    def same_width(self, one: np.ndarray, other: np.ndarray, says: str) -> None:
        """An error that says what does not fit, unless `one` and `other` are equally wide."""
        if one.shape[1] != other.shape[1]:
            widths = f"{one.shape[1]} and {other.shape[1]} columns"
            raise SourceError(says, where=self.where, got=widths, allowed="equally many")


ACTION = ""
"""The register that the last concat writes."""
