"""The run of an action chain: its operations, in order, over a table.

The rule of each operation is in its own file; this file only reads its columns from the table and writes its result.
`OPERATIONS` has all of ours: name in the YAML -> function. Other packages may add more (added.py).
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from vladata.errors import SourceError
from vladata.spec import arithmetic, motion, selection
from vladata.spec.dataset import ActionChain
from vladata.transforms.added import run_added
from vladata.transforms.affine import affine
from vladata.transforms.binarize_gripper import binarize_gripper
from vladata.transforms.cast import cast
from vladata.transforms.clip import clip
from vladata.transforms.concat import concat
from vladata.transforms.conditions import OF_TEXTS, of_numbers, of_texts
from vladata.transforms.const import const
from vladata.transforms.convert_rotation import convert_rotation
from vladata.transforms.decode_text import decode_utf8
from vladata.transforms.delta_to_next import delta_to_next
from vladata.transforms.drop_steps import drop_steps
from vladata.transforms.episode_scale import episode_scale
from vladata.transforms.filter_episode import filter_episode
from vladata.transforms.filter_steps import filter_steps
from vladata.transforms.invert_gripper import invert_gripper
from vladata.transforms.rel2abs_gripper import rel2abs_gripper
from vladata.transforms.rotate_frame import about_z, rotate_frame
from vladata.transforms.rotations import to_matrices, width
from vladata.transforms.stride import stride
from vladata.transforms.subtract import subtract
from vladata.transforms.table import ACTION, Table
from vladata.transforms.threshold import threshold


def run_chain(chain: ActionChain, table: Table) -> np.ndarray:
    """Run the chain and return the action, float32 [T, D], of the steps that `table` has left afterwards."""
    for operation in chain.operations:
        OPERATIONS.get(operation.op, run_added)(operation, table)
    action = table.registers[ACTION]
    if action.shape[1] != len(chain.names):
        raise SourceError(
            "the chain gives another number of columns than its names",
            where=table.where,
            got=f"{action.shape[1]} columns",
            allowed=f"{len(chain.names)}: {', '.join(chain.names)}",
        )
    return cast(action)


def _affine(op: arithmetic.Affine, table: Table) -> None:
    x = table.read(op.input)
    scale = table.read(op.scale) if isinstance(op.scale, str) else op.scale
    for factors in (scale, op.offset):
        if isinstance(factors, tuple | np.ndarray) and np.shape(factors)[-1] not in (1, x.shape[1]):
            raise SourceError(
                f'affine needs one number, or one for each column of "{op.input}"',
                where=table.where,
                got=np.shape(factors)[-1],
                allowed=" or ".join(dict.fromkeys(("1", str(x.shape[1])))),
            )
    table.write(op.output, affine(x, scale, op.offset))


def _const(op: arithmetic.Const, table: Table) -> None:
    table.write(op.output, const(len(table), op.value, op.width))


def _concat(op: arithmetic.Concat, table: Table) -> None:
    table.write(op.output, concat([table.read(reference) for reference in op.of]))


def _clip(op: arithmetic.Clip, table: Table) -> None:
    table.write(op.output, clip(table.read(op.input), op.low, op.high))


def _threshold(op: arithmetic.Threshold, table: Table) -> None:
    table.write(op.output, threshold(table.read(op.input), op.at, op.above, op.below))


def _delta_to_next(op: motion.DeltaToNext, table: Table) -> None:
    s = table.read(op.input)
    _turns(op, s, table)
    recorded = table.read(op.recorded) if op.recorded else None
    if recorded is not None:
        table.same_width(recorded, s, f'"{op.recorded}" cannot replace the last delta of "{op.input}"')
    deltas = delta_to_next(s, op.rotation, op.tail, recorded)
    if op.tail == "drop":
        table.cut(0, len(deltas), op.rule)
    table.write(op.output, deltas)


def _turns(op: motion.DeltaToNext | motion.Subtract, x: np.ndarray, table: Table) -> None:
    """Raise SourceError unless `x` has the angles that the operation's `rotation` needs."""
    if op.rotation != "none":
        what = f'rotation: {op.rotation} of "{op.input}" needs roll, pitch and yaw, alone or after x, y and z'
        _has_width(x, (3, 6), what, table)


