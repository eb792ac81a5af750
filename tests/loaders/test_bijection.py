"""The shuffle of a pass. Every run that was ever stopped relies on the literals: when they change, it goes on elsewhere."""

from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vladata import keys
from vladata.loaders.ordering.bijection import Bijections

WORD = (1 << 64) - 1


def rows(n, seed=0, turn=0, name="x", places=None):
    places = np.arange(n) if places is None else np.asarray(places)
    none = np.zeros(len(places), np.int64)
    return Bijections(seed, {name: n}).rows(none, none + turn, places)


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ z >> 27) * 0x94D049BB133111EB & WORD
    return z ^ z >> 31


def by_the_prose(n, seed, name, turn, x):
    """The rule as the file's top says it, in whole numbers of Python."""
    golden = 0x9E3779B97F4A7C15
    p = mix((keys.seed_of(seed, "load", name) + (turn + 1) * golden) & WORD)
    a = next(a for a in range(2, 1 << 40, 2) if a * a >= n) if n < 1 << 20 else _root(n)
    b = -(-n // a)
    while True:
        left, right = x % a, x // a
        for r in range(16 if n < 65_536 else 8):
            m, other = (b, left) if r % 2 else (a, right)
            z = (other + mix((p + (r + 1) * golden) & WORD)) * 0xFF51AFD7ED558CCD & WORD
            z = (z ^ z >> 32) * 0xC4CEB9FE1A85EC53 & WORD
            more = (z >> 32) * m >> 32
            left, right = (left, (right + more) % b) if r % 2 else ((left + more) % a, right)
        x = left + a * right
        if x < n:
            return x


def _root(n):
    a = int(n**0.5) // 2 * 2 - 4
    while a * a < n:
        a += 2
    return a


def test_the_first_passes_of_ten():
    assert rows(10).tolist() == [6, 1, 2, 7, 3, 4, 5, 8, 9, 0]
    assert rows(10, seed=1).tolist() == [1, 2, 9, 5, 8, 6, 3, 4, 7, 0]
    assert rows(10, turn=1).tolist() == [4, 5, 1, 8, 7, 0, 6, 2, 3, 9]


def test_the_ends_of_a_large_source():
    places = [0, 1, 2, (1 << 40) - 1]
    found = rows(1 << 40, seed=7, name="bridge", places=places)
    assert found.tolist() == [534705543178, 231473083023, 194040125008, 1064389031401]


@given(
    st.one_of(st.integers(1, 300), st.integers(65_530, 65_550), st.integers(1, 1 << 40)),
    st.integers(0, (1 << 63) - 1),
    st.integers(0, 1 << 30),
    st.data(),
)
def test_it_is_the_rule_that_the_prose_says(n, seed, turn, data):
    places = data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=5))
    expected = [by_the_prose(n, seed, "web/vqa", turn, x) for x in places]
    assert rows(n, seed, turn, "web/vqa", places).tolist() == expected


@pytest.mark.parametrize("n", [*range(1, 40), 255, 256, 1000, 65_535, 65_536, 65_537, 300_007])
def test_each_sample_comes_once_a_pass(n):
    for turn in (0, 1, 10**9):
        assert np.array_equal(np.sort(rows(n, 3, turn)), np.arange(n))


def test_sources_and_passes_of_one_call_are_those_of_single_calls():
    sizes = {"a": 1, "b": 2, "c": 70_000, "d": 13, "e": 65_536}
    together = Bijections(5, sizes)
    place = np.random.default_rng(0)
    source = place.integers(0, 5, 500)
    turn = place.integers(0, 3, 500)
    within = place.integers(0, np.array(list(sizes.values()))[source])
    names = list(sizes)
    expected = [
        rows(sizes[names[s]], 5, t, names[s], [w])[0] for s, t, w in zip(source, turn, within, strict=True)
    ]
    assert together.rows(source, turn, within).tolist() == expected
    assert together.rows(source[:0], turn[:0], within[:0]).tolist() == []


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7])
def test_all_orders_of_a_few_samples_come_about_equally_often(n):
    """Over many passes, each of the n! orders within a quarter of its due (n = 7: half; 8 draws are due of each)."""
    passes = 40_000
    turn, place = np.repeat(np.arange(passes), n), np.tile(np.arange(n), passes)
    found = Bijections(0, {"x": n}).rows(turn * 0, turn, place).reshape(passes, n)
    orders, counts = np.unique(found, axis=0, return_counts=True)
    due = passes / factorial(n)
    if n < 7:
        assert len(orders) == factorial(n)
        assert abs(counts - due).max() < max(6 * due**0.5, 0.25 * due)
    else:
        assert len(orders) > 0.99 * factorial(n)
    spread = ((counts - due) ** 2 / due).sum() + (factorial(n) - len(orders)) * due
    assert spread < factorial(n) - 1 + 6 * (2 * factorial(n)) ** 0.5 + 0.002 * passes


N = 100_000


@pytest.mark.parametrize(
    "other",
    [np.arange(N), rows(N, seed=1), rows(N, turn=1), rows(N, name="y")],
    ids=["stored", "seed", "pass", "name"],
)
def test_an_order_has_nothing_to_do_with_another(other):
    """Against the stored order, another seed, pass or name: points that stay, correlation, and 40 x 40 cells by chi-square, whose
    1,521 degrees of freedom leave it below 1,521 + 6 * 55 = 1,851."""
    own = rows(N)
    assert (own == other).sum() < 10  # one is expected
    assert abs(np.corrcoef(own, other)[0, 1]) < 6 / N**0.5
    cells = np.bincount(own * 40 // N * 40 + other * 40 // N, minlength=1600)
    assert 1200 < ((cells - N / 1600) ** 2 / (N / 1600)).sum() < 1851


def test_neighbours_are_strangers():
    own = rows(N)
    assert (abs(np.diff(own)) == 1).sum() < 15  # two are expected
    cells = np.bincount(own[:-1] * 40 // N * 40 + own[1:] * 40 // N, minlength=1600)
    assert 1200 < ((cells - N / 1600) ** 2 / (N / 1600)).sum() < 1851
    # Runs that rise: of random orders a sixth of all triples.
    rising = ((own[:-2] < own[1:-1]) & (own[1:-1] < own[2:])).sum()
    assert abs(rising / N - 1 / 6) < 0.008


def test_adjacent_places_of_a_source_of_a_trillion_are_far_apart():
    n = 1 << 40
    found = rows(n, places=np.arange(n // 2, n // 2 + 20_000))
    cells = np.bincount(found * 100 // n, minlength=100)
    assert ((cells - 200) ** 2 / 200).sum() < 99 + 6 * 14.1
    assert np.unique(found).size == 20_000
