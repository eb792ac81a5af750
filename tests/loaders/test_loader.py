"""Batches, ranks and states of vladata.load, held against vladata.open and against each other."""

import json
import threading
from itertools import pairwise

import numpy as np
import pytest
import simplejpeg

import vladata
from vladata.errors import UsageError

WHOLE = 60  # samples of the output


def keys(loader):
    """The keys of each batch of a loop."""
    return [batch["key"] for batch in loader]


def flat(batches):
    return [key for batch in batches for key in batch]


def everything(robot, **of):
    """The whole order of an epoch or more, from one rank with batches of 1 and no threads."""
    return flat(keys(vladata.load(robot, 1, workers=0, **of)))


def test_a_batch_has_the_samples_that_are_stored(robot):
    samples = {sample.key: sample for sample in vladata.open(robot)}
    assert len(samples) == WHOLE
    seen = []
    for batch in vladata.load(robot, 8):
        seen += batch["key"]
        assert batch["epoch"] == 0
        assert batch["images"].shape == (len(batch["key"]), 1, 1, 64, 64, 3)
        assert batch["images"].dtype == np.uint8
        assert batch["image_mask"].all()
        for n, key in enumerate(batch["key"]):
            sample = samples[key]
            assert batch["prompt"][n] == sample.prompt
            assert batch["target"][n] == sample.target
            assert batch["step"][n] == sample.step
            np.testing.assert_array_equal(batch["action"][n, 0], np.float32(sample.action))
            np.testing.assert_array_equal(batch["bins"][n, 0], sample.bins)
            decoded = simplejpeg.decode_jpeg(sample.images["primary"])
            np.testing.assert_array_equal(batch["images"][n, 0, 0], decoded)
    assert sorted(seen) == sorted(samples)
    assert seen != sorted(samples)


@pytest.mark.parametrize(("workers", "prefetch"), [(0, None), (1, 1), (2, None), (5, 3)])
def test_batches_do_not_depend_on_the_threads(robot, workers, prefetch):
    plain = list(vladata.load(robot, 7, workers=0))
    for one, other in zip(plain, vladata.load(robot, 7, workers=workers, prefetch=prefetch), strict=True):
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[name], other[name]) for name in one)


def test_a_large_batch_is_shared_between_threads(robot):
    small = list(vladata.load(robot, 5, shuffle=False))
    (large,) = vladata.load(robot, 300, shuffle=False, workers=3)
    for name in ("images", "image_mask", "action", "position"):
        np.testing.assert_array_equal(large[name], np.concatenate([batch[name] for batch in small]))


def test_an_unshuffled_epoch_is_the_stored_order(robot):
    stored = [sample.key for sample in vladata.open(robot)]
    loader = vladata.load(robot, 7, shuffle=False)
    assert flat(keys(loader)) == stored
    assert flat(keys(loader)) == stored


def test_positions_count_through_the_epoch(robot):
    loader = vladata.load(robot, 7)
    for epoch in range(2):
        batches = list(loader)
        assert np.concatenate([batch["position"] for batch in batches]).tolist() == list(range(WHOLE))
        assert {batch["epoch"] for batch in batches} == {epoch}


def test_each_loop_is_an_epoch_in_another_order(robot):
    loader = vladata.load(robot, 8, workers=3)
    orders = [flat(keys(loader)) for _ in range(3)]
    assert [sorted(order) for order in orders] == [sorted(orders[0])] * 3
    assert len(set(map(tuple, orders))) == 3
    assert orders[2] == everything(robot, epoch=2)
    assert orders[0] != everything(robot, seed=1)


def test_an_endless_loop_goes_on_over_epochs(robot):
    loader = vladata.load(robot, 8, endless=True)
    got = [batch["key"] for _, batch in zip(range(17), loader, strict=False)]
    assert flat(got[:8]) == everything(robot)
    assert flat(got[8:16]) == everything(robot, epoch=1)
    assert flat(got[16:]) == everything(robot, epoch=2)[:8]
    with pytest.raises(TypeError, match="an endless loader has no length"):
        len(loader)


@pytest.mark.parametrize("world", [1, 2, 3, 7, 60])
def test_ranks_have_disjoint_parts_of_one_order(robot, world):
    ranks = [keys(vladata.load(robot, 4, rank=rank, world=world, workers=0)) for rank in range(world)]
    assert {len(batches) for batches in ranks} == {len(vladata.load(robot, 4, world=world))}
    together = [key for step in zip(*ranks, strict=True) for batch in step for key in batch]
    assert together == everything(robot)


def test_what_does_not_fill_a_global_batch_is_dropped_where_that_is_asked(robot):
    ranks = [vladata.load(robot, 8, rank=rank, world=2, drop_last=True) for rank in range(2)]
    got = [keys(loader) for loader in ranks]
    assert [len(batch) for batch in got[0] + got[1]] == [8] * 6
    assert [len(loader) for loader in ranks] == [3, 3]
    assert set(flat(got[0] + got[1])) == set(everything(robot)[:48])


