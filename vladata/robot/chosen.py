"""The result of a selection as files of the output, in a form that can be read, changed and used again.

    keep_ranges.json   the frames that became samples, of every episode with such a frame
    errata.json        the instructions that replaced those of an episode, and the excluded episodes with the given reasons

Unfit frames are in rejected.jsonl instead. An output of all fit frames has neither file.
"""

from collections.abc import Iterable, Iterator

import pyarrow.compute as pc

from vladata.robot.sources import Sources
from vladata.selection.errata import Erratum, said
from vladata.selection.json_file import text_of
from vladata.selection.rows import CORRECTED, EXCLUDED
from vladata.shards.naming import ERRATA, KEEP_RANGES

COLUMNS = ("episode", "steps", "numbers")


def chosen_files(sources: Sources) -> dict[str, Iterable[bytes]]:
    """Return path -> bytes of the two files. The index is read while they are written."""
    if sources.selection.is_all:
        return {}
    files: dict[str, Iterable[bytes]] = {KEEP_RANGES: text_of(_ranges(sources))}
    if sources.selection.errata:
        files[ERRATA] = text_of(_errata(sources))
    return files


def _ranges(sources: Sources) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    for part in sources.taken(COLUMNS):
        kept = part.filter(pc.greater(pc.list_value_length(part["numbers"]), 0))
        for row in kept.select(["episode", "steps", "skips"]).to_pylist():
            yield row["episode"], _between(row["skips"], row["steps"])


def _between(skips: list[int], steps: int) -> list[tuple[int, int]]:
    """Return the frames that no pair of `skips` covers."""
    bounds = [min(bound, steps) for bound in (0, *skips, steps)]
    return [(start, stop) for start, stop in zip(bounds[::2], bounds[1::2], strict=True) if start < stop]


def _errata(sources: Sources) -> Iterator[tuple[str, dict[str, str]]]:
    for part in sources.taken(COLUMNS):
        changed = pc.or_(pc.not_equal(part[CORRECTED], ""), pc.not_equal(part[EXCLUDED], ""))
        for row in part.filter(changed).select(["episode", CORRECTED, EXCLUDED]).to_pylist():
            yield row["episode"], said(Erratum(row[CORRECTED], row[EXCLUDED]))
