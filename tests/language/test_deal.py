"""Whose turn it is: pinned for eight shares, and exact in every run of 1,000, wherever it begins."""

from fractions import Fraction

import numpy as np
import pytest

from vladata.language.tasks.deal import RUN, Deal, deal_of


def shares_of(*weights):
    return [Fraction(weight) / sum(map(Fraction, weights)) for weight in weights]


def test_the_order_of_some_turns():
    """Samples of a recipe with shares change their tasks when these do: a dataset is not resumed by another version then."""
    assert Deal(shares_of(4, 1, 1, 1, 1)).turns(0, 16).tolist() == PINNED
    assert Deal(shares_of(1)).turns(5, 3).tolist() == [0, 0, 0]
    assert Deal(shares_of(3, 1)).turns(998, 4).tolist() == Deal(shares_of(3, 1)).turns(0, 1002).tolist()[998:]


PINNED = [0, 1, 0, 2, 0, 3, 0, 4, 0, 1, 0, 2, 0, 3, 0, 4]


@pytest.mark.parametrize(
    "weights",
    [
        (1, 1),
        (4, 1, 1, 1, 1),
        (4, 2, 1),
        (3, 1, 1, 1, 1),
        ("0.1", "0.7", "0.2"),
        (57, 13, 11, 7, 5, 3, 1),
        ("0.0004", 1),
    ],
    ids=str,
)
def test_every_run_of_1000_has_of_each_what_it_is_due(weights):
    shares = shares_of(*weights)
    turns = Deal(shares).turns(0, 40 * RUN)
    for task, share in enumerate(shares):
        sums = np.concatenate([[0], np.cumsum(turns == task)])
        runs = sums[RUN:] - sums[:-RUN]
        due = share * RUN
        allowed = {int(due)} if due.denominator == 1 else {int(due), int(due) + 1}
        assert set(runs.tolist()) <= allowed
        # and from the first step on it is never far from its due
        ahead = sums - np.arange(len(sums)) * float(share)
        assert np.abs(ahead).max() < 3


def test_random_shares():
    rng = np.random.default_rng(0)
    for _ in range(30):
        weights = rng.integers(1, 1000, rng.integers(2, 9)).tolist()
        shares = shares_of(*weights)
        turns = Deal(shares).turns(0, 12 * RUN)
        for task, share in enumerate(shares):
            sums = np.concatenate([[0], np.cumsum(turns == task)])
            runs = sums[RUN:] - sums[:-RUN]
            assert runs.min() >= int(share * RUN)
            assert runs.max() <= -int(-share * RUN // 1)


def test_a_turn_follows_from_the_number_alone():
    shares = shares_of(5, 4, 2)
    whole = Deal(shares).turns(0, 5000).tolist()
    for first, count in ((0, 1), (999, 2), (1000, 1), (3500, 1200), (17, 0)):
        assert Deal(shares).turns(first, count).tolist() == whole[first : first + count]
    backwards = Deal(shares)
    assert [backwards.turns(i, 1)[0] for i in range(4999, 3990, -100)] == whole[4999:3990:-100]


def test_shares_as_they_are_written():
    assert deal_of({"a": None, "b": None}) is None
    tenths = deal_of({"a": 0.1, "b": 0.2})
    assert tenths is not None
    assert tenths.turns(0, 3000).tolist() == Deal(shares_of(1, 2)).turns(0, 3000).tolist()
