"""The settings of codecs, as each codec declares them: what a recipe may say below `action`, and what holds unsaid.

A declaration is a default, what the value is about, and what it may be. `vladata/spec/action.py` makes of each kind the
rule that a file is held against; a codec checks the values that it is made with once more, since programs make codecs too.
"""

from dataclasses import dataclass
from typing import Any


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


@dataclass(frozen=True, slots=True)
class Number(Setting):
    """A number, least..most."""

    least: float
    most: float


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
    """What bins span: one of some names, or {low: [D], high: [D]}."""

    names: tuple[str, ...]
