"""Success rates, and differences of two policies that played the same trials, with their intervals.

A success rate has Wilson's interval (Wilson 1927), which Brown, Cai and DasGupta 2001 ("Interval estimation for a binomial
proportion") recommend. A difference of paired proportions has the interval of Agresti and Min 2005 ("Simple improved confidence
intervals for comparing matched proportions"): the normal interval with half a trial added to each of the four cells, so that two
policies that never differed in 5 trials do not get an interval of width 0. The test is McNemar's exact test: two-sided, binomial
with probability one half, on the trials in which the policies differed. If the trials come from several seeds, each with its
own training, the interval is a bootstrap that draws seeds, and then trials of each seed (Davison and Hinkley 1997, section 3.8).
With few seeds its intervals are rough, and tend to be too narrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt

import numpy as np

Z = 1.959963984540054
"""The 97.5% quantile of the normal distribution."""
DRAWS = 10_000


@dataclass(frozen=True)
class Rate:
    """A success rate. low, high: its 95% interval."""

    successes: int
    trials: int
    low: float
    high: float

    @property
    def mean(self) -> float:
        """The rate, successes / trials; NaN if there are no trials."""
        return self.successes / self.trials if self.trials else float("nan")


@dataclass(frozen=True)
class PairedDifference:
    """The first policy's success rate minus the second's, from -1 to 1.

    low, high: its 95% interval: for one seed that of the pairs, for several seeds that of the bootstrap.
    pairs: the interval of the pairs, computed as if all trials had the same seed.
    first_only, second_only: numbers of trials in which only the first, or only the second policy succeeded.
    p: McNemar's exact two-sided p-value, computed as if all trials had the same seed: the probability that two equally good
    policies differ at least as much."""

    mean: float
    low: float
    high: float
    pairs: tuple[float, float]
    first_only: int
    second_only: int
    trials: int
    seeds: int
    p: float


def rate(successes: int, trials: int) -> Rate:
    """Return a success rate with Wilson's 95% interval."""
    if not trials:
        return Rate(0, 0, 0.0, 1.0)
    share, z2 = successes / trials, Z * Z
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z / (1 + z2 / trials) * sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    return Rate(successes, trials, max(0.0, middle - half), min(1.0, middle + half))


def difference(
    first: Sequence[Sequence[bool]], second: Sequence[Sequence[bool]], seed: int = 0
) -> PairedDifference:
    """Return the difference of two policies. first, second: for each seed the successes in the same trials, in the same order.

    For one seed, the interval is that of the pairs. For several seeds it reaches from the 2.5% to the 97.5% quantile of 10,000
    draws of seeds and trials, and includes the interval of the pairs, so that policies that never differed do not get an interval
    of width 0. seed: the seed of these draws."""
    signs = [np.asarray(a, int) - np.asarray(b, int) for a, b in zip(first, second, strict=True)]
    every = np.concatenate(signs)
    only, other, count = int((every > 0).sum()), int((every < 0).sum()), len(every)
    pairs = paired_interval(only, other, count)
    low, high = pairs
    if len(signs) > 1:
        drawn = _bootstrap(signs, seed)
        low, high = min(low, drawn[0]), max(high, drawn[1])
    return PairedDifference(
        (only - other) / count, low, high, pairs, only, other, count, len(signs), mcnemar(only, other)
    )


def paired_interval(first_only: int, second_only: int, trials: int) -> tuple[float, float]:
    """Return Agresti and Min's 95% interval of a difference of paired proportions."""
    b, c, n = first_only + 0.5, second_only + 0.5, trials + 2
    middle = (b - c) / n
    half = Z * sqrt((b + c) - (b - c) ** 2 / n) / n
    return max(-1.0, middle - half), min(1.0, middle + half)


def mcnemar(first_only: int, second_only: int) -> float:
    """Return the exact two-sided p-value of McNemar's test."""
    count = first_only + second_only
    if not count:
        return 1.0
    tail = sum(comb(count, k) for k in range(min(first_only, second_only) + 1))
    return min(1.0, tail / int(2 ** (count - 1)))


def _bootstrap(signs: Sequence[np.ndarray], seed: int) -> tuple[float, float]:
    """Return the 95% interval of the mean over seeds drawn with replacement. For each, as many trials are drawn as it has."""
    rng, count = np.random.default_rng(seed), len(signs)
    sizes = np.array([len(each) for each in signs])
    shares = np.array([[(each == value).mean() for value in (-1, 0, 1)] for each in signs])
    which = rng.integers(count, size=(DRAWS, count))
    drawn = rng.multinomial(sizes[which], shares[which])
    means = (drawn[..., 2] - drawn[..., 0]).sum(1) / sizes[which].sum(1)
    low, high = np.quantile(means, [0.025, 0.975]).tolist()
    return low, high
