"""The order of whole episodes: each sample once, each episode step after step in one lane, the same after any resume."""

import json
import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vladata
from vladata.errors import UsageError
from vladata.loaders.ordering.bijection import Bijections
from vladata.loaders.ordering.cursor import Cursor, Identity
from vladata.loaders.ordering.episodes import EpisodeOrder, EpisodeRows
from vladata.loaders.ordering.store import store_of

IDENTITY = Identity("ab12", "0:9:1", "episodes", 1, 4)


def by_the_prose(lengths, seed, epoch, lanes, shuffle=1):
    """The rule as the file's top says it: of each position (episode, step, lane)."""
    count, total = len(lengths), sum(lengths)
    none = np.zeros(count, np.int64)
    row = (
        Bijections(seed, {"episodes": count}).rows(none, none + epoch, np.arange(count))
        if shuffle
        else range(count)
    )
    steps = [(int(e), step) for e in row for step in range(lengths[e])]
    edges = [i for i, (_, step) in enumerate(steps) if step == 0] + [total]
    cuts = [
        0,
        *(min(edges, key=lambda e: (abs(e * lanes - lane * total), e)) for lane in range(1, lanes)),
        total,
    ]
    runs = sorted((steps[a:b] for a, b in pairwise(cuts)), key=len, reverse=True)
    return [
        (*run[time], lane) for time in range(len(runs[0])) for lane, run in enumerate(runs) if time < len(run)
    ]


def order_of(lengths, **changes):
    """Episodes whose samples lie one after another."""
    plain = {name: getattr(IDENTITY, name) for name in IDENTITY.__slots__}
    start = np.append(0, np.cumsum(lengths))
    return EpisodeOrder(EpisodeRows(np.arange(start[-1]), start), Identity(**{**plain, **changes}))


def taken(order, lengths, cursor, start, stop):
    """(episode, step, lane) of positions."""
    begins = np.append(0, np.cumsum(lengths))
    found = order.places(cursor, start, stop)
    episode = np.searchsorted(begins, found.row, side="right") - 1
    step = found.row - begins[episode]
    assert (found.first == (step == 0)).all()
    return list(zip(episode.tolist(), step.tolist(), found.lane.tolist(), strict=True))


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=30), st.integers(1, 12), st.integers(0, 5), st.booleans()
)
def test_it_is_the_rule_that_the_prose_says(lengths, lanes, epoch, shuffle):
    order = order_of(lengths, shuffle=int(shuffle))
    expected = by_the_prose(lengths, 4, epoch, lanes, shuffle)
    cursor = order.begin(lanes, epoch)
    assert taken(order, lengths, cursor, 0, sum(lengths)) == expected
    middle = sum(lengths) // 2
    assert taken(order, lengths, cursor, middle, sum(lengths)) == expected[middle:]


def test_the_first_positions_of_seed_4():
    """The literals that every run that was ever stopped relies on."""
    lengths = [3, 5, 2, 4, 6, 1]
    assert taken(order_of(lengths), lengths, order_of(lengths).begin(3), 0, 9) == FIRST


FIRST = [(3, 0, 0), (2, 0, 1), (1, 0, 2), (3, 1, 0), (2, 1, 1), (1, 1, 2), (3, 2, 0), (0, 0, 1), (1, 2, 2)]


def test_places_of_a_batch_go_on_with_their_episodes():
    lengths = [20 + i % 7 for i in range(64)]
    order = order_of(lengths)
    cursor = order.begin(8)
    batches = [taken(order, lengths, cursor, k, k + 8) for k in range(0, 8 * 150, 8)]
    for before, after in pairwise(batches):
        for (episode, step, lane), (other, next_, same) in zip(before, after, strict=True):
            assert lane == same
            assert (other, next_) == (episode, step + 1) or (next_ == 0 and step + 1 == lengths[episode])


def test_a_run_that_goes_on_with_another_batch_keeps_its_lanes():
    lengths = [5, 9, 3, 7, 7, 2, 8]
    order = order_of(lengths)
    whole = taken(order, lengths, order.begin(6), 0, 41)
    state = json.loads(json.dumps(order.begin(6).at(0, 12).to_json()))
    assert state["lanes"] == 6
    cursor = order.resumed(Cursor.from_json(state), 35)
    assert taken(order, lengths, cursor, 12, 41) == whole[12:]
    with pytest.raises(UsageError, match="the state has no lanes"):
        order.resumed(Cursor(IDENTITY, 0, 0), 6)


@pytest.fixture(scope="module")
def opened(robot):
    return vladata.open(robot)


def test_episodes_of_a_dataset_come_step_after_step(opened):
    """Of shuffled shards, by what the samples themselves say."""
    store = store_of(opened)
    order = store.order(0, "episodes")
    for epoch in (0, 1):
        cursor = order.begin(4, epoch)
        batch = store.read_batch(order.places(cursor, 0, order.samples))
        assert sorted(batch["key"]) == sorted(sample.key for sample in opened)
        for lane in range(4):
            here = np.flatnonzero(batch["lane"] == lane)
            steps = [(batch["episode"][i], int(batch["step"][i]), bool(batch["first"][i])) for i in here]
            for (episode, step, _), (other, next_, first) in pairwise(steps):
                assert (other != episode) if first else (other == episode and next_ > step)
        firsts = [batch["episode"][i] for i in np.flatnonzero(batch["first"])]
        assert len(firsts) == len(set(firsts)) == len(set(batch["episode"]))
    orders = [order.places(order.begin(4, epoch), 0, order.samples).row.tolist() for epoch in (0, 1)]
    assert orders[0] != orders[1]


def test_part_of_a_dataset_in_episodes(opened):
    part = opened[10:40]
    store = store_of(part, shuffle=False)
    order = store.order(0, "episodes")
    batch = store.read_batch(order.places(order.begin(1), 0, 30), ["key", "episode"])
    assert sorted(batch["key"]) == sorted(sample.key for sample in part)
    listed = list(dict.fromkeys(sample.episode for sample in part))
    assert list(dict.fromkeys(batch["episode"])) == listed  # as their first samples are stored
    assert batch["lane"].tolist() == [0] * 30


def test_an_order_of_episodes_is_pickled(opened):
    order = store_of(opened).order(2, "episodes")
    again = pickle.loads(pickle.dumps(order))
    rows = [each.places(each.begin(5), 0, 20).row.tolist() for each in (order, again)]
    assert rows[0] == rows[1]


def test_samples_in_plain_order_have_no_lanes(opened):
    store = store_of(opened)
    order = store.order(0)
    assert "lane" not in store.read_batch(order.places(order.begin(4), 0, 4))
