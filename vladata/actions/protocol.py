"""The protocol of codecs: actions <-> bins <-> text, with the names of the dimensions, and a part of the contract.

    action  1 = the end    [0, 0.0039, -0.1]     terminate first if it is spelled, then D dimensions
    bins    0 = the end    [1, 128, 91]          (RT-1's argmax of [terminate, arm, base]: a first bin of 1 means "go on")
    text                   "1 128 91"

A target may spell a chunk of H actions: [N, H, D] -> [N, H, W], and a text of H * W numbers, action after action. Code outside
`vladata/actions` uses only these members of a codec.
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

    kind:       the name of the codec in recipes, contracts and the table.
    settings:   name -> setting that a recipe may give. "codec" and "chain" are in every recipe; "gripper" and "names" come
                from the data.
    maskable:   True if the text of the first n actions of a chunk is the beginning of the text of the whole chunk, so that
                the last actions can be left out of a loss, or of the text.
    """

    kind: ClassVar[str]
    settings: ClassVar[Mapping[str, Setting]]
    maskable: ClassVar[bool]

    @property
    def chunk(self) -> int:
        """H, the number of actions that a text spells."""

    @property
    def shorter(self) -> bool:
        """True if a text may also spell fewer than H actions."""

    @property
    def names(self) -> tuple[str, ...]:
        """The D dimensions of an action, in order, without terminate."""

    @property
    def spelled_names(self) -> tuple[str, ...]:
        """The names on the last axis of a decoded action: terminate if it is spelled, then the D dimensions."""

    @property
    def width(self) -> int | None:
        """W, the number of bins per action, terminate included; None if bins do not stand for single actions."""

    @property
    def grippers(self) -> Mapping[str, str]:
        """The convention of each gripper by its name, open_absolute or closing_relative; empty if there is no gripper."""

    @property
    def statistics(self) -> Statistics | None:
        """The statistics that the codec was fitted to; None if it does not depend on data."""

    @property
    def low(self) -> np.ndarray:
        """The least value that can be spelled, in the units of the action, float32 [D]."""

    @property
    def high(self) -> np.ndarray:
        """The greatest value that can be spelled, in the units of the action, float32 [D]."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The source of each dimension's `low` and `high`, [D]: "quantiles", "min_max", "explicit", a model's name ..."""

    def encode(self, actions: np.ndarray, terminate: np.ndarray | None = None) -> Any:
        """Return integer bins: [N, W] from actions [N, D] and terminate [N]; [N, H, W] from chunks [N, H, D] and [N, H].

        If `width` is None, return a list of N arrays int32 [M], where M may differ. Raises CodecError for values that are not
        finite.
        """

    def meant(self, actions: np.ndarray) -> np.ndarray:
        """Return the values that decoding the text of `actions` gives, within `tolerance`: [D], [n, D], or net motion [D]."""

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """Return float32 actions with `spelled_names` on the last axis. Raises CodecError for bins that are not valid."""

    def texts(self, bins: Any) -> list[str]:
        """Return one text per entry of `bins`, the result of `encode`."""

    def text(self, bins: np.ndarray) -> str:
        """Return the text of one entry of the result of `encode`."""

    def parse(self, text: str) -> np.ndarray:
        """Return the bins of one text: [W]; for a chunk [n, W], n = H, or 1..H if `shorter`.

        Raises ParseError for any other text, with what is wrong in it; nothing is guessed.
        """

    def automaton(self) -> Automaton:
        """Return the state machine over characters that accepts every text of `texts`, and no text that `parse` refuses."""

    def tolerance(self) -> np.ndarray:
        """Return float64 [D], the largest error of decoding an encoded action that is between `low` and `high`."""

    def to_json(self) -> dict[str, Any]:
        """Return this codec's part of a contract: plain lists, numbers and texts.

        "codec" is its kind; "statistics" are the statistics that it was fitted to.
        """

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> Self:
        """Return exactly the codec whose `to_json` gave `part`; other keys are ignored."""

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
        """Return the codec with these settings for the data's dimensions. Raises UsageError or CodecError."""


class Scale(Protocol):
    """Numbers <-> bins between two bounds, for each dimension; without names and terminate.

    rule: the exact formula in words; it is part of the contract.
    """

    rule: ClassVar[str]

    def __init__(self, bounds: Bounds, bins: int) -> None: ...

    @property
    def low(self) -> np.ndarray:
        """The low bound, float32 [D]; lower values get its bin."""

    @property
    def high(self) -> np.ndarray:
        """The high bound, float32 [D]; higher values get its bin."""

    @property
    def least(self) -> int:
        """The least bin."""

    @property
    def most(self) -> int:
        """The greatest bin."""

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Return bins from float32 [..., D], all finite. They may have fractions, which the caller cuts off."""

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """Return float32 [..., D] from whole numbers least..most."""

    def width(self) -> np.ndarray:
        """Return float64 [D], the largest error of a decoded value that was between low and high."""
