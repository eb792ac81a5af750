"""Statistics of one episode, and of many, as LeRobot has them: min, max, mean, std, count and quantiles, a feature each.

Of one episode they are exact, of pictures those of as many frames as LeRobot samples, by channel, from 0 to 1. Over episodes
min, max, mean and std are those of all frames together, and quantiles the means of the episodes' own, weighted by their
frames, as LeRobot aggregates them. LeRobot 0.4.4 squares pixels in 8 bits, which makes the std
of its pictures too small; here it is what it should be.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from vladata.images import decoded

QUANTILES = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}
FEWEST, MOST, POWER = 100, 10_000, 0.75  # frames that are looked at
LARGEST, REDUCED = 300, 150  # pixels a side: larger pictures are thinned
Statistics = dict[str, Any]
"""min, max, ... -> a list: of a column of numbers its dimensions, of pictures [[[red]], [[green]], [[blue]]]; count -> [n]."""


def of_numbers(column: np.ndarray) -> Statistics:
    """Those of a column, [N] or [N, D]."""
    rows = column.reshape(len(column), -1).astype(np.float64)
    found = {"min": rows.min(0), "max": rows.max(0), "mean": rows.mean(0), "std": rows.std(0)}
    quantiles = np.quantile(rows, list(QUANTILES.values()), axis=0)
    listed = {
        name: value.tolist()
        for name, value in {**found, **dict(zip(QUANTILES, quantiles, strict=True))}.items()
    }
    return {**listed, "count": [len(column)]}


def sampled(count: int) -> list[int]:
    """The frames, of `count`, whose pictures are looked at."""
    wanted = max(min(count, FEWEST), min(int(count**POWER), MOST))
    return [int(at) for at in np.round(np.linspace(0, count - 1, wanted))]


def of_pictures(pictures: Iterable[bytes]) -> Statistics:
    """Those of encoded pictures, of which there is at least one."""
    counts, number = np.zeros((3, 256), np.int64), 0
    for picture in pictures:
        pixels = _thinned(decoded(picture))
        counts += [np.bincount(pixels[:, :, channel].reshape(-1), minlength=256) for channel in range(3)]
        number += 1
    shares, levels = np.cumsum(counts, 1) / counts.sum(1, keepdims=True), np.arange(256) / 255
    mean = (counts * levels).sum(1) / counts.sum(1)
    variance = (counts * (levels - mean[:, None]) ** 2).sum(1) / counts.sum(1)
    seen = [np.flatnonzero(channel) for channel in counts]
    found = {
        "min": np.array([levels[each[0]] for each in seen]),
        "max": np.array([levels[each[-1]] for each in seen]),
        "mean": mean,
        "std": np.sqrt(variance),
        **{name: levels[(shares < q).sum(1)] for name, q in QUANTILES.items()},
    }
    return {**{name: value.reshape(3, 1, 1).tolist() for name, value in found.items()}, "count": [number]}


def _thinned(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    if max(height, width) < LARGEST:
        return pixels
    step = int((width if width > height else height) / REDUCED)
    return pixels[::step, ::step]


class Aggregate:
    """The statistics of all episodes, which are added one after another."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, np.ndarray]] = {}

    def add(self, episode: Mapping[str, Statistics]) -> None:
        """Count the statistics of one episode, feature by feature."""
        for feature, statistics in episode.items():
            one = {name: np.asarray(value, np.float64) for name, value in statistics.items()}
            before = self._found.get(feature)
            self._found[feature] = one if before is None else _joined(before, one)

    def as_json(self) -> dict[str, Statistics]:
        """The content of stats.json."""
        return {
            feature: {
                name: [int(value[0])] if name == "count" else value.tolist() for name, value in found.items()
            }
            for feature, found in self._found.items()
        }


def _joined(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    n, m = float(one["count"][0]), float(other["count"][0])
    share = m / (n + m)
    apart = other["mean"] - one["mean"]
    variance = one["std"] ** 2 * (1 - share) + other["std"] ** 2 * share + apart**2 * share * (1 - share)
    found = {
        "min": np.minimum(one["min"], other["min"]),
        "max": np.maximum(one["max"], other["max"]),
        "mean": one["mean"] + apart * share,
        "std": np.sqrt(variance),
        "count": one["count"] + other["count"],
    }
    return found | {name: one[name] * (1 - share) + other[name] * share for name in QUANTILES}


def statistics_of(
    numbers: Mapping[str, np.ndarray], pictures: Mapping[str, Sequence[bytes]]
) -> dict[str, Statistics]:
    """Feature -> its statistics, of one episode. pictures: feature -> the N encoded pictures."""
    found = {name: of_numbers(column) for name, column in numbers.items()}
    for name, column in pictures.items():
        found[name] = of_pictures(column[at] for at in sampled(len(column)))
    return found
