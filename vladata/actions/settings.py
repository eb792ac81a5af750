"""The settings of codecs, as each codec declares them: what a recipe may say below `action`, and what holds unsaid.

A declaration is a default, what the value is about, and what it may be. `vladata/spec/action.py` makes of each kind the
rule that a file is held against; a codec checks the values that it is made with once more, since programs make codecs too.
"""

from dataclasses import dataclass
from typing import Any

from vladata.errors import UsageError


@dataclass(frozen=True, slots=True)
class Setting:
    """default: what holds where nothing is said; where that is None, null may be said too.

    about: a sentence or two for whoever writes a recipe.
    """

    default: Any
    about: str


@dataclass(frozen=True, slots=True)
class Whole(Setting):
    """A whole number, least..most."""

    least: int
    most: int

    def check(self, name: str, value: object) -> None:
        """Raise UsageError where `value`, of the setting `name`, is none of these numbers."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise UsageError(f"{name} is no whole number", got=value)
        _check_range(name, value, self.least, self.most)


@dataclass(frozen=True, slots=True)
class Number(Setting):
    """A number, least..most."""

    least: float
    most: float

    def check(self, name: str, value: object) -> None:
        """Raise UsageError where `value`, of the setting `name`, is none of these numbers."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UsageError(f"{name} is no number", got=value)
        _check_range(name, value, self.least, self.most)


@dataclass(frozen=True, slots=True)
class Text(Setting):
    """Any text."""


@dataclass(frozen=True, slots=True)
class OneOf(Setting):
    """One of some words."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fixed(Setting):
    """A value that cannot be another; it may be written all the same. otherwise: what to do to have another."""

    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Span(Setting):
    """What bins span: one of some names, {quantiles: [low, high]} where a name is of statistics, or {low: [D], high: [D]}."""

    names: tuple[str, ...]


def _check_range(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:  # not a number is in no range
        raise UsageError(f"{name} is out of range", got=value, allowed=f"{least} to {most}")
