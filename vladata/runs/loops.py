"""Shares of a job as plain loops in this process, without Beam: the calls that the graphs make, one after the other."""

from collections.abc import Callable, Sequence
from typing import Any

from vladata.index.cache import AnyIndexing, Cache


def index(indexing: AnyIndexing, cache: Cache, files: Sequence[Any]) -> None:
    """Index `files`, and write a part of the index for each to the cache."""
    cache.fill(indexing, files)


def units(open_units: Callable[[str], Callable[[int], object]], url: str, numbers: Sequence[int]) -> None:
    """Do the units `numbers` of the job in the output folder `url`, which `open_units` opens."""
    do = open_units(url)
    for number in numbers:
        do(number)
