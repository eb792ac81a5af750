"""The meaning of the grippers of an action: `gripper` of a chain, one word, or a map for several grippers.

    gripper: open_absolute                                                  the dimension "gripper"
    gripper: {left_gripper: open_absolute, right_gripper: closing_relative} each by its dimension
    gripper: none                                                           no dimension is a gripper

A word is short for a map: `open_absolute` for {gripper: open_absolute}, `none` for {}. A spec always holds the map, with exactly
the grippers among the chain's dimensions (dimensions.py decides which dimensions those are).
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from vladata.actions.grippers import CONVENTIONS, GRIPPER, NONE
from vladata.spec.dimensions import is_gripper
from vladata.spec.operation_base import Reads
from vladata.spec.problems import choice
from vladata.spec.strict import FrozenDict, Label, says, wrong

_WORDS = (*CONVENTIONS, NONE)
_Convention: Any = Literal.__getitem__(tuple(CONVENTIONS))
_Word: Any = Literal.__getitem__(_WORDS)


def _of_each(value: Any) -> Any:
    """Return the map for which a word stands: open_absolute -> {gripper: open_absolute}."""
    if isinstance(value, str):
        if value not in _WORDS:
            raise says(choice(value, _WORDS))
        return {} if value == NONE else {GRIPPER: value}
    if not isinstance(value, Mapping):
        raise wrong(value, f"{', '.join(_WORDS)}, or a map from gripper to one of the first two")
    return dict(value)


Grippers = Annotated[
    dict[Label, _Convention],
    BeforeValidator(_of_each, json_schema_input_type=_Word | dict[Label, _Convention]),
    AfterValidator(FrozenDict),
]
"""Gripper -> convention; empty where there is none."""


def gripper_problems(grippers: Mapping[str, str], names: Sequence[str]) -> Reads:
    """Return the mistakes in a chain's grippers, as (path below the chain, text). names: the chain's dimensions."""
    there = [name for name in names if is_gripper(name)]
    form = f"{{{', '.join(f'{name}: ...' for name in there)}}}"
    if list(grippers) == [GRIPPER] and there and GRIPPER not in there:
        text = f'gives the meaning of "{GRIPPER}", and names has {", ".join(there)}; give the meaning of each: {form}'
        return [(("gripper",), text)]
    known = (
        f"the grippers among names are {', '.join(there)}"
        if there
        else "add it to names, or write gripper: none"
    )
    found: Reads = [
        (("gripper",), f'says what "{name}" means, but names has no such dimension; {known}')
        for name in grippers
        if name not in there
    ]
    allowed = "one convention" if there == [GRIPPER] else form
    found += [
        (("gripper",), f'does not give the meaning of "{name}" of names; allowed here: {allowed}')
        for name in there
        if name not in grippers
    ]
    return found
