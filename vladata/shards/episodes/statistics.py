"""Statistics of one episode, and of many, as LeRobot has them: min, max, mean, std, count and quantiles of each feature.

Statistics of one episode are exact. For pictures they cover as many frames as LeRobot samples, thinned to at most LARGEST pixels
a side, by channel, with values from 0 to 1. Over episodes, min, max, mean and std are those of all frames together; quantiles
are the means of the episodes' quantiles, weighted by their frames, as in LeRobot. LeRobot 0.4.4 squares pixels in 8 bits, so
that the std of its pictures is too small; here it is correct.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

QUANTILES = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}
FEWEST, MOST, POWER = 100, 10_000, 0.75  # limits and power of the number of frames whose pictures are counted
LARGEST = 150  # pixels a side: in larger pictures only every second pixel counts, or every third, ...
Statistics = dict[str, Any]
"""min, max, ... -> a list: one number per dimension, or [[[red]], [[green]], [[blue]]] for pictures; count -> [n]."""


def of_numbers(column: np.ndarray) -> Statistics:
    """Return the statistics of a column, [N] or [N, D]."""
    rows = column.reshape(len(column), -1).astype(np.float64)
    found = {"min": rows.min(0), "max": rows.max(0), "mean": rows.mean(0), "std": rows.std(0)}
    quantiles = np.quantile(rows, list(QUANTILES.values()), axis=0)
    listed = {
        name: value.tolist()
        for name, value in {**found, **dict(zip(QUANTILES, quantiles, strict=True))}.items()
    }
    return {**listed, "count": [len(column)]}


def sampled(count: int) -> list[int]:
    """Return the numbers of the frames, out of `count`, whose pictures are counted."""
    wanted = max(min(count, FEWEST), min(int(count**POWER), MOST))
    return [int(at) for at in np.round(np.linspace(0, count - 1, wanted))]


class OfPictures:
    """The statistics of one or more pictures, which are added one after another."""

    def __init__(self) -> None:
        self._counts, self._number = np.zeros((3, 256), np.int64), 0

    def add(self, pixels: np.ndarray) -> None:
        """Count one picture, uint8 [height, width, 3]."""
        step = max(1, -(-max(pixels.shape[:2]) // LARGEST))
        thinned = pixels[::step, ::step]
        self._counts += [
            np.bincount(thinned[:, :, channel].reshape(-1), minlength=256) for channel in range(3)
        ]
        self._number += 1

    def found(self) -> Statistics:
        """Return the statistics of all pictures that were added."""
        counts, levels = self._counts, np.arange(256) / 255
        shares = np.cumsum(counts, 1) / counts.sum(1, keepdims=True)
        mean = (counts * levels).sum(1) / counts.sum(1)
        variance = (counts * (levels - mean[:, None]) ** 2).sum(1) / counts.sum(1)
        seen = [np.flatnonzero(channel) for channel in counts]
        each = {
            "min": np.array([levels[channel[0]] for channel in seen]),
            "max": np.array([levels[channel[-1]] for channel in seen]),
            "mean": mean,
            "std": np.sqrt(variance),
            **{name: levels[(shares < q).sum(1)] for name, q in QUANTILES.items()},
        }
        listed = {name: value.reshape(3, 1, 1).tolist() for name, value in each.items()}
        return {**listed, "count": [self._number]}


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
        """Return the content of stats.json."""
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
