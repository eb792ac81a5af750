"""Intervals against a library's, and differences against plain sums."""

from itertools import chain
from math import sqrt

import numpy as np
import pytest
from scipy.stats import binomtest

from vladata.consumer.evaluation.intervals import difference, rate


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (10, 10), (45, 50), (1, 150), (77, 150)])
def test_wilson(successes, trials):
    theirs = binomtest(successes, trials).proportion_ci(method="wilson")
    ours = rate(successes, trials)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert ours.mean == successes / trials


def test_of_no_trials_everything_is_possible():
    assert (rate(0, 0).low, rate(0, 0).high) == (0, 1)


def test_a_difference_on_the_same_trials():
    first = [True] * 30 + [False] * 10 + [True] * 5 + [False] * 5
    second = [True] * 30 + [False] * 10 + [False] * 5 + [True] * 5
    second[:10] = [False] * 10
    found = difference([first], [second])
    assert (found.first_only, found.second_only, found.trials) == (15, 5, 50)
    assert found.mean == pytest.approx(0.2)
    values = [1] * 15 + [-1] * 5 + [0] * 30
    spread = sqrt(sum((v - 0.2) ** 2 for v in values) / 49)
    assert found.high - found.mean == pytest.approx(1.959964 * spread / sqrt(50), rel=1e-6)
    turned = difference([second], [first])
    assert (turned.mean, turned.low, turned.high) == pytest.approx((-found.mean, -found.high, -found.low))


def test_seeds_that_differ_widen_the_interval():
    """Three seeds with differences of 0, 20 and 40 points: drawing seeds matters more than drawing trials."""
    rng = np.random.default_rng(0)
    second = [(rng.random(300) < 0.4).tolist() for _ in range(3)]
    first = [
        [b or (i % 100) < add for i, b in enumerate(each)]
        for add, each in zip((0, 33, 66), second, strict=True)
    ]
    found = difference(first, second)
    alone = difference([[*chain(*first)]], [[*chain(*second)]])
    assert found.mean == pytest.approx(alone.mean)
    assert found.high - found.low > 2 * (alone.high - alone.low)
    assert found.low < found.mean < found.high
    assert difference(first, second) == found
