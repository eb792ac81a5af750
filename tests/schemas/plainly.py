"""Chains worked out again, one step at a time, without a line of vladata's transforms: what the schemas are held against.

Everything is a list of rows of Python floats; rotations are scipy's. Slow, and as literal as the operations' definitions in
docs/schemas.md and in the YAML.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

Rows = list[list[float]]


def chain(operations: Any, columns: Mapping[str, Any], length: int) -> tuple[list[int], Rows]:
    """The numbers of the steps that are left, and their actions."""
    state: dict[str, Any] = {"left": list(range(length)), "registers": {}, "columns": columns}
    for operation in operations:
        result = globals()[f"_{operation.op}"](operation, state)
        if result is not None:
            state["registers"][operation.writes or ""] = result
    return state["left"], state["registers"][""]


def read(text: str, state: Mapping[str, Any]) -> Rows:
    found = re.fullmatch(r"(.+?)(?:\[([^\[\]]+)\])?", text)
    assert found
    path, picks = found.groups()
    if path in state["registers"]:
        rows = state["registers"][path]
    else:
        values = state["columns"][path]
        rows = [[float(v) for v in np.atleast_1d(values[t])] for t in state["left"]]
    if picks is None:
        return [list(row) for row in rows]
    if ":" in picks:
        start, stop = (int(end) if end.strip() else None for end in picks.split(":"))
        return [row[start:stop] for row in rows]
    return [[row[int(i)] for i in picks.split(",")] for row in rows]


def keep(positions: list[int], state: dict[str, Any]) -> None:
    state["left"] = [state["left"][i] for i in positions]
    state["registers"] = {name: [rows[i] for i in positions] for name, rows in state["registers"].items()}


def _concat(op: Any, state: Any) -> Rows:
    parts = [read(text, state) for text in op.of]
    return [[x for part in parts for x in part[t]] for t in range(len(state["left"]))]


def _const(op: Any, state: Any) -> Rows:
    return [[op.value] * op.width for _ in state["left"]]


def _cast(op: Any, state: Any) -> Rows:
    return read(op.input, state)


def _affine(op: Any, state: Any) -> Rows:
    rows = read(op.input, state)
    scales = read(op.scale, state) if isinstance(op.scale, str) else [op.scale] * len(rows)

    def pick(numbers: Any, i: int) -> float:
        return numbers if isinstance(numbers, float) else numbers[i if len(numbers) > 1 else 0]

    return [
        [pick(scale, i) * x + pick(op.offset, i) for i, x in enumerate(row)]
        for row, scale in zip(rows, scales, strict=True)
    ]


def _clip(op: Any, state: Any) -> Rows:
    return [[min(max(x, op.low), op.high) for x in row] for row in read(op.input, state)]


def _threshold(op: Any, state: Any) -> Rows:
    return [[op.above if x > op.at else op.below for x in row] for row in read(op.input, state)]


def _invert_gripper(op: Any, state: Any) -> Rows:
    return [[1 - x for x in row] for row in read(op.input, state)]


def _rel2abs_gripper(op: Any, state: Any) -> Rows:
    commands = [1 if row[0] < -0.1 else -1 if row[0] > 0.1 else 0 for row in read(op.input, state)]
    now = next((-command for command in commands if command), 1)
    out = []
    for command in commands:
        now = command or now
        out.append([(now + 1) / 2])
    return out


def _binarize_gripper(op: Any, state: Any) -> Rows:
    rows = [list(row) for row in read(op.input, state)]
    for column in range(len(rows[0]) if rows else 0):
        carried = rows[-1][column]
        for t in reversed(range(len(rows))):
            value = rows[t][column]
            carried = 1.0 if value > 0.95 else 0.0 if value < 0.05 else carried
            rows[t][column] = carried
    return rows


def _difference(a: list[float], b: list[float], rotation: str) -> list[float]:
    plain = [x - y for x, y in zip(a, b, strict=True)]
    if rotation == "wrap_pi":
        plain[-3:] = [(x + math.pi) % (2 * math.pi) - math.pi for x in plain[-3:]]
    if rotation == "compose":
        turn = Rotation.from_euler("xyz", b[-3:]).inv() * Rotation.from_euler("xyz", a[-3:])
        plain[-3:] = turn.as_euler("xyz").tolist()
    return plain


def _delta_to_next(op: Any, state: Any) -> Rows:
    rows = read(op.input, state)
    out = [_difference(rows[t + 1], rows[t], op.rotation) for t in range(len(rows) - 1)]
    assert op.tail == "drop", "the shipped schemas use no other"
    keep(list(range(len(out))), state)
    return out


def _subtract(op: Any, state: Any) -> Rows:
    pairs = zip(read(op.input, state), read(op.minus, state), strict=True)
    return [_difference(a, b, op.rotation) for a, b in pairs]


def _rotation(row: list[float], kind: str) -> Any:
    if kind.startswith("euler_"):
        _, axes, frame = kind.split("_")
        return Rotation.from_euler(axes if frame == "extrinsic" else axes.upper(), row)
    if kind == "rotvec":
        return Rotation.from_rotvec(row)
    assert kind == "quat_xyzw", f"the shipped schemas use no {kind}"
    return Rotation.from_quat(row)


def _convert_rotation(op: Any, state: Any) -> Rows:
    assert op.to == "euler_xyz_extrinsic", "the shipped schemas want no other"
    return [_rotation(row, op.source).as_euler("xyz").tolist() for row in read(op.input, state)]


def _rotate_frame(op: Any, state: Any) -> Rows:
    assert (op.frame, op.inverse) == ("yaw", True), "the shipped schemas use no other"
    out = []
    for (x, y), (yaw,) in zip(read(op.input, state), read(op.angle, state), strict=True):
        c, s = math.cos(yaw), math.sin(yaw)
        out.append([c * x + s * y, -s * x + c * y])
    return out


def _episode_scale(op: Any, state: Any) -> Rows:
    a, p = read(op.of, state), read(op.per, state)
    return [[math.dist(a[0], [0] * len(a[0])) / math.dist(p[1], p[0])]] * len(a)


def _drop_steps(op: Any, state: Any) -> None:
    keep(list(range(op.first, len(state["left"]) - op.last)), state)


def _stride(op: Any, state: Any) -> None:
    keep(list(range(0, len(state["left"]), op.factor)), state)


def _filter_episode(op: Any, state: Any) -> None:
    (test,) = op.keep
    assert (test.path, test.test) == ("$length", "gt"), "the shipped schemas ask nothing else"
    if not len(state["left"]) > test.value:
        keep([], state)
