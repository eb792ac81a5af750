"""Split expressions in the form of TFDS: "train", "train[:10%]+val", "train[5:-5]", "train[1shard:]", "all".

    expression  slice ("+" slice)...
    slice       name, name[from:to] (from or to may be missing), or name[N shard]
    bound       an integer (records), a number with "%", or an integer with "shard"; negative ones count from the end

An expression means the same records as in TFDS, and errors of TFDS are errors here. Per cent are rounded to the closest record, a
half to the even one. A unit on one bound is used for both. A slice that ends before it begins is empty (TFDS 4.9 reads the rest
of the file if it ends one record before). One rule is stricter: slices of one split may not overlap, since an episode that is
read twice would give two samples with the same name. Source: TFDS's core/splits.py and docs/splits.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from vladata.errors import UnknownName, UsageError
from vladata.sources.info import DatasetInfo, SplitInfo

_SLICE = re.compile(r"([\w-]+)(?:\[([\d\w%:.-]+)\])?\Z")
_BOUND = re.compile(r"(?:(-?[\d_.]+)(%|shard)?)?\Z")
_ALLOWED = 'for example "train", "train[:10%]", "train[100:200]", "train[-1shard]", "train+val", "all"'


@dataclass(frozen=True, slots=True)
class SplitSlice:
    """Records of a split from `start` up to, not including, `stop`, counted through its files in order."""

    split: str
    start: int
    stop: int


def parse_split(expression: str, info: DatasetInfo) -> tuple[SplitSlice, ...]:
    """Return the records that `expression` names, as slices in its order; empty slices are left out."""
    slices: list[SplitSlice] = []
    for text in re.split(r"\s*\+\s*", expression):
        found = _SLICE.match(text)
        if not found:
            raise _unreadable(expression, text)
        name, selector = found[1], found[2]
        if name == "all":
            if selector:
                raise UsageError('"all" cannot have a slice', where=f"split {expression!r}", got=text)
            slices += [SplitSlice(split.name, 0, split.records) for split in info.splits.values()]
        elif name not in info.splits:
            raise UnknownName("split", name, list(info.splits), where=info.name)
        else:
            slices.append(_slice(expression, text, info.splits[name], selector))
    slices = [part for part in slices if part.start < part.stop]
    if not slices:
        sizes = ", ".join(f"{split.name} has {split.records:,}" for split in info.splits.values())
        raise UsageError("the split has no records", where=f"split {expression!r}", allowed=sizes)
    _refuse_overlap(expression, slices)
    return tuple(slices)


def _slice(expression: str, text: str, split: SplitInfo, selector: str | None) -> SplitSlice:
    if selector is None:
        return SplitSlice(split.name, 0, split.records)
    bounds = [_BOUND.match(bound) for bound in selector.split(":")]
    found = [bound for bound in bounds if bound]
    if len(found) < len(bounds) or len(bounds) > 2 or not any(bound[0] for bound in found):
        raise _unreadable(expression, text)
    unit = next((bound[2] for bound in found if bound[2]), "")
    try:
        values = [_number(bound[1], unit) for bound in found]
    except ValueError:
        raise _unreadable(expression, text) from None
    if len(values) == 1:
        if unit != "shard" or values[0] is None:
            raise _unreadable(expression, text)
        values.append(values[0] + 1)
    start, stop = _records(values[0], values[1], unit, split, text)
    if abs(start) > split.records or abs(stop) > split.records:
        raise UsageError("the slice goes beyond the split", where=text, allowed=f"{split.records:,} records")
    return SplitSlice(split.name, _from_front(start, split), _from_front(stop, split))


def _number(text: str | None, unit: str) -> float | None:
    """Return a bound as a number; None if it is left out."""
    if text is None:
        return None
    return float(text) if unit == "%" else int(text)


def _records(
    start: float | None, stop: float | None, unit: str, split: SplitInfo, text: str
) -> tuple[int, int]:
    """Return the two bounds in records; negative ones stay negative."""
    if unit == "shard":
        lengths = split.shard_lengths
        first = 0 if start is None else sum(lengths[: int(start)])
        end = len(lengths) if stop is None else int(stop)
        return first, sum(lengths[: end if end > 0 or stop is None else len(lengths) + end])
    start = 0 if start is None else start
    if unit == "%":
        if max(abs(start), abs(stop or 0)) > 100:
            raise UsageError("the slice goes beyond the split", where=text, allowed="-100% to 100%")
        stop = 100 if stop is None else stop
        return round(start * split.records / 100.0), round(stop * split.records / 100.0)
    return int(start), split.records if stop is None else int(stop)


def _from_front(bound: int, split: SplitInfo) -> int:
    return bound if bound >= 0 else split.records + bound


def _refuse_overlap(expression: str, slices: list[SplitSlice]) -> None:
    ordered = sorted(slices, key=lambda part: (part.split, part.start))
    for one, other in pairwise(ordered):
        if one.split == other.split and other.start < one.stop:
            records = f"records {other.start:,} to {min(one.stop, other.stop):,} of {one.split} twice"
            raise UsageError(f"the split holds {records}", where=f"split {expression!r}")


def _unreadable(expression: str, text: str) -> UsageError:
    return UsageError("this is not a split", where=f"split {expression!r}", got=text, allowed=_ALLOWED)
