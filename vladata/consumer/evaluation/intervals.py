"""Success with its interval, and the difference of two policies that played the same trials.

Wilson's interval of a proportion (Wilson 1927; Brown, Cai and DasGupta 2001 recommend it). Of a difference on the same trials:
mean and standard error of the differences trial by trial, which are -1, 0 or 1; and where trials come from several seeds, each
with its own training, a bootstrap that draws seeds and then trials of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

Z = 1.959963984540054
"""The 97.5% quantile of the normal distribution."""
DRAWS = 10_000


@dataclass(frozen=True)
class Rate:
    """A proportion of trials. low, high: its 95% interval."""

    successes: int
    trials: int
    low: float
    high: float

    @property
    def mean(self) -> float:
        """successes / trials; NaN of none."""
        return self.successes / self.trials if self.trials else float("nan")


@dataclass(frozen=True)
class Difference:
    """Of the first policy's success less the second's, -1 to 1. low, high: its 95% interval.

    first_only, second_only: trials in which only one of them succeeded."""

    mean: float
    low: float
    high: float
    first_only: int
    second_only: int
    trials: int


def rate(successes: int, trials: int) -> Rate:
    """Wilson's interval, 95%."""
    if not trials:
        return Rate(0, 0, 0.0, 1.0)
    share, z2 = successes / trials, Z * Z
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z / (1 + z2 / trials) * sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    return Rate(successes, trials, max(0.0, middle - half), min(1.0, middle + half))


def difference(
    first: Sequence[Sequence[bool]], second: Sequence[Sequence[bool]], seed: int = 0
) -> Difference:
    """The difference of two policies; of each seed the successes of the same trials, in the same order.

    One seed: mean +- 1.96 standard errors. Several: the 2.5% and 97.5% quantiles of 10,000 draws of seeds and trials."""
    pairs = [np.asarray(a, float) - np.asarray(b, float) for a, b in zip(first, second, strict=True)]
    every = np.concatenate(pairs)
    mean = float(every.mean())
    if len(pairs) > 1:
        low, high = _bootstrap(pairs, seed)
    else:
        half = Z * float(every.std(ddof=1)) / sqrt(len(every)) if len(every) > 1 else 1.0
        low, high = mean - half, mean + half
    return Difference(mean, low, high, int((every > 0).sum()), int((every < 0).sum()), len(every))


def _bootstrap(pairs: Sequence[np.ndarray], seed: int) -> tuple[float, float]:
    rng, count = np.random.default_rng(seed), len(pairs)
    drawn = np.empty((count, DRAWS))  # of each seed, the means of draws of its trials
    for i, each in enumerate(pairs):
        shares = np.array([(each == value).mean() for value in (-1, 0, 1)])
        found = rng.multinomial(len(each), shares, DRAWS)
        drawn[i] = (found[:, 2] - found[:, 0]) / len(each)
    which = rng.integers(count, size=(DRAWS, count))
    means = drawn[which, rng.integers(DRAWS, size=(DRAWS, count))].mean(1)
    low, high = np.quantile(means, [0.025, 0.975]).tolist()
    return low, high
