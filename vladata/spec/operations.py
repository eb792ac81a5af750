"""The operations of an action chain, as they are declared: one frozen model each, told apart by `op`.

`vladata/transforms/` has the rule and the code of each operation in a file of the same name. A chain is an
ordered list of operations; the last is a `concat` that gives the action. Operations read fields of the data and
registers ("$g") and write registers. The operations of `selection.py`, and `delta_to_next` with `tail: drop`, make the episode
shorter, all its columns and registers together. Installed packages add further operations (added.py).
"""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Annotated, Any, get_args

from pydantic import Field

from vladata.plugins import PluginTable
from vladata.spec.added import AddedColumns, AddedCut, wrong
from vladata.spec.arithmetic import (
    Affine,
    BinarizeGripper,
    Cast,
    Clip,
    Concat,
    Const,
    InvertGripper,
    Rel2AbsGripper,
    Threshold,
)
from vladata.spec.motion import ConvertRotation, DeltaToNext, EpisodeScale, RotateFrame, Subtract
from vladata.spec.operation_base import Reads
from vladata.spec.references import parse
from vladata.spec.selection import DropSteps, FilterEpisode, FilterSteps, Stride

_Ours = (
    Concat
    | Const
    | Cast
    | Affine
    | Clip
    | Threshold
    | InvertGripper
    | Rel2AbsGripper
    | BinarizeGripper
    | DeltaToNext
    | Subtract
    | ConvertRotation
    | RotateFrame
    | EpisodeScale
    | DropSteps
    | Stride
    | FilterEpisode
    | FilterSteps
)

OURS: dict[str, type[Any]] = {
    get_args(model.model_fields["op"].annotation)[0]: model for model in get_args(_Ours)
}
OPERATIONS: PluginTable[type[Any]] = PluginTable("operation", "vladata.operations", OURS, wrong)
"""Name -> model, ours and those of installed packages."""


class _OperationUnion:
    """A union that is made anew for each model of a chain, since the table of operations may have grown."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        return handler(Annotated[reduce(or_, OPERATIONS.values()), Field(discriminator="op")])


Operation = Annotated[_Ours | AddedColumns | AddedCut, _OperationUnion()]
"""The operation that `op` names."""


def chain_problems(operations: tuple[Operation, ...]) -> Reads:
    """Return the mistakes in the order of a chain, as (path below `operations`, text)."""
    found: Reads = []
    written: set[str] = set()
    for i, operation in enumerate(operations):
        for path, text in operation.reads():
            reference = parse(text)
            if reference and reference.is_register and reference.path not in written:
                found.append(((i, *path), _unwritten(reference.path, written)))
        if operation.writes:
            written.add(operation.writes)
    return found + _unread(operations) + _misplaced(operations)


def _unwritten(register: str, written: set[str]) -> str:
    known = (
        f"registers written before: {', '.join(sorted(written))}"
        if written
        else "no register is written before"
    )
    return f'got "{register}", which no earlier operation writes; {known}'


def _unread(operations: tuple[Operation, ...]) -> Reads:
    """Return a problem for each register that no later operation reads. Nearly always the concat lacks it by mistake."""
    found: Reads = []
    for i, operation in enumerate(operations):
        later = {ref.path for op in operations[i + 1 :] for _, text in op.reads() if (ref := parse(text))}
        if operation.writes and operation.writes not in later:
            found.append(((i, "out"), f'got "{operation.writes}", which no later operation reads'))
    return found


def _misplaced(operations: tuple[Operation, ...]) -> Reads:
    """Return a problem for each operation in a wrong place.

    A chain ends with the one concat that has no `out`; gripper commands are integrated before steps are dropped.
    """
    found: Reads = []
    last = len(operations) - 1
    for i, operation in enumerate(operations):
        gives_action = isinstance(operation, Concat) and operation.output is None
        if i == last and not gives_action:
            found.append(
                ((i, "op"), f'got "{operation.op}"; a chain ends with a concat without "out": the action')
            )
        if i < last and gives_action:
            found.append(((i, "out"), 'is missing; only the last concat of a chain has no "out"'))
        lossy = [op.op for op in operations[:i] if _loses_commands(op)]
        if isinstance(operation, Rel2AbsGripper) and lossy:
            says = f"runs after {lossy[0]}: commands in the dropped steps are lost; put it before"
            found.append(((i, "op"), says))
    return found


def _loses_commands(operation: Operation) -> bool:
    """Return True if the operation removes steps that later steps follow: the gripper commands in them would be lost."""
    return isinstance(operation, Stride | FilterSteps | AddedCut) or (
        isinstance(operation, DropSteps) and operation.first > 0
    )
