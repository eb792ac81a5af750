"""The needs of a codec: the bins that a vocabulary must have, the number of bins per action, and each bin's word in texts.

rt2, 256 bins, terminate first       bins 0..255, widths (8,), words "0" .. "255"
language-table                       bins -10..10, widths (2,), words "-10" .. "10"
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from vladata.actions.protocol import Codec
from vladata.errors import UsageError

FREE = 0
"""The width of a codec whose bins do not stand for single actions."""


@runtime_checkable
class Numbered(Protocol):
    """A codec that says which bins may follow others."""

    def bins_allowed(self, prefix: Sequence[int]) -> tuple[Collection[int], bool]:
        """Return the bins that may follow `prefix` in a target, and True if the target may end there."""


@dataclass(frozen=True, slots=True)
class Demand:
    """The needs of one codec, or of several that share a vocabulary.

    least:  the least bin; the bins are least..least+bins-1.
    bins:   the number of bins.
    widths: the number of bins per action of each codec, terminate included, sorted; FREE if bins do not stand for single actions.
    words:  the word of each bin in a text, [bins]; () if a text is not one word per bin, with one space between.
    """

    least: int
    bins: int
    widths: tuple[int, ...]
    words: tuple[str, ...] = ()


def demand_of(codec: Codec) -> Demand:
    """Return the needs of `codec`. Raises UsageError if its contract does not give a number of bins."""
    if codec.width is not None and isinstance(codec, Numbered):
        ranges = ranges_of(codec)
        least, most = min(low for low, _ in ranges), max(high for _, high in ranges)
        return Demand(least, most - least + 1, (codec.width,), _words(codec, ranges, least, most))
    contract = codec.to_json()
    bins = contract.get("bins", contract.get("vocabulary"))
    if isinstance(bins, bool) or not isinstance(bins, int) or bins < 1:
        what = f"codec {codec.kind} does not have a fixed number of bins, so token ids cannot stand for them"
        raise UsageError(
            what, got=bins, hint="Its texts are tokenized as ordinary text: no vocabulary is needed."
        )
    if codec.width is not None:
        return Demand(0, bins, (codec.width,))
    words = tuple(codec.text(np.array([bin_], np.int32)) for bin_ in range(bins))
    spelled = len(set(words)) == bins and not any(" " in word for word in words)
    return Demand(0, bins, (FREE,), words if spelled else ())


def ranges_of(codec: Numbered) -> list[tuple[int, int]]:
    """Return the least and greatest bin at each place of a whole target, for a codec whose places are independent."""
    prefix, ranges = list[int](), list[tuple[int, int]]()
    while following := codec.bins_allowed(prefix)[0]:
        ranges.append((min(following), max(following)))
        prefix.append(ranges[-1][0])
    return ranges


def demand_of_all(codecs: Sequence[Codec]) -> Demand:
    """Return the needs of `codecs` together. Raises UsageError if their bins differ in number or in spelling."""
    demands = [demand_of(codec) for codec in codecs]
    if not demands:
        what = "the dataset has no action contract, so it has no bins"
        raise UsageError(what, hint="Give a dataset of robot samples.")
    one = demands[0]
    for codec, other in zip(codecs, demands, strict=True):
        if (other.least, other.bins, other.words) != (one.least, one.bins, one.words):
            what = "the codecs differ in their bins, so one vocabulary cannot serve all of them"
            told = f"{codecs[0].kind} with {_told(one)}, {codec.kind} with {_told(other)}"
            raise UsageError(what, got=told, hint="Make a vocabulary for each of the mixed datasets.")
    widths = {width for demand in demands for width in demand.widths}
    return Demand(one.least, one.bins, tuple(sorted(widths)), one.words)


def _told(demand: Demand) -> str:
    return f"bins {demand.least} to {demand.least + demand.bins - 1}"


def shaped(codec: Codec, rows: np.ndarray) -> np.ndarray:
    """Return `rows`, the bins of N targets, [N, H * W], in the codec's shape, int32 [N, W] or [N, H, W]."""
    return rows if codec.chunk == 1 else rows.reshape(len(rows), codec.chunk, -1)


def _words(codec: Codec, ranges: Sequence[tuple[int, int]], least: int, most: int) -> tuple[str, ...]:
    """Return the word of each bin, found in texts that hold the bin at a place where it is allowed; () if texts have another
    form."""
    found = dict[int, str]()
    for place, (low, high) in enumerate(ranges[: codec.width]):
        rows = np.tile(np.array([low for low, _ in ranges], np.int32), (high - low + 1, 1))
        rows[:, place] = np.arange(low, high + 1)
        for bin_, text in zip(rows[:, place].tolist(), codec.texts(shaped(codec, rows)), strict=True):
            words = text.split(" ")
            if len(words) != len(ranges) or found.setdefault(bin_, words[place]) != words[place]:
                return ()
    words = [found.get(bin_, "") for bin_ in range(least, most + 1)]
    return tuple(words) if len({*words, ""}) == len(words) + 1 else ()
