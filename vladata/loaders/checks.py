"""Checks of the arguments of loaders: each error names the expected and the given value."""

import operator
from collections.abc import Sequence
from typing import Any

from vladata.errors import UsageError, nearest


def whole_number(name: str, value: Any, least: int, most: int | None = None, hint: str = "") -> int:
    """Return the value as an int. Raises UsageError unless it is a whole number (no bool, no text, no 2.0) from least to most."""
    allowed = f"a whole number, {least} or more" if most is None else f"a whole number from {least} to {most}"
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or number < least or (most is not None and number > most):
        raise UsageError(f"{name} must be {allowed}", got=_said(value), hint=hint)
    return number


def one_of(name: str, value: Any, known: Sequence[str]) -> str:
    """Return the value. Raises UsageError unless it is one of the known words."""
    if not isinstance(value, str) or value not in known:
        hint = nearest(value, known) if isinstance(value, str) else ""
        raise UsageError(f"unknown {name}", got=_said(value), allowed=", ".join(known), hint=hint)
    return value


def flag(name: str, value: Any) -> bool:
    """Return the value. Raises UsageError unless it is True or False."""
    if not isinstance(value, bool):
        raise UsageError(f"{name} must be True or False", got=_said(value))
    return value


def _said(value: Any) -> object:
    """Return the value; the text "None" for None, which an error would leave out."""
    return "None" if value is None else value
