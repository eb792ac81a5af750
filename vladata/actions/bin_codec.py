"""What codecs share that write one bin a dimension: shapes, names, terminate, and what is refused.

The arithmetic is `uniform.py`'s, the spelling `text.py`'s. Refused are NaN and infinity (a bin for them would be
invented), other widths, and bins out of range.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from vladata.actions.bounds import MEASURED, Bounds, known_convention
from vladata.actions.protocol import Terminate
from vladata.actions.settings import OneOf, Setting
from vladata.actions.statistics import Statistics
from vladata.actions.text import TERMINATE, parsed, spelled
from vladata.actions.uniform import RULE, UniformBins
from vladata.errors import CodecError, UsageError

LEAST_BINS, MOST_BINS = 2, 65_536
TERMINATE_MEANS = {"0": "the episode ends with this step", "1": "the episode goes on"}
TERMINATE_FIRST = OneOf(
    "first",
    "Where terminate stands. first: before the dimensions, 0 at the end of an episode. none: it is not spelled.",
    ("first", "none"),
)


@dataclass(frozen=True)
class BinCodec(ABC):
    """A codec with one bin a dimension; another file says its kind, its settings and what its bins span.

    bins:       how many a dimension, 2..65,536.
    names:      of the D dimensions, without terminate.
    bounds:     what the bins span, in the units of the action.
    gripper:    convention of the dimension "gripper": open_absolute, closing_relative or none.
    terminate:  "first", or "none" where it is not spelled; below, W is 1+D or D.
    statistics: what the bounds come from; None where they are fixed.
    """

    kind: ClassVar[str]
    settings: ClassVar[Mapping[str, Setting]]

    bins: int
    names: tuple[str, ...]
    bounds: Bounds
    gripper: str = "none"
    terminate: Terminate = "first"
    statistics: Statistics | None = None

    @classmethod
    @abstractmethod
    def spanned(cls, wanted: object, statistics: Statistics | None, gripper: str) -> Bounds:
        """The bounds of the setting `bounds`."""

    @classmethod
    def make(
        cls, settings: Mapping[str, Any], names: tuple[str, ...], gripper: str, statistics: Statistics | None
    ) -> Self:
        """The codec of these settings. Raises UsageError or CodecError for what it cannot be."""
        bounds = cls.spanned(settings["bounds"], statistics, known_convention(gripper))
        fitted_to = statistics if set(bounds.source) & set(MEASURED) else None
        return cls(settings["bins"], names, bounds, gripper, settings["terminate"], fitted_to)

    def __post_init__(self) -> None:
        if isinstance(self.bins, bool) or not isinstance(self.bins, int):
            raise UsageError("bins is no whole number", got=self.bins)
        if not LEAST_BINS <= self.bins <= MOST_BINS:
            raise UsageError("bins is out of range", got=self.bins, allowed=f"{LEAST_BINS} to {MOST_BINS}")
        if self.terminate not in TERMINATE_FIRST.names:
            allowed = ", ".join(TERMINATE_FIRST.names)
            raise UsageError("there is no such place for terminate", got=self.terminate, allowed=allowed)
        known_convention(self.gripper)
        if len(self.names) != len(self.bounds.low):
            told = ", ".join(dict.fromkeys(self.bounds.source))
            what, got = (
                f"the bounds {told} are for {len(self.bounds.low)} dimensions",
                f"{len(self.names)}: {' '.join(self.names)}",
            )
            raise CodecError(
                what, got=got, hint="Name as many dimensions as there are bounds, without terminate."
            )
        if len({*self.names, TERMINATE}) != len(self.names) + 1:
            raise CodecError("a dimension is named twice, or terminate", got=" ".join(self.names))

    @property
    def low(self) -> np.ndarray:
        """float32 [D], not writeable."""
        return self._uniform.low

    @property
    def high(self) -> np.ndarray:
        """float32 [D], not writeable."""
        return self._uniform.high

    @property
    def sources(self) -> tuple[str, ...]:
        """[D], where the bounds of each dimension come from."""
        return self.bounds.source

    @cached_property
    def spelled_names(self) -> tuple[str, ...]:
        """What a text holds, in order, W names: terminate where it is spelled, then the D dimensions."""
        return (TERMINATE, *self.names) if self.terminate == "first" else self.names

    @property
    def width(self) -> int:
        """W."""
        return len(self.spelled_names)

    @cached_property
    def _uniform(self) -> UniformBins:
        return UniformBins(self.bounds, self.bins)

    def encode(self, actions: np.ndarray, terminate: np.ndarray | None = None) -> np.ndarray:
        """int32 bins; the last axis holds the dimensions, those before it stay as they are.

        [N, D]                      -> [N, D]
        [N, D] and terminate [N]    -> [N, W]
        [N, 1+D], terminate first   -> [N, W], only where terminate is spelled

        terminate: bool, or 0 and 1; 1 = the episode ends with this step.
        """
        values, dimensions = _as_float32(actions), len(self.names)
        if terminate is not None:
            self._check_width(values, dimensions)
            ends = np.asarray(terminate)
            if ends.shape != values.shape[:-1]:
                allowed = f"{list(values.shape[:-1])}, one for each action"
                raise CodecError("terminate has another shape", got=list(ends.shape), allowed=allowed)
        elif self._check_width(values, dimensions, self.width) == dimensions:
            return self._encoded(values).astype(np.int32)
        else:
            ends, values = values[..., 0], values[..., 1:]
        bins = np.empty((*values.shape[:-1], self.width), np.int32)
        going_on = ~_flags(ends)
        if self.terminate == "first":
            bins[..., 0] = going_on
        bins[..., self.width - dimensions :] = self._encoded(values)
        return bins

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """float32 actions [N, W] from bins [N, W], terminate 1 = the end; [N, D] from [N, D]."""
        found, dimensions = self._checked(bins, len(self.names), self.width), len(self.names)
        if found.shape[-1] == dimensions:
            return self._uniform.decode(found)
        actions = np.empty(found.shape, np.float32)
        actions[..., 0] = found[..., 0] == 0
        actions[..., 1:] = self._uniform.decode(found[..., 1:])
        return actions

    def texts(self, bins: np.ndarray) -> list[str]:
        """One text a row of bins [N, W]."""
        found = np.asarray(bins)
        if found.ndim != 2:
            got, allowed = f"shape {list(found.shape)}", f"[N, {self.width}]"
            raise CodecError("bins are not rows", got=got, allowed=allowed)
        return spelled(self._checked(found, self.width))

    def text(self, bins: np.ndarray) -> str:
        """The text of one row of bins [W]: "1 128 91 241 5 101 127 217"."""
        return self.texts(np.asarray(bins)[np.newaxis])[0]

    def parse(self, text: str) -> np.ndarray:
        """int32 bins [W]; ParseError says what is wrong with the text."""
        return parsed(text, self.spelled_names, self.bins)

    def tolerance(self) -> np.ndarray:
        """float64 [D]: within the bounds, decoding an encoded action misses it by no more than this; one bin."""
        return self._uniform.width()

    def to_json(self) -> dict[str, Any]:
        """Its part of a contract; contract.py says what each key means."""
        bounds = self.bounds
        return {
            "codec": self.kind,
            "bins": self.bins,
            "bounds": {"low": list(bounds.low), "high": list(bounds.high), "source": list(bounds.source)},
            "mask": [True] * len(self.names),
            "names": list(self.spelled_names),
            "terminate": TERMINATE_MEANS if self.terminate == "first" else None,
            "gripper": self.gripper,
            "rounding": RULE,
            "statistics": self.statistics.to_json() if self.statistics else None,
        }

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> Self:
        """The codec that gave this part of a contract, exactly."""
        bounds, statistics = part["bounds"], part["statistics"]
        is_first = part["terminate"] is not None
        return cls(
            part["bins"],
            tuple(part["names"][is_first:]),
            Bounds(tuple(bounds["low"]), tuple(bounds["high"]), tuple(bounds["source"])),
            part["gripper"],
            "first" if is_first else "none",
            Statistics.from_json(statistics) if statistics else None,
        )

    def _encoded(self, values: np.ndarray) -> np.ndarray:
        if not np.isfinite(values).all():
            at = np.argwhere(~np.isfinite(values))[0]
            hint = "Leave such steps out: a bin for them would be invented."
            where = _where(at, self.names)
            raise CodecError("an action is not finite", where=where, got=float(values[tuple(at)]), hint=hint)
        return self._uniform.encode(values)

    def _checked(self, bins: np.ndarray, *widths: int) -> np.ndarray:
        """`bins`, all within their ranges."""
        found = np.asarray(bins)
        if found.dtype.kind not in "iu":
            hint = "parse(text) gives the bins of a text." if found.dtype.kind in "US" else ""
            raise CodecError("bins are not whole numbers", got=str(found.dtype), hint=hint)
        limits, names = np.full(self._check_width(found, *widths), self.bins - 1), self.names
        if len(limits) > len(names):
            limits[0], names = 1, self.spelled_names
        outside = (found < 0) | (found > limits)
        if outside.any():
            at = np.argwhere(outside)[0]
            got, allowed = int(found[tuple(at)]), f"0 to {limits[at[-1]]}"
            raise CodecError("a bin is out of range", where=_where(at, names), got=got, allowed=allowed)
        return found

    def _check_width(self, values: np.ndarray, *widths: int) -> int:
        width: int = values.shape[-1] if values.ndim else 0
        if width not in widths:
            names = {len(self.names): self.names, self.width: self.spelled_names}
            allowed = " or ".join(f"{w} ({' '.join(names[w])})" for w in dict.fromkeys(widths))
            raise CodecError("the last axis holds other dimensions", got=width, allowed=allowed)
        return width


def _as_float32(actions: np.ndarray) -> np.ndarray:
    values = np.asarray(actions)
    if values.dtype == np.float32:
        return values
    try:
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused as that
            return values.astype(np.float32)
    except (TypeError, ValueError):
        raise CodecError("actions are not numbers", got=str(values.dtype), allowed="float32") from None


def _flags(ends: np.ndarray) -> np.ndarray:
    """bool, from bool or 0 and 1."""
    flags: np.ndarray = ends == 1
    other = ~(flags | (ends == 0))
    if other.any():
        at = np.argwhere(other)[0]
        got, allowed = ends[tuple(at)].item(), "1 = the end, 0 = go on"
        raise CodecError("terminate is neither 0 nor 1", where=_where(at, ()), got=got, allowed=allowed)
    return flags


def _where(at: np.ndarray, names: Sequence[str]) -> str:
    """ "row 3, dz", or "dz" where there are no rows; without names all of `at` is the row."""
    place = at.tolist()
    dimension = [names[place.pop()]] if names else []
    row = [f"row {', '.join(map(str, place))}"] if place else []
    return ", ".join(row + dimension)
