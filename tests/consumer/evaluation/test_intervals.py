"""Intervals against a library's, and differences against plain sums."""

from itertools import chain
from math import sqrt

import numpy as np
import pytest
from scipy.stats import binomtest

from vladata.consumer.evaluation.intervals import difference, mcnemar, paired_interval, rate


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
    b, c, n = 15.5, 5.5, 52  # Agresti and Min 2005: half a trial in each of the four cells
    half = 1.959964 * sqrt(b + c - (b - c) ** 2 / n) / n
    assert (found.low, found.high) == pytest.approx(((b - c) / n - half, (b - c) / n + half), rel=1e-6)
    assert (found.low, found.high) == found.pairs
    assert found.p == pytest.approx(binomtest(5, 20).pvalue)
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


def test_policies_that_never_differed_are_not_said_to_be_equal():
    found = difference([[True] * 5], [[True] * 5])
    assert (found.mean, found.p) == (0, 1)
    assert found.low == -found.high == pytest.approx(-1.959964 / 7)
    of_two = difference([[True] * 5, [False] * 5], [[True] * 5, [False] * 5])
    assert (of_two.low, of_two.high) == pytest.approx((-1.959964 / 12, 1.959964 / 12))
    assert of_two.seeds == 2


@pytest.mark.parametrize(("only", "other"), [(0, 1), (3, 3), (0, 12), (7, 19), (200, 250)])
def test_mcnemar_is_the_binomial_test(only, other):
    assert mcnemar(only, other) == pytest.approx(binomtest(only, only + other).pvalue)


def test_the_interval_of_pairs_holds_what_it_says():
    """The published approval ratings (Agresti, Categorical Data Analysis, table 10.1): 1600 people, 150 and 86 who changed."""
    low, high = paired_interval(86, 150, 1600)
    assert (low, high) == pytest.approx((-0.0588, -0.0212), abs=2e-4)
