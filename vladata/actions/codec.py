"""Actions <-> bins <-> text, with the names of the dimensions and terminate in front.

    action  1 = the end    [0, 0.0039, -0.1]     terminate first, then D dimensions
    bins    0 = the end    [1, 128, 91]          (RT-1's argmax of [terminate, arm, base]: a leading 1 says go on)
    text                   "1 128 91"

    kind    bounds
    rt1     RT-1's own, of 7 dimensions
    rt1-x   those of RT-1-X
    rt2     from statistics (quantiles, min_max), or any fixed ones

The arithmetic is `uniform.py`, the spelling `text.py`; here stand the shapes, the names and what is refused: NaN and
infinity (a bin for them would be invented), other widths, bins out of range.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from vladata.actions.bounds import FIXED, MEASURED, NAMES, Bounds, bounds_from, known_convention
from vladata.actions.statistics import Statistics
from vladata.actions.text import TERMINATE, parsed, spelled
from vladata.actions.uniform import UniformBins
from vladata.errors import CodecError, UnknownName, UsageError, nearest

LEAST_BINS, MOST_BINS = 2, 65_536
DEFAULT_BOUNDS: Mapping[str, str] = {"rt1": "rt1", "rt1-x": "rt1-x", "rt2": "quantiles"}
SETTINGS = ("bins", "bounds", "gripper", "names")


@dataclass(frozen=True)
class ActionCodec:
    """A way to write actions as whole numbers; made by `codec`.

    kind:       "rt1", "rt1-x" or "rt2".
    bins:       how many a dimension, 2..65,536.
    names:      of the D dimensions, without terminate.
    bounds:     what the bins span, in the units of the action.
    gripper:    convention of the dimension "gripper": open_absolute, closing_relative or none.
    statistics: what the bounds come from; None where they are fixed.
    """

    kind: str
    bins: int
    names: tuple[str, ...]
    bounds: Bounds
    gripper: str = "none"
    statistics: Statistics | None = None

    def __post_init__(self) -> None:
        if isinstance(self.bins, bool) or not isinstance(self.bins, int):
            raise UsageError("bins is no whole number", got=self.bins)
        if not LEAST_BINS <= self.bins <= MOST_BINS:
            raise UsageError("bins is out of range", got=self.bins, allowed=f"{LEAST_BINS} to {MOST_BINS}")
        known_convention(self.gripper)
        if len(self.names) != len(self.bounds.low):
            what = f"the bounds {self.bounds.source} are for {len(self.bounds.low)} dimensions"
            got = f"{len(self.names)}: {' '.join(self.names)}"
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

    @cached_property
    def spelled_names(self) -> tuple[str, ...]:
        """What a text holds, in order: terminate, then the D dimensions."""
        return (TERMINATE, *self.names)

    @cached_property
    def _uniform(self) -> UniformBins:
        return UniformBins(self.bounds, self.bins)

    def encode(self, actions: np.ndarray, terminate: np.ndarray | None = None) -> np.ndarray:
        """int32 bins; the last axis holds the dimensions, those before it stay as they are.

        [N, D]                      -> [N, D]
        [N, D] and terminate [N]    -> [N, 1+D], terminate first
        [N, 1+D], terminate first   -> [N, 1+D]

        terminate: bool, or 0 and 1; 1 = the episode ends with this step.
        """
        values, dimensions = _as_float32(actions), len(self.names)
        if terminate is not None:
            self._check_width(values, dimensions)
            ends = np.asarray(terminate)
            if ends.shape != values.shape[:-1]:
                allowed = f"{list(values.shape[:-1])}, one for each action"
                raise CodecError("terminate has another shape", got=list(ends.shape), allowed=allowed)
        elif self._check_width(values, dimensions, dimensions + 1) == dimensions:
            return self._encoded(values).astype(np.int32)
        else:
            ends, values = values[..., 0], values[..., 1:]
        bins = np.empty((*values.shape[:-1], 1 + dimensions), np.int32)
        bins[..., 0] = ~_flags(ends)
        bins[..., 1:] = self._encoded(values)
        return bins

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """float32 actions [N, 1+D], terminate first (1 = the end), from bins [N, 1+D]; [N, D] from [N, D]."""
        found, dimensions = self._checked(bins, len(self.names), len(self.names) + 1), len(self.names)
        if found.shape[-1] == dimensions:
            return self._uniform.decode(found)
        actions = np.empty(found.shape, np.float32)
        actions[..., 0] = found[..., 0] == 0
        actions[..., 1:] = self._uniform.decode(found[..., 1:])
        return actions

    def texts(self, bins: np.ndarray) -> list[str]:
        """One text a row of bins [N, 1+D], terminate first."""
        found, width = np.asarray(bins), len(self.names) + 1
        if found.ndim != 2:
            raise CodecError("bins are not rows", got=f"shape {list(found.shape)}", allowed=f"[N, {width}]")
        return spelled(self._checked(found, width))

    def text(self, bins: np.ndarray) -> str:
        """The text of one row of bins [1+D]: "1 128 91 241 5 101 127 217"."""
        return self.texts(np.asarray(bins)[np.newaxis])[0]

    def parse(self, text: str) -> np.ndarray:
        """int32 bins [1+D], terminate first; ParseError says what is wrong with the text."""
        return parsed(text, self.spelled_names, self.bins)

    def bin_width(self) -> np.ndarray:
        """float64 [D]: within the bounds, decoding an encoded action misses it by no more than this."""
        return self._uniform.width()

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
            raise CodecError("bins are not whole numbers", got=str(found.dtype))
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
            names = {len(self.names): self.names, len(self.names) + 1: self.spelled_names}
            allowed = " or ".join(f"{w} ({' '.join(names[w])})" for w in widths)
            raise CodecError("the last axis holds other dimensions", got=width, allowed=allowed)
        return width


def codec(name: str, statistics: Statistics | None = None, **settings: Any) -> ActionCodec:
    """An action codec by name: "rt1", "rt1-x" or "rt2".

    statistics: of the actions: their names, and for bounds "quantiles" and "min_max" what the bins span.
    bins:       2..65,536; 256 unless given.
    bounds:     "quantiles" (rt2's, unless given), "min_max", "rt1", "rt1-x", or {"low": [D], "high": [D]}.
    gripper:    "open_absolute", "closing_relative" or "none", the default; bounds from statistics take its range.
    names:      of the dimensions, where no statistics name them; the canonical 7 unless given.
    """
    if name not in DEFAULT_BOUNDS:
        raise UnknownName("codec", name, list(DEFAULT_BOUNDS))
    for setting in settings:
        if setting not in SETTINGS:
            raise UsageError(f'codec {name} has no setting "{setting}"', hint=nearest(setting, SETTINGS))
    bounds, gripper = settings.get("bounds", DEFAULT_BOUNDS[name]), settings.get("gripper", "none")
    if name in FIXED and bounds != DEFAULT_BOUNDS[name]:
        raise UsageError(
            f"codec {name} has its own bounds", got=bounds, allowed=name, hint="Codec rt2 takes any bounds."
        )
    spans = _bounds(bounds, statistics, known_convention(gripper))
    names = _names(settings.get("names"), statistics)
    origin = statistics if spans.source in MEASURED else None
    return ActionCodec(name, settings.get("bins", 256), names, spans, gripper, origin)


def _bounds(wanted: object, statistics: Statistics | None, gripper: str) -> Bounds:
    if isinstance(wanted, Mapping) and set(wanted) == {"low", "high"}:
        return Bounds(_numbers("low", wanted["low"]), _numbers("high", wanted["high"]))
    if not isinstance(wanted, str) or wanted not in (*MEASURED, *FIXED):
        allowed = ", ".join([*MEASURED, *FIXED, '{"low": [...], "high": [...]}'])
        raise UsageError("there are no such bounds", got=wanted, allowed=allowed)
    if wanted in FIXED:
        return FIXED[wanted]
    if statistics is None:
        hint = f"Give statistics=..., or fixed bounds: {', '.join(FIXED)}, or low and high."
        raise CodecError(f'bounds "{wanted}" come from statistics, and there are none', hint=hint)
    return bounds_from(statistics, wanted, gripper)


def _numbers(name: str, values: Any) -> tuple[float, ...]:
    try:
        return tuple(float(value) for value in values)
    except (TypeError, ValueError):
        raise UsageError("bounds are not numbers", where=f"bounds, {name}", got=values) from None


def _names(given: Sequence[str] | None, statistics: Statistics | None) -> tuple[str, ...]:
    known = NAMES if statistics is None else statistics.names
    if given is not None and statistics is not None and tuple(given) != known:
        raise UsageError(
            "names differ from those of the statistics", got=" ".join(given), allowed=" ".join(known)
        )
    return known if given is None else tuple(given)


def _as_float32(actions: np.ndarray) -> np.ndarray:
    values = np.asarray(actions)
    if values.dtype == np.float32:
        return values
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused as that
        return values.astype(np.float32)


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
