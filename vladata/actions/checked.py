"""Checks of the arguments of codecs: actions are numbers, flags are 0 or 1, every dimension has bounds."""

from collections.abc import Sequence

import numpy as np

from vladata.actions.bounds import Bounds
from vladata.actions.text import TERMINATE
from vladata.errors import CodecError

NUMBERS = "fiub"
"""numpy's letters for the kinds of numbers: float, signed, unsigned, bool; not texts, dates or complex numbers."""


def as_array(values: object, what: str) -> np.ndarray:
    """Return `values` as one array. Raises CodecError for rows of several lengths or a masked array. what: their name in
    errors."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        hint = "Leave such rows out: a masked entry has no value."
        raise CodecError(
            f"{what} are masked", got=f"{np.count_nonzero(np.ma.getmaskarray(values))} values", hint=hint
        )
    try:
        return np.asarray(values)
    except (TypeError, ValueError, OverflowError):
        got, allowed = type(values).__name__, "rows of one length"
        raise CodecError(f"{what} are not an array", got=got, allowed=allowed) from None


def as_float32(actions: object) -> np.ndarray:
    """Return the actions as float32. Raises CodecError if they are not numbers."""
    values = as_array(actions, "actions")
    if values.dtype == np.float32:
        return values
    if values.dtype.kind not in NUMBERS:
        raise CodecError("actions are not numbers", got=str(values.dtype), allowed="float32")
    with np.errstate(over="ignore"):  # values too large for float32 become infinite, and are refused as such
        return values.astype(np.float32)


def finite(values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return `values`. Raises CodecError if one of them is not finite. names: the names along the last axis."""
    if not np.isfinite(values).all():
        at = np.argwhere(~np.isfinite(values))[0]
        hint = "Leave such steps out: no bin stands for such a value."
        where = place(at, names)
        raise CodecError("an action is not finite", where=where, got=float(values[tuple(at)]), hint=hint)
    return values


def chunked(actions: object, names: Sequence[str], chunk: int) -> np.ndarray:
    """Return chunks as float32 [N, H, D], all finite; actions [N, D] become chunks of one."""
    found = as_float32(actions)
    values = found[:, np.newaxis] if chunk == 1 and found.ndim == 2 else found
    if values.ndim != 3 or values.shape[1:] != (chunk, len(names)):
        allowed = f"[N, {chunk}, {len(names)}], chunks of {chunk} actions of {' '.join(names)}"
        raise CodecError(
            "the actions have the wrong shape", got=f"shape {list(found.shape)}", allowed=allowed
        )
    return finite(values, names)


def check_ends(terminate: object, actions: object) -> None:
    """Raise CodecError if `terminate` is given and is not one flag for each of the actions [..., D]."""
    if terminate is None:
        return
    ends, shape = as_array(terminate, "flags"), as_array(actions, "actions").shape[:-1]
    if ends.shape != shape:
        allowed = f"{list(shape)}, one for each action"
        raise CodecError("terminate has the wrong shape", got=list(ends.shape), allowed=allowed)
    flags(ends, "terminate")


def check_names(names: Sequence[str], bounds: Bounds) -> None:
    """Raise CodecError if there are not as many names as bounds, a name appears twice, or one is "terminate"."""
    if len(names) != len(bounds.low):
        told = ", ".join(dict.fromkeys(bounds.source))
        got = f"{len(names)}: {' '.join(names)}"
        hint = "Give one name for each of the bounds, without terminate."
        raise CodecError(f"the bounds {told} are for {len(bounds.low)} dimensions", got=got, hint=hint)
    if len({*names, TERMINATE}) != len(names) + 1:
        raise CodecError('two dimensions have one name, or one is called "terminate"', got=" ".join(names))


FLAGS = {"terminate": "1 = the end, 0 = go on", "base_mode": "1 = the base moves, 0 = the arm does"}


def flags(values: np.ndarray, name: str) -> np.ndarray:
    """Return flags as bool. values: bool, or 0 and 1; name: one of FLAGS."""
    if values.dtype.kind not in NUMBERS:
        raise CodecError(f"{name} must be bool, or 0 and 1", got=str(values.dtype), allowed=FLAGS[name])
    found: np.ndarray = values == 1
    other = ~(found | (values == 0))
    if other.any():
        at = np.argwhere(other)[0]
        what, got = f"{name} is neither 0 nor 1", values[tuple(at)].item()
        raise CodecError(what, where=place(at, ()), got=got, allowed=FLAGS[name])
    return found


def place(at: np.ndarray, names: Sequence[str]) -> str:
    """Return a place in the words of messages: "row 3, dz", or "dz" if there are no rows; without names all of `at` is the
    row."""
    found = at.tolist()
    dimension = [names[found.pop()]] if names else []
    row = [f"row {', '.join(map(str, found))}"] if found else []
    return ", ".join(row + dimension)


def whole_numbers(bins: object, what: str, allowed: str) -> np.ndarray:
    """Return the bins of one text as an array of whole numbers, one row. Raises CodecError for others. what: their name in
    errors."""
    found = as_array(bins, what)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        hint = f"Use parse(text) to turn a text into {what}." if found.dtype.kind in "US" else ""
        got = f"{found.dtype} {list(found.shape)}"
        raise CodecError(f"{what} must be whole numbers in one row", got=got, allowed=allowed, hint=hint)
    return found
