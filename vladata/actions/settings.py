"""The settings of codecs, as each codec declares them: the keys that a recipe may give below `action`, and their defaults.

A declaration has a default, a description, and the allowed values. `vladata/spec/action.py` turns each kind into the rule
by which a recipe file is checked; a codec checks its values again, since programs can make codecs without a recipe.
"""

from dataclasses import dataclass
from typing import Any

from vladata.errors import UsageError


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a codec.

    default: the value if a recipe gives none; if the default is None, a recipe may also give null.
    about:   a sentence or two for the author of a recipe.
    """

    default: Any
    about: str


@dataclass(frozen=True, slots=True)
class Whole(Setting):
    """A whole number in least..most."""

    least: int
    most: int

    def check(self, name: str, value: object) -> None:
        """Raise UsageError if `value` is not such a number. name: the setting, for the message."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise UsageError(f"{name} must be a whole number", got=value)
        _check_range(name, value, self.least, self.most)


@dataclass(frozen=True, slots=True)
class Number(Setting):
    """A number in least..most."""

    least: float
    most: float

    def check(self, name: str, value: object) -> None:
        """Raise UsageError if `value` is not such a number. name: the setting, for the message."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UsageError(f"{name} must be a number", got=value)
        _check_range(name, value, self.least, self.most)


@dataclass(frozen=True, slots=True)
class Text(Setting):
    """Any text."""


@dataclass(frozen=True, slots=True)
class OneOf(Setting):
    """One of the words `names`."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fixed(Setting):
    """A setting with one allowed value, which a recipe may give. otherwise: advice for a user who needs another value."""

    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Span(Setting):
    """The range of bins: one of `names`, {low: [D], high: [D]}, or {quantiles: [low, high]} if `names` has quantiles."""

    names: tuple[str, ...]


def _check_range(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:  # True for NaN, too
        raise UsageError(f"{name} is out of range", got=value, allowed=f"{least} to {most}")
