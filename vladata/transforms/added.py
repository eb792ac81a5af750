"""The call of an operation of another package, with checks of its result.

The operation gets read-only float columns [T, W] and returns numbers [T, W'], or bool [T] if it removes steps. Any other result,
and any exception, is an error that names the operation and the episode. Values that are not finite pass, as in our operations.
"""

from typing import Any

import numpy as np

from vladata.errors import PluginError
from vladata.spec.added import AddedColumns, AddedCut
from vladata.transforms.table import Table


def run_added(op: AddedColumns | AddedCut, table: Table) -> None:
    """Compute the operation `op`, and write its result to a register of the table or remove the steps that it rejects."""
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
    except Exception as fault:  # foreign code may raise anything
        got = f"{type(fault).__name__}: {fault}"
        raise PluginError(
            f"the operation {op.op} of another package failed", where=table.where, got=got
        ) from fault


def _misfit(op: Any, made: np.ndarray, allowed: str, table: Table) -> PluginError:
    what, got = (
        f"the operation {op.op} of another package returned a wrong result",
        f"{made.dtype} {list(made.shape)}",
    )
    return PluginError(what, where=table.where, got=got, allowed=allowed)
