"""Runs the operations of a chain, in order, over a table.

What an operation computes is told in its own file; here is only which references it reads and what becomes of its
result. `OPERATIONS` is the whole of it: the name in the YAML -> the function that does it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from vladata.errors import SourceError
from vladata.spec import operations as declared
from vladata.spec.dataset import ActionChain
from vladata.transforms.affine import affine
from vladata.transforms.binarize_gripper import binarize_gripper
from vladata.transforms.cast import cast
from vladata.transforms.clip import clip
from vladata.transforms.concat import concat
from vladata.transforms.const import const
from vladata.transforms.delta_to_next import delta_to_next
from vladata.transforms.drop_steps import drop_steps
from vladata.transforms.invert_gripper import invert_gripper
from vladata.transforms.rel2abs_gripper import rel2abs_gripper
from vladata.transforms.table import ACTION, Table


def run_chain(chain: ActionChain, table: Table) -> np.ndarray:
    """The action, float32 [T, D], of the steps that `table` has left afterwards."""
    for operation in chain.operations:
        OPERATIONS[operation.op](operation, table)
    action = table.registers[ACTION]
    if action.shape[1] != len(chain.names):
        raise SourceError(
            "the chain's result and its names do not fit together",
            where=table.where,
            got=f"{action.shape[1]} columns",
            allowed=f"{len(chain.names)}: {', '.join(chain.names)}",
        )
    return cast(action)


def _affine(op: declared.Affine, table: Table) -> None:
    x = table.read(op.input)
    scale = table.read(op.scale) if isinstance(op.scale, str) else op.scale
    for factors in (scale, op.offset):
        if isinstance(factors, tuple | np.ndarray) and np.shape(factors)[-1] not in (1, x.shape[1]):
            raise SourceError(
                f'affine has other numbers than "{op.input}" has columns',
                where=table.where,
                got=np.shape(factors)[-1],
                allowed=f"one, or {x.shape[1]}",
            )
    table.write(op.output, affine(x, scale, op.offset))


def _const(op: declared.Const, table: Table) -> None:
    table.write(op.output, const(len(table), op.value, op.width))


def _concat(op: declared.Concat, table: Table) -> None:
    table.write(op.output, concat([table.read(reference) for reference in op.of]))


def _clip(op: declared.Clip, table: Table) -> None:
    table.write(op.output, clip(table.read(op.input), op.low, op.high))


def _delta_to_next(op: declared.DeltaToNext, table: Table) -> None:
    s = table.read(op.input)
    if op.rotation != "none" and s.shape[1] not in (3, 6):
        raise SourceError(
            f'rotation: {op.rotation} of "{op.input}" needs roll, pitch and yaw, alone or after x, y and z',
            where=table.where,
            got=f"{s.shape[1]} columns",
            allowed="3 or 6",
        )
    recorded = table.read(op.recorded) if op.recorded else None
    if recorded is not None:
        table.same_width(recorded, s, f'"{op.recorded}" cannot stand in for the last delta of "{op.input}"')
    deltas = delta_to_next(s, op.rotation, op.tail, recorded)
    if op.tail == "drop":
        table.cut(0, len(deltas), op.rule)
    table.write(op.output, deltas)


def _drop_steps(op: declared.DropSteps, table: Table) -> None:
    table.cut(*drop_steps(len(table), op.first, op.last), op.rule)


def _each(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[Any, Table], None]:
    """What runs an operation that has an `in`, an `out` and no settings."""

    def run(op: Any, table: Table) -> None:
        table.write(op.output, function(table.read(op.input)))

    return run


OPERATIONS: Mapping[str, Callable[[Any, Table], None]] = {
    "affine": _affine,
    "binarize_gripper": _each(binarize_gripper),
    "cast": _each(cast),
    "clip": _clip,
    "concat": _concat,
    "const": _const,
    "delta_to_next": _delta_to_next,
    "drop_steps": _drop_steps,
    "invert_gripper": _each(invert_gripper),
    "rel2abs_gripper": _each(rel2abs_gripper),
}