@pytest.mark.parametrize("workers", [0, 3])
def test_a_state_at_any_moment_goes_on_with_the_next_sample(robot, workers):
    loader, order = vladata.load(robot, 7, workers=workers), everything(robot) + everything(robot, epoch=1)
    states, given = [loader.state_dict()], 0
    for _ in range(2):
        for batch in loader:
            given += len(batch["key"])
            states.append((given, loader.state_dict()))
        states.append((given, loader.state_dict()))
    states[0] = (0, states[0])
    for at, state in states:
        state = json.loads(json.dumps(state))
        resumed, got = vladata.load(robot, 4, resume=state, workers=workers), []
        while len(got) < len(order) - at:
            got += flat(keys(resumed))
        assert got[: len(order) - at] == order[at:]


def test_a_state_goes_on_at_other_ranks_and_batch_sizes(robot):
    loader = vladata.load(robot, 5, rank=1, world=3)
    for _ in zip(range(2), loader, strict=False):
        pass
    state = loader.state_dict()
    for world in (1, 2, 5, 30):
        rest = [keys(vladata.load(robot, 3, rank=rank, world=world, resume=state)) for rank in range(world)]
        together = [key for step in zip(*rest, strict=True) for batch in step for key in batch]
        assert together == everything(robot)[30:]


def test_at_the_end_of_an_epoch_the_rest_of_it_is_an_empty_loop(robot):
    loader = vladata.load(robot, 30)
    for _ in loader:
        last = loader.state_dict()
    assert (last["epoch"], last["position"], loader.epoch) == (0, WHOLE, 1)
    resumed = vladata.load(robot, 30, resume=last)
    assert resumed.epoch == 0
    assert keys(resumed) == []
    assert resumed.epoch == 1
    assert flat(keys(resumed)) == everything(robot, epoch=1)


def test_a_loop_goes_on_where_the_last_one_stopped(robot):
    loader, got = vladata.load(robot, 7, workers=3), []
    while len(got) < WHOLE:
        for batch in loader:
            got += batch["key"]
            if len(got) % 2:
                break
    assert got == everything(robot)


def test_what_is_made_ahead_does_not_count(robot):
    made = []
    loader = vladata.load(robot, 4, workers=3, prefetch=6, collate=lambda batch: made.append(batch) or batch)
    next(iter(loader))
    assert loader.state_dict()["position"] == 4
    assert flat(keys(loader)) == everything(robot)[4:]


def test_load_state_dict_goes_back_and_forth(robot):
    loader = vladata.load(robot, 6)
    states = [loader.state_dict()]
    for _ in loader:
        states.append(loader.state_dict())
    for at in (3, 0, 9, 1):
        loader.load_state_dict(states[at])
        assert loader.state_dict() == states[at]
        assert flat(keys(loader)) == everything(robot)[6 * at :]


def test_set_epoch_begins_another_epoch_and_keeps_the_place_in_this_one(robot):
    loader = vladata.load(robot, 10)
    loader.set_epoch(4)
    loop = iter(loader)
    assert next(loop)["key"] == everything(robot, epoch=4)[:10]
    loader.set_epoch(4)
    assert flat(keys(loader)) == everything(robot, epoch=4)[10:]
    loader.set_epoch(2)
    assert flat(keys(loader)) == everything(robot, epoch=2)
    with pytest.raises(UsageError, match="epoch must be a whole number, 0 or more; got -1"):
        loader.set_epoch(-1)


@pytest.mark.parametrize("after", ["another loop", "set_epoch", "load_state_dict"])
def test_a_loop_whose_loader_went_elsewhere_says_so(robot, after):
    loader = vladata.load(robot, 10)
    first = iter(loader)
    next(first)
    if after == "another loop":
        assert next(iter(loader))["key"] == everything(robot)[10:20]
    elif after == "set_epoch":
        loader.set_epoch(1)
    else:
        loader.load_state_dict(loader.state_dict())
    with pytest.raises(UsageError, match="this loop has ended: another loop over the same loader has begun"):
        next(first)


def test_a_loop_that_is_over_stays_over(robot):
    loader = vladata.load(robot, 30)
    loop = iter(loader)
    assert len(list(loop)) == 2
    assert list(loop) == []
    assert loader.epoch == 1


def test_threads_that_share_a_loop_get_other_batches(robot):
    loop, got = iter(vladata.load(robot, 2, workers=2)), [[], [], []]

    def take(into):
        into += flat(keys(loop))

    takers = [threading.Thread(target=take, args=(into,)) for into in got]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert sorted(flat(got)) == sorted(everything(robot))


def test_what_the_collator_returns_is_what_the_loop_gets(robot):
    loader = vladata.load(robot, 8, collate=lambda batch: (len(batch["key"]), batch["position"][0]))
    assert list(loader) == [(8, at) for at in range(0, 56, 8)] + [(4, 56)]


def test_an_error_of_the_collator_is_raised_as_it_is(robot):
    loader = vladata.load(robot, 8, collate=lambda batch: batch["no such column"])
    with pytest.raises(KeyError, match="no such column"):
        list(loader)
    assert loader.state_dict()["position"] == 0


def test_batches_that_are_kept_keep_their_pixels(robot):
    kept = list(vladata.load(robot, 4, workers=4))
    again = list(vladata.load(robot, 4, workers=0))
    for one, other in zip(kept, again, strict=True):
        np.testing.assert_array_equal(one["images"], other["images"])
    assert all(not np.shares_memory(a["images"], b["images"]) for a, b in pairwise(kept))
