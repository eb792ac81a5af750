"""The order of a mixture: exact in every global batch, the same after any resume, and found at any position.

The bars are held against whole numbers; what the order is, against the rule as prose has it, gone through batch by batch.
"""

import json
import pickle
from fractions import Fraction
from itertools import accumulate, pairwise, product
from math import ceil, floor, lcm

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loaders.dealt import FIVE, HALVES, IDENTITY, order_of, step_of
from vladata import keys
from vladata.errors import UsageError
from vladata.loaders.ordering.bijection import Bijections
from vladata.loaders.ordering.cursor import Cursor
from vladata.loaders.ordering.dealing import floor_sum


def taken(order, cursor, start, stop):
    """(source, row, turn) of positions."""
    found = order.places(cursor, start, stop)
    return list(zip(found.source.tolist(), found.row.tolist(), found.turn.tolist(), strict=True))


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(1, 60))
def test_a_floor_sum_is_the_sum(n, a, b, m):
    assert floor_sum(n, a, b, m) == sum((a * k + b) // m for k in range(n))


def mix(z):
    word = (1 << 64) - 1
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & word
    z = (z ^ z >> 27) * 0x94D049BB133111EB & word
    return z ^ z >> 31


def by_the_prose(shares, sizes, samples, seed, batch, epochs):
    """The rule as the file's top says it, batch by batch: of each epoch the (source, row, turn) of its samples."""
    sums = [Fraction(), *accumulate(shares.values())]
    over = lcm(*(each.denominator for each in sums))
    m, bijections = step_of(over), Bijections(seed, sizes)
    gave, numbers, found = dict.fromkeys(shares, 0), {"deal": 0, "deal last": 0}, []
    for _ in range(epochs):
        epoch = []
        while len(epoch) < samples:
            size = min(batch, samples - len(epoch))
            purpose = "deal" if size == batch else "deal last"
            k = numbers[purpose]
            u = Fraction(k * m % over, over)
            dealt = []
            for i, (name, (low, high)) in enumerate(zip(shares, pairwise(sums), strict=True)):
                count = floor(size * high + u) - floor(size * low + u)
                golden = 0x9E3779B97F4A7C15
                w = mix((keys.seed_of(seed, purpose, name) + (k + 1) * golden) & ((1 << 64) - 1)) >> 32
                dealt += [((j * 2**32 + w) // count, i, name, gave[name] + j) for j in range(count)]
                gave[name] += count
            numbers[purpose] += 1
            for _, i, name, q in sorted(dealt):
                turn, within = divmod(q, sizes[name])
                row = bijections.rows(*(np.array([value]) for value in (i, turn, within)))[0]
                epoch.append((i, int(row), turn))
        found.append(epoch)
    return found


@pytest.mark.parametrize("shares", [HALVES, FIVE, {"only": Fraction(1)}], ids=["halves", "five", "one"])
@pytest.mark.parametrize("batch", [1, 7, 24, 120, 500])
def test_it_is_the_rule_that_the_prose_says(shares, batch):
    order = order_of(shares, 120)
    expected = by_the_prose(shares, {name: 13 * i + 1 for i, name in enumerate(shares)}, 120, 7, batch, 3)
    for epoch in (2, 0, 1):  # in no order
        cursor = order.begin(batch, epoch)
        assert taken(order, cursor, 0, 120) == expected[epoch]
        assert taken(order, cursor, 31, 77) == expected[epoch][31:77]


def test_the_first_samples_of_seed_7():
    """The literals that every run that was ever stopped relies on."""
    order = order_of(FIVE, 1000)
    assert taken(order, order.begin(8), 0, 10) == FIRST


FIRST = [
    (2, 11, 0),
    (1, 13, 0),
    (0, 0, 0),
    (2, 25, 0),
    (2, 15, 0),
    (1, 11, 0),
    (0, 0, 1),
    (4, 40, 0),
    (2, 12, 0),
    (3, 8, 0),
]


@pytest.mark.parametrize("world", [1, 3, 8])
@pytest.mark.parametrize("shares", [HALVES, FIVE], ids=["halves", "five"])
def test_every_global_batch_of_ten_thousand_has_its_shares(shares, world):
    """The floor or the ceiling of what is due, each source, each batch; three stops at other world sizes on the way."""
    order, size, at, done = order_of(shares, 10**7), 5, 0, 0
    cursor = order.begin(size * world)
    for here, batches in ((world, 4000), (world + 1, 1000), (2 * world, 1000), (world, 4000)):
        batch = size * here
        cursor = order.resumed(Cursor.from_json(json.loads(json.dumps(cursor.at(0, at).to_json()))), batch)
        source = order.places(cursor, at, at + batches * batch).source.reshape(batches, batch)
        for i, share in enumerate(shares.values()):
            counts = np.count_nonzero(source == i, axis=1)
            assert set(counts.tolist()) <= {floor(share * batch), ceil(share * batch)}
        at, done = at + batches * batch, done + batches
    assert done == 10_000


@pytest.mark.parametrize("world", [3, 8])
def test_parts_of_ranks_have_about_their_shares(world):
    """Within two samples of what is due to each source, in the 32 samples of each rank."""
    order, batch = order_of(FIVE, 10**6), 32 * world
    source = order.places(order.begin(batch), 0, 500 * batch).source.reshape(-1, 32)
    for i, share in enumerate(FIVE.values()):
        assert abs(np.count_nonzero(source == i, axis=1) - float(32 * share)).max() <= 2


def test_a_run_that_is_stopped_goes_on_at_any_number_of_ranks():
    """256 pairs of world sizes. At the same global batch the order is the same; at another each source's stream goes on."""
    shares, samples, whole = FIVE, 480, {}
    order = order_of(shares, samples)
    for before, after in product(range(1, 17), repeat=2):
        batch, other = 8 * before, (before * after % 3 + 4) * after
        at = batch * ((5 * before + after) % (samples // batch))
        stopped = Cursor.from_json(json.loads(json.dumps(order.begin(batch, 1).at(1, at).to_json())))
        assert order.resumed(stopped, batch) == stopped
        cursor = order.resumed(stopped, other)
        assert (cursor.anchor == stopped.anchor) == (other == batch)
        if before not in whole:
            whole[before] = taken(order, stopped, 0, samples) + taken(order, stopped.at(2, 0), 0, samples)
        unbroken = whole[before]
        resumed = (
            unbroken[:at] + taken(order, cursor, at, samples) + taken(order, cursor.at(2, 0), 0, samples)
        )
        assert len(resumed) == len(unbroken) == 2 * samples
        for i in range(len(shares)):
            streams = [[place for place in each if place[0] == i] for each in (unbroken, resumed)]
            least = min(map(len, streams))
            assert streams[0][:least] == streams[1][:least], (before, after)
            assert abs(len(streams[0]) - len(streams[1])) <= 5


def test_a_pass_over_a_source_is_over_before_the_next_begins():
    order = order_of(HALVES, 100, {"robot": 7, "web": 300})
    found = [place for epoch in range(5) for place in taken(order, order.begin(8, epoch), 0, 100)]
    robot = [(turn, row) for source, row, turn in found if source == 0]
    assert [turn for turn, _ in robot] == sorted(turn for turn, _ in robot)
    for turn in range(len(robot) // 7):
        assert sorted(row for t, row in robot if t == turn) == list(range(7))
    web = [row for source, row, _ in found if source == 1]
    assert len(set(web)) == len(web)  # 250 of 300: none twice, over all epochs


def test_a_source_with_one_sample_and_nearly_all_of_the_mixture():
    order = order_of({"one": Fraction(99, 100), "rest": Fraction(1, 100)}, 1000, {"one": 1, "rest": 5})
    found = taken(order, order.begin(50), 0, 1000)
    assert [turn for source, _, turn in found if source == 0] == list(range(990))
    assert sorted(row for source, row, _ in found if source == 1) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_shares_of_many_digits_are_found_at_any_position():
    """As temperatures at three levels make them."""
    shares = {
        name: Fraction(n, 3 * 10**36 + 7) for name, n in (("a", 10**36), ("b", 10**36 + 3), ("c", 10**36 + 4))
    }
    order = order_of(shares, 1 << 60)
    cursor = order.begin(96, 3)
    for k in (0, 10**12, 10**15 + 1):
        source = order.places(cursor, 96 * k, 96 * k + 96).source
        assert np.bincount(source, minlength=3).tolist() == [32, 32, 32]


def test_a_seek_needs_nothing_of_what_comes_before():
    order = order_of(FIVE, 1 << 42, dict.fromkeys(FIVE, 1000003))
    near = order.begin(32, 2).at(2, 10**12)
    assert taken(order, near, 10**12, 10**12 + 3) == FAR
    again = order_of(FIVE, 1 << 42, dict.fromkeys(FIVE, 1000003))
    steps = [taken(again, near, at, at + 20) for at in range(10**12 - 200, 10**12 + 40, 20)]
    assert [place for step in steps for place in step] == taken(order, near, 10**12 - 200, 10**12 + 40)


FAR = [(1, 70862, 1632677), (2, 5594, 3918425), (0, 272094, 3265354)]


def test_it_is_pickled():
    order = order_of(FIVE)
    expected = taken(order, order.begin(24), 100, 148)
    assert taken(pickle.loads(pickle.dumps(order)), order.begin(24), 100, 148) == expected


def test_places_before_an_anchor_are_not_known():
    order = order_of(HALVES)
    cursor = order.resumed(order.begin(24).at(1, 48), 32)
    for epoch, position in ((0, 0), (1, 47)):
        with pytest.raises(
            UsageError, match=r"its order is known only from there on.*epoch 1, position 48 or later"
        ):
            order.places(cursor.at(epoch, 0), position, 100)
    with pytest.raises(UsageError, match="the state's anchor is damaged"):
        order.resumed(Cursor(IDENTITY, 0, 0), 32)
    with pytest.raises(UsageError, match="the state's anchor is damaged"):
        order.resumed(order_of(FIVE).begin(32), 32)


def test_an_epoch_that_is_over_and_an_empty_part():
    order = order_of(HALVES, 100)
    over = order.begin(24).at(0, 100)
    assert order.resumed(over, 24) == over
    assert order.resumed(over, 32).anchor.given == (50, 50)
    assert len(order.places(over, 100, 100)) == len(order.places(over, 7, 7)) == 0
