"""Success with its interval, and the difference of two policies that played the same trials.

Wilson's interval of a proportion: Wilson 1927; Brown, Cai and DasGupta 2001 ("Interval estimation for a binomial proportion")
recommend it. The difference of paired proportions: Agresti and Min 2005 ("Simple improved confidence intervals for comparing
matched proportions"), the normal interval with half a trial added to each of the four cells, so that policies that never differed
in 5 trials are not said to be equal. McNemar's exact test: two-sided, binomial with one half on the trials in which they differed.
Where trials come from several seeds, each with its own training, a bootstrap that draws seeds and then trials of each (Davison and
Hinkley 1997, section 3.8): of few seeds its intervals are rough, and rather too narrow.
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
    """Of the first policy's success less the second's, -1 to 1.

    low, high: its 95% interval; of one seed that of the pairs, of several the bootstrap's.
    pairs: the interval of pairs alone, as if all trials were of one seed.
    first_only, second_only: trials in which only one of them succeeded.
    p: McNemar's exact, two-sided: how often policies that are equally good would differ so much, as if all were of one seed."""

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
    """The difference of two policies; of each seed the successes of the same trials, in the same order. seed: of the bootstrap.

    One seed: the interval of pairs. Several: the 2.5% and 97.5% quantiles of 10,000 draws of seeds and trials, and where those
    are inside the interval of pairs, its ends: policies that never differed are not said to be equal."""
    signs = [np.asarray(a, int) - np.asarray(b, int) for a, b in zip(first, second, strict=True)]
    every = np.concatenate(signs)
    only, other, count = int((every > 0).sum()), int((every < 0).sum()), len(every)
    pairs = paired_interval(only, other, count)
    low, high = pairs
    if len(signs) > 1:
        drawn = _bootstrap(signs, seed)
        low, high = min(low, drawn[0]), max(high, drawn[1])
    return Difference(
        (only - other) / count, low, high, pairs, only, other, count, len(signs), mcnemar(only, other)
    )


def paired_interval(first_only: int, second_only: int, trials: int) -> tuple[float, float]:
    """Agresti and Min's 95% interval of a difference of paired proportions."""
    b, c, n = first_only + 0.5, second_only + 0.5, trials + 2
    middle = (b - c) / n
    half = Z * sqrt((b + c) - (b - c) ** 2 / n) / n
    return max(-1.0, middle - half), min(1.0, middle + half)


def mcnemar(first_only: int, second_only: int) -> float:
    """The exact two-sided p of McNemar's test."""
    count = first_only + second_only
    if not count:
        return 1.0
    tail = sum(comb(count, k) for k in range(min(first_only, second_only) + 1))
    return min(1.0, tail / int(2 ** (count - 1)))


def _bootstrap(signs: Sequence[np.ndarray], seed: int) -> tuple[float, float]:
    """Seeds drawn with replacement, then so many trials as each has; the mean of all trials that were drawn."""
    rng, count = np.random.default_rng(seed), len(signs)
    sizes = np.array([len(each) for each in signs])
    shares = np.array([[(each == value).mean() for value in (-1, 0, 1)] for each in signs])
    which = rng.integers(count, size=(DRAWS, count))
    drawn = rng.multinomial(sizes[which], shares[which])
    means = (drawn[..., 2] - drawn[..., 0]).sum(1) / sizes[which].sum(1)
    low, high = np.quantile(means, [0.025, 0.975]).tolist()
    return low, high
