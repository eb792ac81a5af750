"""The global order of one dataset, and a place in it: the same at any number of ranks and any batch size, also after a resume."""

import json
import pickle
from itertools import product

import numpy as np
import pytest

from vladata.errors import UsageError
from vladata.loaders.order import DatasetOrder
from vladata.loaders.ordering.cursor import Anchor, Cursor, Identity
from vladata.loaders.ordering.cuts import cuts

IDENTITY = Identity("ab12", "0:1000:1", "samples", 1, 0)


def order_of(samples=1000, **changes):
    return DatasetOrder(samples, Identity(**{**_plain(IDENTITY), **changes}))


def _plain(identity):
    return {name: getattr(identity, name) for name in identity.__slots__}


def rows(order, epoch, start=0, stop=None):
    cursor = order.begin(32).at(epoch, 0)
    return order.places(cursor, start, order.samples if stop is None else stop).row


def test_the_first_samples_of_seed_0():
    """The literals that every run that was ever stopped relies on."""
    order = order_of()
    assert rows(order, 0, 0, 8).tolist() == FIRST[0]
    assert rows(order, 1, 0, 8).tolist() == FIRST[1]


FIRST = {0: [494, 90, 320, 962, 54, 621, 646, 68], 1: [266, 532, 204, 901, 71, 11, 348, 691]}


def test_every_epoch_has_each_sample_once_in_another_order():
    found = [rows(order_of(), epoch) for epoch in range(3)]
    for each in found:
        assert np.array_equal(np.sort(each), np.arange(1000))
    assert max((a == b).sum() for a, b in product(found, found) if a is not b) < 8


def test_the_stored_order():
    order = order_of(5, shuffle=0)
    assert rows(order, 3).tolist() == [0, 1, 2, 3, 4]
    assert order.places(order.begin(2, 3), 0, 5).turn.tolist() == [3] * 5


def test_places_are_found_from_any_position():
    order = order_of()
    whole = rows(order, 2)
    for start, stop in ((0, 1), (999, 1000), (313, 320), (5, 5)):
        assert np.array_equal(rows(order, 2, start, stop), whole[start:stop])
    place = order.places(order.begin(1, 2), 10, 14)
    assert (place.source.tolist(), place.turn.tolist()) == ([0] * 4, [2] * 4)
    assert (place.lane.tolist(), place.first.tolist(), len(place)) == ([-1] * 4, [False] * 4, 4)


@pytest.mark.parametrize("samples", [997, 1000, 1024])
def test_a_run_that_is_stopped_goes_on_at_any_number_of_ranks(samples):
    """256 pairs of world sizes, each with other batch sizes: the parts of all ranks are the rest of the one sequence."""
    order, refused = order_of(samples), 0
    for before, after in product(range(1, 17), repeat=2):
        batch_size, other = 1 + (before * after) % 5, 1 + (before + after) % 4
        first = cuts(samples, 0, batch_size, before, False)
        k = (7 * before + after) % len(first)
        stopped = Cursor.from_json(_through(order.begin(first.batch).at(0, first.bounds(k)[1]).to_json()))
        cursor = order.resumed(stopped, other * after)
        assert order.places(cursor, 0, 3).row.tolist() == rows(order, 0, 0, 3).tolist()
        read = [first.part(i, rank) for i in range(k + 1) for rank in range(before)]
        if 0 < samples - cursor.position < after:
            with pytest.raises(UsageError, match="fewer samples are left of the epoch than there are ranks"):
                cuts(samples, cursor.position, other, after, False)
            refused += 1
            continue
        rest = cuts(samples, cursor.position, other, after, False)
        read += [rest.part(i, rank) for i in range(len(rest)) for rank in range(after)]
        # Parts that follow one another, from the first sample to the last: the sequence itself is the same for all.
        assert [start for start, _ in read] == [0, *(stop for _, stop in read[:-1])], (before, after)
        assert read[-1][1] == samples
    assert refused < 8


def _through(state):
    return json.loads(json.dumps(state))


def test_a_seek_needs_nothing_of_what_comes_before():
    order = order_of(1 << 40)
    found = order.places(order.begin(256), 10**12, 10**12 + 3)
    assert found.row.tolist() == FAR


FAR = [625293890892, 958196836773, 899963519646]


def test_the_state_is_small_and_plain():
    cursor = order_of().begin(32, 4).at(4, 640)
    assert _through(cursor.to_json()) == {
        "version": 1,
        "dataset": "ab12",
        "selection": "0:1000:1",
        "order": "samples",
        "shuffle": 1,
        "seed": 0,
        "shares": "",
        "epoch": 4,
        "position": 640,
    }
    assert Cursor.from_json(cursor.to_json()) == cursor == pickle.loads(pickle.dumps(cursor))
    more = Cursor(IDENTITY, 1, 2, 3, Anchor(32, 0, 64, 2, 0, (40, 24)))
    assert Cursor.from_json(_through(more.to_json())) == more


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("dataset", "cd34", "the dataset differs"),
        ("selection", "0:999:1", "the loaded split or selection of the dataset differs"),
        ("order", "episodes", "the order differs"),
        ("shuffle", 0, "shuffle differs"),
        ("seed", 1, "the seed differs"),
        ("shares", "a=1/2 b=1/2", "the weights of the mixture's sources differ"),
    ],
)
def test_a_state_of_another_run_is_refused(name, value, says):
    expected = _plain(IDENTITY)[name]
    with pytest.raises(UsageError, match=says) as refused:
        order_of(**{name: value}).resumed(Cursor(IDENTITY, 0, 0), 32)
    assert (refused.value.where, refused.value.allowed) == (name, str(expected))
    assert str(value)[-5:] in refused.value.got


def test_a_position_behind_the_end_is_refused():
    with pytest.raises(UsageError, match=r"(?s)behind the end of the epoch.*got 1001.*0 to 1000"):
        order_of().resumed(Cursor(IDENTITY, 0, 1001), 32)


GOOD = Cursor(IDENTITY, 1, 2, 0, Anchor(32, 0, 64, 2, 0, (40, 24))).to_json()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": 2}, r"another version.*got 2.*version 1"),
        ({"seed": "0"}, "seed of the state is not a whole number"),
        ({"seed": True}, "seed of the state is not a whole number"),
        ({"epoch": 1.0}, "epoch of the state is not a whole number"),
        ({"epoch": None}, "epoch of the state is not a whole number"),
        ({"position": -1}, r"position of the state is not a whole number.*got -1"),
        ({"dataset": 5}, "dataset of the state is not a text"),
        ({"anchor": 5}, "the state's anchor is damaged"),
        ({"anchor": {"given": [1]}}, "batch of the state is not a whole number"),
        (
            {"anchor": {**GOOD["anchor"], "given": [1, "2"]}},
            "anchor.given of the state is not a whole number",
        ),
        ({"workers": 5}, r"unknown entries.*workers"),
    ],
)
def test_a_damaged_state_is_refused(change, says):
    with pytest.raises(UsageError, match=f"(?s){says}"):
        Cursor.from_json({**GOOD, **change})


@pytest.mark.parametrize("data", [None, [1], "state", 3, {}])
def test_what_is_no_state_is_refused(data):
    with pytest.raises(UsageError, match="the state has another version"):
        Cursor.from_json(data)
