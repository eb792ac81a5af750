"""The order of a unit. The literals are what every mixture that was ever made relies on: when they change, a virtual mixture
gives other samples than it gave, and a run that was stopped cannot be gone on with."""

import numpy as np

from vladata.mixtures.order import order_of

COUNTS = np.array([[3, 1], [2, 2], [3, 1]])


def test_the_order_of_seed_7():
    order = order_of(COUNTS, 7, 0, (0, 0), (8, 4))
    assert order.source.tolist() == [0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0]
    assert order.turn.tolist() == [1, 6, 3, 0, 0, 4, 5, 2, 2, 1, 3, 7]


def test_a_pass_is_over_before_the_next_begins():
    """Of the first source 2 samples came before, and 3 are a pass: the unit begins with the last of one."""
    order = order_of(COUNTS, 7, 0, (2, 0), (3, 4))
    turns = order.turn[order.source == 0].tolist()
    assert turns == [0, 1, 2, 3, 6, 4, 5, 7]
    assert [(2 + turn) // 3 for turn in turns] == [0, 1, 1, 1, 2, 2, 2, 3]


def test_each_window_has_its_counts_and_each_turn_comes_once():
    order = order_of(COUNTS, 3, 5, (2, 0), (3, 4))
    for window, counts in enumerate(COUNTS):
        inside = order.source[4 * window : 4 * window + 4]
        assert np.bincount(inside, minlength=2).tolist() == counts.tolist()
    for source, total in enumerate(COUNTS.sum(axis=0)):
        assert sorted(order.turn[order.source == source]) == list(range(total))


def test_another_seed_or_unit_is_another_order():
    counts = np.full((8, 2), 32)
    orders = [order_of(counts, seed, unit, (0, 0), (999, 999)) for seed, unit in ((0, 0), (1, 0), (0, 1))]
    assert len({order.source.tobytes() for order in orders}) == 3
    assert len({order.turn.tobytes() for order in orders}) == 3


def test_a_source_that_has_no_turn():
    order = order_of(np.array([[0, 4], [0, 4]]), 0, 0, (0, 0), (1, 9))
    assert order.source.tolist() == [1] * 8
