"""The form of the rotation in a chain's action, as far as the operations give it.

convert_rotation names the form of its result; a difference with `rotation: compose` is roll, pitch and yaw as
vladata/transforms/rotations.py defines them. Only rotations that reach the last concat count. If none or two forms reach it, the
form is not known.
"""

from collections.abc import Sequence

from vladata.spec.motion import ConvertRotation, DeltaToNext, RotateFrame, Subtract
from vladata.spec.operations import Operation
from vladata.spec.references import parse

ROLL_PITCH_YAW = "euler_xyz_extrinsic"


def rotation_made(operations: Sequence[Operation]) -> str | None:
    """Return the one form that reaches the action, or None."""
    *before, last = operations
    wanted, found = _registers(last), set()
    for operation in reversed(before):
        if operation.writes not in wanted:
            continue
        wanted.discard(operation.writes)
        if form := _form(operation):
            found.add(form)
        else:
            wanted |= _registers(operation)
    return found.pop() if len(found) == 1 else None


def _registers(operation: Operation) -> set[str | None]:
    """Return the registers from which an operation takes its values."""
    read = (
        [operation.input] if isinstance(operation, RotateFrame) else [text for _, text in operation.reads()]
    )
    references = [reference for text in read if (reference := parse(text))]
    return {reference.path for reference in references if reference.is_register}


def _form(operation: Operation) -> str | None:
    if isinstance(operation, ConvertRotation):
        return operation.to
    is_composed = isinstance(operation, DeltaToNext | Subtract) and operation.rotation == "compose"
    return ROLL_PITCH_YAW if is_composed else None
