"""Runs an operation of another package, and holds it to what an operation promises.

It gets float columns [T, W] that it cannot write into, and gives numbers [T, W'], or of a cut bool [T]. Whatever it raises,
and whatever else it gives, is an error that names it and the episode. What is not finite goes through, as with ours.
"""

from typing import Any

import numpy as np

from vladata.errors import PluginError
from vladata.spec.added import AddedColumns, AddedCut
from vladata.transforms.table import Table


def run_added(op: AddedColumns | AddedCut, table: Table) -> None:
    """Compute what `op` says, and write or cut the table by it."""
    columns = [_sealed(table.read(text)) for _, text in op.reads()]
    if isinstance(op, AddedCut):
        kept = _made(op, op.keep, columns, table)
        if kept.dtype != np.bool_ or kept.shape != (len(table),):
            raise _misfit(op, kept, f"bool [{len(table)}], one for each step", table)
        table.choose(np.flatnonzero(kept), op.rule)
        return
    made = _made(op, op.apply, columns, table)
    if made.dtype.kind not in "fiub" or made.ndim != 2 or len(made) != len(table) or not made.shape[1]:
        raise _misfit(op, made, f"numbers [{len(table)}, columns], a row for each step", table)
    table.write(op.output, made if made.dtype.kind == "f" else made.astype(np.float32))


def _sealed(column: np.ndarray) -> np.ndarray:
    view = column.view()
    view.flags.writeable = False
    return view


def _made(op: Any, compute: Any, columns: list[np.ndarray], table: Table) -> np.ndarray:
    try:
        return np.asarray(compute(*columns))
    except Exception as fault:  # whatever the code of somebody else does
        got = f"{type(fault).__name__}: {fault}"
        raise PluginError(
            f"the operation {op.op} of another package fails", where=table.where, got=got
        ) from fault


def _misfit(op: Any, made: np.ndarray, allowed: str, table: Table) -> PluginError:
    what, got = (
        f"the operation {op.op} of another package gives something else",
        f"{made.dtype} {list(made.shape)}",
    )
    return PluginError(what, where=table.where, got=got, allowed=allowed)
