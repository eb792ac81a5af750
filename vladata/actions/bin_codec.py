"""The base class of codecs that write one bin per dimension: shapes, names, chunks, terminate, and checks.

A Scale does the arithmetic, `text.py` the spelling. NaN and infinity are refused, since no bin stands for them; arrays of
another width and bins out of range are refused, too.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from vladata.actions.automaton import NumberAutomaton
from vladata.actions.bounds import UNSCALED, Bounds, is_measured
from vladata.actions.checked import as_array, as_float32, check_names, finite, flags, place
from vladata.actions.grippers import known_grippers
from vladata.actions.protocol import Scale, Terminate
from vladata.actions.settings import Fixed, OneOf, Setting
from vladata.actions.statistics import Statistics
from vladata.actions.text import TERMINATE, NumberText, spelled
from vladata.actions.uniform import UniformBins
from vladata.errors import CodecError, UsageError

LEAST_BINS, MOST_BINS = 2, 65_536
MOST_ACTIONS = 1024
TERMINATE_MEANS = {"0": "the episode ends with this step", "1": "the episode goes on"}
PLACES = ("first", "none")
WHERE = "The place of terminate in a text. first: before the dimensions, 0 at the end of an episode. none: it is not spelled."
TERMINATE_FIRST, TERMINATE_LEFT_OUT = OneOf("first", WHERE, PLACES), OneOf("none", WHERE, PLACES)
NO_TERMINATE = Fixed("none", "Terminate is not spelled.", "use codec uniform or rt2 where it has to be")


@dataclass(frozen=True)
class BinCodec(ABC):
    """A codec with one bin per dimension. A subclass gives the kind, the settings, the scale and the bounds.

    bins:       the number of bins per dimension, 2..65,536.
    names:      the names of the D dimensions, without terminate.
    bounds:     the range that the bins span, in the units of the action.
    grippers:   gripper -> convention, for the dimensions that are grippers; grippers.py lists the conventions.
    terminate:  "first", or "none" if it is not spelled. W is the count of spelled numbers: 1+D, or D for "none".
    statistics: the statistics that the bounds come from; None if the bounds are fixed.
    chunk:      H, the number of actions that a text spells, one after the other.
    shorter:    True if a text may also spell fewer than H actions.
    """

    kind: ClassVar[str]
    settings: ClassVar[Mapping[str, Setting]]
    scale: ClassVar[type[Scale]] = UniformBins
    maskable: ClassVar[bool] = True

    bins: int
    names: tuple[str, ...]
    bounds: Bounds
    grippers: Mapping[str, str] = field(default_factory=dict, hash=False)
    terminate: Terminate = "first"
    statistics: Statistics | None = None
    chunk: int = 1
    shorter: bool = False

    @classmethod
    @abstractmethod
    def spanned(
        cls,
        wanted: object,
        names: tuple[str, ...],
        statistics: Statistics | None,
        grippers: Mapping[str, str],
    ) -> Bounds:
        """Return the bounds that `wanted`, the value of the setting `bounds`, stands for in dimensions of these names."""

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
        """Return the codec of these settings. Raises UsageError or CodecError for settings that cannot be used."""
        bounds = cls.spanned(settings["bounds"], names, statistics, grippers)
        fitted_to = statistics if any(map(is_measured, bounds.source)) else None
        terminate = settings["terminate"]
        return cls(settings["bins"], names, bounds, grippers, terminate, fitted_to, chunk, shorter)

    def __post_init__(self) -> None:
        _check_whole("bins", self.bins, LEAST_BINS, MOST_BINS)
        _check_whole("chunk", self.chunk, 1, MOST_ACTIONS)
        if self.terminate not in PLACES:
            allowed = ", ".join(PLACES)
            raise UsageError("unknown place for terminate", got=self.terminate, allowed=allowed)
        object.__setattr__(self, "grippers", known_grippers(self.grippers, self.names))
        check_names(self.names, self.bounds)

    @property
    def low(self) -> np.ndarray:
        """The low bound of each dimension, float32 [D], not writeable."""
        return self._scale.low

    @property
    def high(self) -> np.ndarray:
        """The high bound of each dimension, float32 [D], not writeable."""
        return self._scale.high

    @property
    def sources(self) -> tuple[str, ...]:
        """The source of each dimension's bounds, [D]."""
        return self.bounds.source

    @cached_property
    def spelled_names(self) -> tuple[str, ...]:
        """The W names of an action's numbers in a text, in order: terminate if it is spelled, then the D dimensions."""
        return (TERMINATE, *self.names) if self.terminate == "first" else self.names

    @property
    def width(self) -> int:
        """W, the count of an action's numbers in a text."""
        return len(self.spelled_names)

    @cached_property
    def _scale(self) -> Scale:
        return self.scale(self.bounds, self.bins)

    @cached_property
    def _text(self) -> NumberText:
        least, most = (self._scale.least,) * len(self.names), (self._scale.most,) * len(self.names)
        if self.terminate == "first":
            least, most = (0, *least), (1, *most)
        return NumberText(self.spelled_names, least, most, self.chunk, self.shorter)

    def encode(self, actions: np.ndarray, terminate: np.ndarray | None = None) -> np.ndarray:
        """Return int32 bins. The last axis holds the dimensions; the lengths of the other axes stay.

        [N, D]                      -> [N, D]
        [N, D] and terminate [N]    -> [N, W]
        [N, 1+D], terminate first   -> [N, W], only if terminate is spelled

        Chunks: [N, H, D] and terminate [N, H] -> [N, H, W].

        terminate: bool, or 0 and 1; 1 = the episode ends with this step.
        """
        values, ends = self._apart(actions, terminate)
        if ends is None:
            return self._scale.encode(finite(values, self.names)).astype(np.int32)
        bins = np.empty((*values.shape[:-1], self.width), np.int32)
        going_on = ~flags(ends, TERMINATE)
        if self.terminate == "first":
            bins[..., 0] = going_on
        bins[..., self.width - len(self.names) :] = self._scale.encode(finite(values, self.names))
        return bins

    def _apart(
        self, actions: np.ndarray, terminate: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the dimensions as float32 [..., D], and terminate [...], or None if it was not given."""
        values, dimensions = as_float32(actions), len(self.names)
        if terminate is not None:
            self._check_width(values, self.names)
            ends = as_array(terminate, "flags")
            if ends.shape != values.shape[:-1]:
                allowed = f"{list(values.shape[:-1])}, one for each action"
                raise CodecError("terminate has the wrong shape", got=list(ends.shape), allowed=allowed)
            return values, ends
        if self._check_width(values, self.names, self.spelled_names) == dimensions:
            return values, None
        return values[..., 1:], values[..., 0]

    def meant(self, actions: np.ndarray) -> np.ndarray:
        """Return actions [..., D] cut to the bounds: the values that decoding their text gives, within `tolerance`."""
        cut: np.ndarray = np.clip(actions, self.low, self.high)
        return cut

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """Return float32 actions [..., W] from bins [..., W], with terminate 1 = the end; [..., D] from [..., D]."""
        found, dimensions = self._checked(bins, self.names, self._text.names), len(self.names)
        if found.shape[-1] == dimensions:
            return self._scale.decode(found)
        actions = np.empty(found.shape, np.float32)
        actions[..., 0] = found[..., 0] == 0
        actions[..., 1:] = self._scale.decode(found[..., 1:])
        return actions

    def texts(self, bins: np.ndarray) -> list[str]:
        """Return N texts, one per row of bins [N, W] or per chunk [N, H, W], action after action; fewer than H if `shorter`."""
        found = as_array(bins, "bins")
        chunked = self.chunk > 1
        if found.ndim != 2 + chunked or (chunked and not self._text.is_whole(found.shape[1] * self.width)):
            fewer = "1 to " if self.shorter else ""
            allowed = f"[N, {fewer}{self.chunk}, {self.width}]" if chunked else f"[N, {self.width}]"
            raise CodecError(
                "the bins have the wrong shape", got=f"shape {list(found.shape)}", allowed=allowed
            )
        actions = found.shape[1] if chunked else 1
        return spelled(self._checked(found, self._text.names).reshape(len(found), actions * self.width))

    def text(self, bins: np.ndarray) -> str:
        """Return the text of one row or chunk of bins, [W] or [H, W]: "1 128 91 241 5 101 127 217"."""
        return self.texts(as_array(bins, "bins")[np.newaxis])[0]

    def parse(self, text: str) -> np.ndarray:
        """Return int32 bins [W]; for a chunk [n, W], n = H, or 1..H if `shorter`. Raises ParseError for any other text."""
        bins = self._text.parse(text)
        return bins if self.chunk == 1 else bins.reshape(-1, self.width)

    def automaton(self) -> NumberAutomaton:
        """Return the state machine over characters that accepts the texts of `texts`."""
        return NumberAutomaton(self._text)

    def bins_allowed(self, prefix: Sequence[int]) -> tuple[range, bool]:
        """Return the bins that may follow `prefix` in a text, and True if the text may end there.

        For a decoder with one token per bin.
        """
        return self._text.bins_allowed(prefix)

    def tolerance(self) -> np.ndarray:
        """Return float64 [D], the largest error of decoding an encoded action that is within the bounds."""
        return self._scale.width()

    def to_json(self) -> dict[str, Any]:
        """Return this codec's part of a contract; contract.py says what each key means."""
        bounds = self.bounds
        return {
            "codec": self.kind,
            "bins": self._numbers(),
            "bounds": {"low": list(bounds.low), "high": list(bounds.high), "source": list(bounds.source)},
            "mask": [source != UNSCALED for source in self.sources],
            "names": list(self.spelled_names),
            "terminate": TERMINATE_MEANS if self.terminate == "first" else None,
            "grippers": dict(self.grippers),
            "rounding": self.scale.rule,
            "statistics": self.statistics.to_json() if self.statistics else None,
            "chunk_length": self.chunk,
            "shorter": self.shorter,
        }

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> Self:
        """Return exactly the codec that gave this part of a contract."""
        bins, bounds, statistics = part["bins"], part["bounds"], part["statistics"]
        is_first = part["terminate"] is not None
        return cls(
            bins if isinstance(bins, int) else bins["count"],
            tuple(part["names"][is_first:]),
            Bounds(tuple(bounds["low"]), tuple(bounds["high"]), tuple(bounds["source"])),
            part["grippers"],
            "first" if is_first else "none",
            Statistics.from_json(statistics) if statistics else None,
            part["chunk_length"],
            part["shorter"],
        )

    def _numbers(self) -> int | dict[str, int]:
        """Return the number of bins if they begin at 0, else their count, least and most."""
        least, most = self._scale.least, self._scale.most
        return self.bins if least == 0 else {"count": self.bins, "least": least, "most": most}

    def _checked(self, bins: np.ndarray, *spelled: tuple[str, ...]) -> np.ndarray:
        """Return `bins` as int32, all within their ranges. The last axis must be as long as one of the name tuples in
        `spelled`."""
        found = as_array(bins, "bins")
        if found.dtype.kind not in "iu":
            hint = "Use parse(text) to turn a text into bins." if found.dtype.kind in "US" else ""
            raise CodecError("bins are not whole numbers", got=str(found.dtype), hint=hint)
        width = self._check_width(found, *spelled)
        least, most = self._text.least[-width:], self._text.most[-width:]
        outside = (found < least) | (found > most)
        if outside.any():
            at = np.argwhere(outside)[0]
            got, allowed = int(found[tuple(at)]), f"{least[at[-1]]} to {most[at[-1]]}"
            raise CodecError(
                "a bin is out of range", where=place(at, self._text.names[-width:]), got=got, allowed=allowed
            )
        return found.astype(np.int32, copy=False)  # arithmetic on int8 would wrap around

    def _check_width(self, values: np.ndarray, *named: tuple[str, ...]) -> int:
        """Return the length of the last axis. Raise CodecError if no tuple in `named` has this length."""
        width: int = values.shape[-1] if values.ndim else 0
        if width not in map(len, named):
            allowed = " or ".join(f"{len(names)} ({' '.join(names)})" for names in dict.fromkeys(named))
            raise CodecError("wrong number of values on the last axis", got=width, allowed=allowed)
        return width


def _check_whole(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise UsageError(f"{name} must be a whole number", got=value)
    if not least <= value <= most:
        raise UsageError(f"{name} is out of range", got=value, allowed=f"{least} to {most}")
