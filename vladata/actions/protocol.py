"""What every codec is: actions <-> bins <-> text, with the names of the dimensions, and its part of the contract.

    action  1 = the end    [0, 0.0039, -0.1]     terminate first where it is spelled, then D dimensions
    bins    0 = the end    [1, 128, 91]          (RT-1's argmax of [terminate, arm, base]: a leading 1 says go on)
    text                   "1 128 91"

A target may spell a chunk of H actions: [N, H, D] -> [N, H, W], and a text of H times as many numbers, action after action.
Nothing outside `vladata/actions` knows more of a codec than this.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np

from vladata.actions.automaton import Automaton
from vladata.actions.bounds import Bounds
from vladata.actions.settings import Setting
from vladata.actions.statistics import Statistics

Terminate = Literal["first", "none"]
"""first: a text begins with terminate, 0 at the end of an episode. none: terminate is not spelled."""


class Codec(Protocol):
    """A way to write actions as text; a frozen value, made by `make` or `from_json`.

    kind:       its name in recipes, contracts and the table.
    settings:   what a recipe may set, by name; "codec" and "chain" are every recipe's, "gripper" and "names" the data's.
    maskable:   whether the text of the first n actions of a chunk is the beginning of the text of all of them, so that the
                last of them can be left out of a loss, or of the text.
    """

    kind: ClassVar[str]
    settings: ClassVar[Mapping[str, Setting]]
    maskable: ClassVar[bool]

    @property
    def chunk(self) -> int:
        """H, how many actions a text spells."""

    @property
    def shorter(self) -> bool:
        """Whether texts of fewer than H actions are whole too."""

    @property
    def names(self) -> tuple[str, ...]:
        """The D dimensions of an action, in order, without terminate."""

    @property
    def spelled_names(self) -> tuple[str, ...]:
        """What the last axis of a decoded action holds: the D dimensions, after terminate where it is spelled."""

    @property
    def width(self) -> int | None:
        """W, how many bins stand for an action, terminate among them; None where bins do not stand for single actions."""

    @property
    def grippers(self) -> Mapping[str, str]:
        """Gripper -> its convention, open_absolute or closing_relative; empty where no dimension is one."""

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

    def encode(self, actions: np.ndarray, terminate: np.ndarray | None = None) -> Any:
        """Integer bins [N, W] of actions [N, D] and terminate [N], or [N, H, W] of chunks [N, H, D] and terminate [N, H].

        Where `width` is None, a list of N arrays int32 [M], M differing. CodecError for what is not finite.
        """

    def meant(self, actions: np.ndarray) -> np.ndarray:
        """What decoding the text of a sample's actions should give, within `tolerance`: [D] or [n, D], or net motion [D]."""

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """float32 actions, of `spelled_names`, in the shape of the bins; CodecError for bins that are none."""

    def texts(self, bins: Any) -> list[str]:
        """One text an entry of what `encode` gave."""

    def text(self, bins: np.ndarray) -> str:
        """The text of one entry."""

    def parse(self, text: str) -> np.ndarray:
        """The bins of one text: [W], of chunks [n, W]. ParseError says what is wrong with it; what is not so is never guessed.

        n is H, or 1..H where `shorter`.
        """

    def automaton(self) -> Automaton:
        """The machine over characters that accepts what `texts` gives, and nothing that `parse` refuses."""

    def tolerance(self) -> np.ndarray:
        """float64 [D]: between `low` and `high`, decoding an encoded action misses it by no more than this."""

    def to_json(self) -> dict[str, Any]:
        """Its part of a contract: plain lists, numbers and texts. "codec" is its kind, "statistics" what it was fitted to."""

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> Self:
        """The codec that gave this part, exactly; keys of others in it are passed over."""

    @classmethod
    def make(
        cls,
        settings: Mapping[str, Any],
        names: tuple[str, ...],
        grippers: Mapping[str, str],
        statistics: Statistics | None,
        chunk: int = 1,
        shorter: bool = False,
    ) -> Self:
        """The codec of all its settings, and of the data's dimensions. Raises UsageError or CodecError."""


class Scale(Protocol):
    """Numbers <-> bins between two bounds, dimension by dimension; knows neither names nor terminate.

    rule: the formula, in words and exactly; it is part of the contract.
    """

    rule: ClassVar[str]

    def __init__(self, bounds: Bounds, bins: int) -> None: ...

    @property
    def low(self) -> np.ndarray:
        """float32 [D], the least value that has a bin of its own; what lies below is given that bin."""

    @property
    def high(self) -> np.ndarray:
        """float32 [D], the greatest value."""

    @property
    def least(self) -> int:
        """The least bin."""

    @property
    def most(self) -> int:
        """The greatest bin."""

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Bins from float32 [..., D], all finite; as numbers whose fractions are still to be cut off."""

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """float32 [..., D], from whole numbers least..most."""

    def width(self) -> np.ndarray:
        """float64 [D], the most by which decoding misses a value between low and high that was encoded."""
