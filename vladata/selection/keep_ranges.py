"""Keep-ranges: the frames of each episode that are to be used, as a JSON file.

    {"train-00000-000003": [[0, 41], [60, 118]], ...}

A frame is an RLDS step number; the second number of a pair is not included. An episode that the file does not name is left out.
An episode is named by its id in vladata, or by the values of its schema's `episode_key`, joined by "--", so that a file for
openpi's DROID loader can be used unchanged. Format: openpi, `filter_dict_path` of its RLDS loader.
"""

import numpy as np
import orjson

from vladata.errors import MalformedJson
from vladata.selection.json_file import ByEpisode, read_object

Ranges = tuple[tuple[int, int], ...]


KeepRanges = ByEpisode[Ranges]


def read_keep_ranges(url: str) -> KeepRanges:
    """Read the keep-ranges file at a path or URL. Raises MissingFile, or MalformedJson, which names the wrong episode."""
    content, digest = read_object(url)
    return KeepRanges(url, {name: _ranges(name, value, url) for name, value in content.items()}, digest)


def _ranges(name: str, value: object, url: str) -> Ranges:
    if isinstance(value, list) and all(map(_is_range, value)):
        return tuple((start, stop) for start, stop in value)
    raise MalformedJson(
        "expected ranges of frames of this episode",
        where=f"{url}, {name}",
        got=orjson.dumps(value).decode(),
        allowed="[[first, past the last], ...], whole numbers from 0, the first not above the second",
    )


def _is_range(pair: object) -> bool:
    if not isinstance(pair, list) or len(pair) != 2 or not all(type(n) is int for n in pair):
        return False
    return bool(0 <= pair[0] <= pair[1])


def inside(numbers: np.ndarray, ends: np.ndarray, ranges: Ranges) -> np.ndarray:
    """Return a mask, bool [T]: True if the frames numbers[t] to ends[t] - 1 are all in one range, or in ranges that touch.

    numbers, ends: int [T], with numbers[t] < ends[t].
    """
    kept = np.zeros(len(numbers), bool)
    for start, stop in _joined(ranges):
        kept |= (numbers >= start) & (ends <= stop)
    return kept


def _joined(ranges: Ranges) -> list[tuple[int, int]]:
    """Return the frames of `ranges` as ranges that neither touch nor overlap."""
    found: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(stop, found[-1][1])
        else:
            found.append((start, stop))
    return found