def _has_width(x: np.ndarray, widths: tuple[int, ...], what: str, table: Table) -> None:
    if x.shape[1] not in widths:
        got, allowed = f"{x.shape[1]} columns", " or ".join(map(str, widths))
        raise SourceError(what, where=table.where, got=got, allowed=allowed)


def _subtract(op: motion.Subtract, table: Table) -> None:
    a, b = table.read(op.input), table.read(op.minus)
    _turns(op, a, table)
    table.same_width(a, b, f'"{op.minus}" cannot be subtracted from "{op.input}"')
    table.write(op.output, subtract(a, b, op.rotation))


def _convert_rotation(op: motion.ConvertRotation, table: Table) -> None:
    x = table.read(op.input)
    _has_width(x, (width(op.source),), f'"{op.input}" is not a rotation of the form {op.source}', table)
    table.write(op.output, convert_rotation(x, op.source, op.to))


def _rotate_frame(op: motion.RotateFrame, table: Table) -> None:
    x = table.read(op.input)
    widths = (2, 3) if op.frame == "yaw" else (3,)
    _has_width(x, (*widths, 6), f'"{op.input}" is not a motion that rotate_frame can turn', table)
    table.write(op.output, rotate_frame(x, _frame(op, table), op.inverse))


def _frame(op: motion.RotateFrame, table: Table) -> np.ndarray:
    """Return the rotations R, [T or 1, 3, 3]."""
    if op.angle:
        yaw = table.read(op.angle)
        _has_width(yaw, (1,), f'"{op.angle}" is not an angle', table)
        return about_z(yaw)
    if op.rotation and op.source:
        turn = table.read(op.rotation)
        _has_width(
            turn, (width(op.source),), f'"{op.rotation}" is not a rotation of the form {op.source}', table
        )
        return to_matrices(turn, op.source)
    return np.array(op.matrix).reshape(1, 3, 3)


def _episode_scale(op: motion.EpisodeScale, table: Table) -> None:
    table.write(op.output, episode_scale(table.read(op.of), table.read(op.per)))


def _drop_steps(op: selection.DropSteps, table: Table) -> None:
    table.cut(*drop_steps(len(table), op.first, op.last), op.rule)


def _stride(op: selection.Stride, table: Table) -> None:
    table.choose(stride(len(table), op.factor), op.rule)


def _filter_steps(op: selection.FilterSteps, table: Table) -> None:
    table.choose(filter_steps([answers(test, table) for test in op.drop]), op.rule)


def _filter_episode(op: selection.FilterEpisode, table: Table) -> None:
    if len(table) and not filter_episode([(answers(test, table), test.step) for test in op.keep]):
        table.drop_all(op.rule)


def answers(test: selection.Test, table: Table) -> np.ndarray:
    """Return bool [T], True for each step that passes the test; bool [1] for a value that the episode has once."""
    if test.path == selection.LENGTH:
        return of_numbers(test.test, np.array([[float(len(table))]]), test.value)
    path = table.references[test.path].path
    once = path in table.values
    if test.test in OF_TEXTS:
        texts = [table.values[path]] if once else table.steps(path)
        return of_texts(test.test, decode_utf8(texts, table.where), test.value)
    return of_numbers(test.test, (table.value if once else table.read)(test.path), test.value)


def _each(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[Any, Table], None]:
    """Return the function that runs an operation with `in`, `out` and no settings."""

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
    "convert_rotation": _convert_rotation,
    "delta_to_next": _delta_to_next,
    "drop_steps": _drop_steps,
    "episode_scale": _episode_scale,
    "filter_episode": _filter_episode,
    "filter_steps": _filter_steps,
    "invert_gripper": _each(invert_gripper),
    "rel2abs_gripper": _each(rel2abs_gripper),
    "rotate_frame": _rotate_frame,
    "stride": _stride,
    "subtract": _subtract,
    "threshold": _threshold,
}
