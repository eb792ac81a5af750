"""What every codec is: actions <-> bins <-> text, with the names of the dimensions, and its part of the contract.

    action  1 = the end    [0, 0.0039, -0.1]     terminate first where it is spelled, then D dimensions
    bins    0 = the end    [1, 128, 91]          (RT-1's argmax of [terminate, arm, base]: a leading 1 says go on)
    text                   "1 128 91"

Nothing outside `vladata/actions` knows more of a codec than this.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np

from vladata.actions.settings import Setting
from vladata.actions.statistics import Statistics

Terminate = Literal["first", "none"]
"""first: a text begins with terminate, 0 at the end of an episode. none: terminate is not spelled."""


class Codec(Protocol):
    """A way to write actions as text; a frozen value, made by `make` or `from_json`.

    kind:       its name in recipes, contracts and the table.
    settings:   what a recipe may set, by name; "codec" and "chain" are every recipe's, "gripper" and "names" the data's.
    """

    kind: ClassVar[str]
    settings: ClassVar[Mapping[str, Setting]]

    @property
    def names(self) -> tuple[str, ...]:
        """The D dimensions of an action, in order, without terminate."""

    @property
    def spelled_names(self) -> tuple[str, ...]:
        """What the last axis of a decoded action holds: the D dimensions, after terminate where it is spelled."""

    @property
    def width(self) -> int | None:
        """How many bins stand for an action, terminate among them; None where that differs from action to action."""

    @property
    def gripper(self) -> str:
        """The convention of the dimension "gripper": open_absolute, closing_relative or none."""

    @property
    def statistics(self) -> Statistics | None:
        """What it was fitted to; None where the data decides nothing."""

    @property
    def low(self) -> np.ndarray:
        """float32 [D], the least value that can be spelled, in the units of the action."""

    @property
    def high(self) -> np.ndarray:
        """float32 [D], the greatest value that can be spelled."""

    @property
    def sources(self) -> tuple[str, ...]:
        """[D], where `low` and `high` of each dimension come from: "quantiles", "min_max", "explicit", a model's name ..."""

    def encode(self, actions: np.ndarray, terminate: np.ndarray | None = None) -> np.ndarray:
        """Integer bins [N, width] of actions [N, D] and terminate [N]; CodecError for what is not finite."""

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """float32 actions, of `spelled_names`; CodecError for bins that are none."""

    def texts(self, bins: np.ndarray) -> list[str]:
        """One text a row of bins."""

    def text(self, bins: np.ndarray) -> str:
        """The text of one row of bins."""

    def parse(self, text: str) -> np.ndarray:
        """One row of bins; ParseError says what is wrong with the text. What is not so is never guessed."""

    def tolerance(self) -> np.ndarray:
        """float64 [D]: between `low` and `high`, decoding an encoded action misses it by no more than this."""

    def to_json(self) -> dict[str, Any]:
        """Its part of a contract: plain lists, numbers and texts. "codec" is its kind, "statistics" what it was fitted to."""

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> Self:
        """The codec that gave this part, exactly; keys of others in it are passed over."""

    @classmethod
    def make(
        cls, settings: Mapping[str, Any], names: tuple[str, ...], gripper: str, statistics: Statistics | None
    ) -> Self:
        """The codec of all its settings, and of the data's dimensions. Raises UsageError or CodecError."""
