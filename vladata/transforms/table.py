"""The episode while a chain runs over it: its columns, the registers, and the steps that are left.

The only thing in this layer that changes, made and thrown away within one call. Steps are cut by moving `start` and
`stop`, not by copying columns: whoever reads a column gets the part that is left. Registers are cut at once, so all
that can be read always has one length.
"""

from collections.abc import Mapping

import numpy as np

from vladata.errors import SourceError
from vladata.records import Column, Dropped
from vladata.spec.references import Reference
from vladata.transforms.select_columns import select_columns


class Table:
    """columns: the raw episode's; references: what every reference that is read resolves to.

    start, stop: the steps that are left, of `columns`.
    registers:   name -> [stop - start, W].
    dropped:     the rules that took steps out, in order.
    where:       for errors.
    """

    __slots__ = ("columns", "dropped", "references", "registers", "start", "stop", "where")

    def __init__(
        self, columns: Mapping[str, Column], references: Mapping[str, Reference], length: int, where: str
    ) -> None:
        self.columns, self.references, self.where = columns, references, where
        self.start, self.stop = 0, length
        self.registers: dict[str, np.ndarray] = {}
        self.dropped: list[Dropped] = []

    def __len__(self) -> int:
        return self.stop - self.start

    def read(self, reference: str) -> np.ndarray:
        """float [T, W]: what `reference` selects, in the steps that are left."""
        found = self.references[reference]
        register = self.registers.get(found.path)
        column = self.columns[found.path][self.start : self.stop] if register is None else register
        return select_columns(column, found.columns, reference, self.where)

    def write(self, register: str | None, values: np.ndarray) -> None:
        """Put `values` [T, W] into `register`; None is the action's, at the end of a chain."""
        self.registers[register or ACTION] = values

    def cut(self, start: int, stop: int, rule: str) -> None:
        """Keep steps `start` to `stop` - 1 of those that are left, and book the others under `rule`."""
        lost = len(self) - (stop - start)
        if lost == 0:
            return
        self.registers = {name: values[start:stop] for name, values in self.registers.items()}
        self.start, self.stop = self.start + start, self.start + stop
        self.dropped.append(Dropped(rule, lost))

    def same_width(self, one: np.ndarray, other: np.ndarray, says: str) -> None:
        """An error that says what does not fit, unless `one` and `other` are equally wide."""
        if one.shape[1] != other.shape[1]:
            widths = f"{one.shape[1]} and {other.shape[1]} columns"
            raise SourceError(says, where=self.where, got=widths, allowed="equally many")


ACTION = ""
"""The register that the last concat writes."""
