"""What a codec is given to encode, checked: actions that are numbers, and flags that are 0 or 1."""

from collections.abc import Sequence

import numpy as np

from vladata.errors import CodecError


def as_float32(actions: np.ndarray) -> np.ndarray:
    """The actions as float32; CodecError where they are no numbers."""
    values = np.asarray(actions)
    if values.dtype == np.float32:
        return values
    try:
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused as that
            return values.astype(np.float32)
    except (TypeError, ValueError):
        raise CodecError("actions are not numbers", got=str(values.dtype), allowed="float32") from None


def finite(values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """The values, all of them finite. names: of their last axis."""
    if not np.isfinite(values).all():
        at = np.argwhere(~np.isfinite(values))[0]
        hint = "Leave such steps out: a bin for them would be invented."
        where = place(at, names)
        raise CodecError("an action is not finite", where=where, got=float(values[tuple(at)]), hint=hint)
    return values


def flags(ends: np.ndarray) -> np.ndarray:
    """bool, from bool or 0 and 1."""
    found: np.ndarray = ends == 1
    other = ~(found | (ends == 0))
    if other.any():
        at = np.argwhere(other)[0]
        got, allowed = ends[tuple(at)].item(), "1 = the end, 0 = go on"
        raise CodecError("terminate is neither 0 nor 1", where=place(at, ()), got=got, allowed=allowed)
    return found


def place(at: np.ndarray, names: Sequence[str]) -> str:
    """ "row 3, dz", or "dz" where there are no rows; without names all of `at` is the row."""
    found = at.tolist()
    dimension = [names[found.pop()]] if names else []
    row = [f"row {', '.join(map(str, found))}"] if found else []
    return ", ".join(row + dimension)
