"""Torch's loaders give the order of vladata.load, in one process; test_torch_workers.py has worker processes."""

import itertools
import pickle
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra torch)")

from torch.utils.data import ConcatDataset, DataLoader, Subset, default_collate  # noqa: E402

import vladata  # noqa: E402
from vladata.errors import LoadError, UsageError  # noqa: E402
from vladata.loaders.load import load  # noqa: E402
from vladata.loaders.torch import (  # noqa: E402
    GlobalSampler,
    LoaderDataset,
    SampleDataset,
    collate,
    resumable,
)

SAMPLES = 60
ELSEWHERE = "set_epoch goes back behind the state that was loaded"


@pytest.fixture(scope="module")
def dataset(robot):
    return SampleDataset(robot, cameras=[])


def read(batches):
    """(epoch, position, key) of every sample of batches, in their order."""
    return [
        (batch["epoch"], int(position), key)
        for batch in batches
        for position, key in zip(batch["position"], batch["key"], strict=True)
    ]


def of_load(robot, epochs, **options):
    """The same of vladata.load, which no other process and no torch has touched."""
    loader = load(robot, 8, cameras=[], workers=0, **options)
    return [read(loader) for _ in range(epochs)]


def loader_of(dataset, batch_size=4, **options):
    return DataLoader(
        dataset, batch_sampler=GlobalSampler(dataset, batch_size, **options), collate_fn=collate
    )


def test_positions_are_those_of_load_epoch_after_epoch(robot, dataset):
    expected = of_load(robot, 3)
    rows = dataset.__getitems__(list(range(3 * SAMPLES)))
    assert [(row["epoch"], int(row["position"]), row["key"]) for row in rows] == [
        *expected[0],
        *expected[1],
        *expected[2],
    ]
    keys = [[key for _, _, key in epoch] for epoch in expected]
    assert len(dataset) == SAMPLES
    assert all(len(set(epoch)) == SAMPLES for epoch in keys)
    assert keys[0] != keys[1] != keys[2] != keys[0]


def test_positions_may_come_in_any_order_and_of_several_epochs(dataset):
    whole = {p: dataset[p]["key"] for p in (130, 3, 61, 2, 59)}
    assert [row["key"] for row in dataset.__getitems__([130, 3, 61, 2, 3])] == [
        whole[p] for p in (130, 3, 61, 2, 3)
    ]
    assert [row["key"] for row in dataset][59] == whole[59]
    with pytest.raises(IndexError, match="position -1: positions count from 0"):
        dataset[-1]


def test_a_batch_is_that_of_load_and_pixels_are_not_copied(robot):
    dataset = SampleDataset(robot, image_size=32)
    expected = next(iter(load(robot, 5, image_size=32, workers=0)))
    rows = dataset.__getitems__([0, 1, 2, 3, 4])
    batch = collate(rows)
    assert set(batch) == set(expected)
    for name, value in expected.items():
        found = batch[name]
        if isinstance(value, np.ndarray):
            assert isinstance(found, torch.Tensor)
            np.testing.assert_array_equal(found.numpy(), value, err_msg=name)
            assert found.numpy().dtype == value.dtype
        else:
            assert found == value
    assert batch["images"].shape == (5, 1, 1, 32, 32, 3)
    assert batch["images"].data_ptr() == rows.batch["images"].ctypes.data
    assert rows[1]["images"].data_ptr() == rows[0]["images"].data_ptr() + rows[0]["images"].numel()


def test_torchs_own_collate_gives_the_same_numbers(dataset):
    rows = dataset.__getitems__([7, 8, 70, 9])
    stacked, ours = default_collate(list(rows)), collate(list(rows))
    assert stacked["key"] == ours["key"] == [row["key"] for row in rows]
    assert stacked["epoch"].tolist() == ours["epoch"] == [0, 0, 1, 0]
    for name in ("action", "mask", "bins", "step", "position"):
        assert torch.equal(stacked[name], ours[name]), name
    one_epoch = default_collate(dataset.__getitems__([7, 8]))
    assert torch.equal(one_epoch["action"], collate(dataset.__getitems__([7, 8]))["action"])


@pytest.mark.parametrize("collate_fn", [collate, None], ids=["ours", "torch's"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_a_plain_data_loader_gives_each_sample_once(robot, dataset, collate_fn, shuffle):
    loader = DataLoader(dataset, batch_size=8, shuffle=shuffle, collate_fn=collate_fn)
    keys = [key for batch in loader for key in batch["key"]]
    expected = [key for _, _, key in of_load(robot, 1)[0]]
    assert sorted(keys) == sorted(expected)
    assert (keys == expected) != shuffle


def test_datasets_around_ours_give_its_samples(dataset):
    some = DataLoader(Subset(dataset, [5, 61]), batch_size=2, collate_fn=collate)
    assert next(iter(some))["key"] == [dataset[5]["key"], dataset[61]["key"]]
    twice = DataLoader(ConcatDataset([dataset, dataset]), batch_size=60, collate_fn=collate)
    first, second = twice
    assert first["key"] == second["key"]
    assert first["action"].shape == (60, 1, 7)
    assert first["epoch"] == 0


def test_a_collator_makes_whole_batches(robot):
    dataset = SampleDataset(robot, cameras=[], collate=lambda batch: {"n": np.arange(len(batch["key"]))})
    assert collate(dataset.__getitems__([3, 4]))["n"].tolist() == [0, 1]
    with pytest.raises(
        UsageError, match=r"has made whole batches.*\n.*collate_fn=vladata.loaders.torch.collate"
    ):
        next(iter(DataLoader(dataset, batch_size=2)))


def test_settings_of_a_loop_are_the_samplers(robot):
    with pytest.raises(UsageError, match="does not take the settings of a loop; got 'world, resume'"):
        SampleDataset(robot, resume={}, world=2)
    with pytest.raises(UsageError, match="an iteration is an epoch"):
        LoaderDataset(robot, 4, endless=True)


@pytest.mark.parametrize(("world", "batch_size"), [(1, 60), (2, 4), (3, 7), (7, 4), (16, 2)])
def test_ranks_share_each_epoch_in_its_order(robot, dataset, world, batch_size):
    parts = [GlobalSampler(dataset, batch_size, rank, world) for rank in range(world)]
    for epoch in range(3):
        lists = [list(part) for part in parts]
        assert {len(part) for part in lists} == {len(parts[0])}
        dealt = [position for of_ranks in zip(*lists, strict=True) for one in of_ranks for position in one]
        assert dealt == list(range(epoch * SAMPLES, (epoch + 1) * SAMPLES))
    keys = [dataset[position]["key"] for position in dealt]
    assert keys == [key for _, _, key in of_load(robot, 3)[2]]


def whole_lists(dataset, world, batch_size, state=None, lists=10**9, **options):
    """Positions that all ranks together get in their next lists, and the state after them, the same at all ranks."""
    parts = [
        GlobalSampler(dataset, batch_size, rank, world, resume=state, **options) for rank in range(world)
    ]
    given = []
    while lists:
        for of_ranks in itertools.islice(zip(*parts, strict=False), lists):
            given += [position for one in of_ranks for position in one]
            lists -= 1
            if given[-1] > 5 * SAMPLES:
                lists = 0
                break
    states = [part.state_dict() for part in parts]
    assert all(each == states[0] for each in states)
    return given, states[0]


@pytest.mark.parametrize("stop", [1, 11, 15, 20])
@pytest.mark.parametrize(("world", "batch_size"), [(1, 5), (2, 2), (6, 3)])
def test_a_state_is_gone_on_from_at_any_number_of_ranks(dataset, stop, world, batch_size):
    before, state = whole_lists(dataset, 2, 3, lists=stop)
    after, _ = whole_lists(dataset, world, batch_size, state)
    assert before + after == list(range(before[0], after[-1] + 1))
    assert state["epoch"] * SAMPLES + state["position"] == len(before)


def test_states_are_those_of_load(robot, dataset):
    first = load(robot, 7, cameras=[], workers=0)
    before = read(itertools.islice(first, 3))
    for state in (first.state_dict(), {**first.state_dict(), "position": SAMPLES}):
        rest = read(load(robot, 7, cameras=[], workers=0, resume=state))
        ours = resumable(loader_of(dataset, 5))
        theirs = resumable(DataLoader(LoaderDataset(robot, 4, cameras=[]), batch_size=None))
        for loader in (ours, theirs):
            loader.load_state_dict(state)
            assert read(loader)[: len(rest)] == rest
            assert loader.state_dict()["position"] == 0
    assert before + read(first) == of_load(robot, 1)[0]
    # What one of ours keeps, load goes on from.
    kept = resumable(loader_of(dataset, 5, world=2, rank=1))
    next(iter(kept))
    after = load(robot, 7, cameras=[], workers=0, resume=kept.state_dict())
    assert read(after) == of_load(robot, 1)[0][10:]


def test_an_iteration_that_was_left_begins_again_and_one_that_was_not_is_over(dataset):
    sampler = GlobalSampler(dataset, 30)
    assert next(iter(sampler))[0] == 0
    assert [one[0] for one in sampler] == [0, 30]
    assert [one[0] for one in itertools.islice(sampler, 2)] == [60, 90]  # nobody asked for a third
    assert sampler.epoch == 2
    assert next(iter(sampler))[0] == 120


def test_a_resumable_loader_goes_on_where_its_loop_was_left(robot, dataset):
    expected = of_load(robot, 2)
    for inner in (loader_of(dataset, 8), DataLoader(LoaderDataset(robot, 8, cameras=[]), batch_size=None)):
        loader = resumable(inner)
        assert loader.state_dict()["position"] == 0
        before = read(itertools.islice(loader, 3))
        assert loader.state_dict()["position"] == 24
        assert before + read(loader) == expected[0]
        assert (loader.state_dict()["epoch"], loader.state_dict()["position"]) == (1, 0)
        assert read(itertools.islice(loader, len(loader))) == expected[1]  # nobody asked for one more
        assert next(iter(loader))["epoch"] == 2


def test_drop_last_leaves_out_what_fills_no_batch(dataset):
    sampler = GlobalSampler(dataset, 7, 0, 2, drop_last=True)
    assert [len(one) for one in sampler] == [7] * 4
    assert sampler.state_dict()["epoch"] == 1
    assert next(iter(sampler))[0] == 60


def test_set_epoch_goes_to_an_epoch_and_keeps_the_middle_of_it(dataset):
    sampler = GlobalSampler(dataset, 20)
    sampler.set_epoch(4)
    assert [one[0] for one in sampler] == [240, 260, 280]
    sampler.set_epoch(4)
    assert next(iter(sampler))[0] == 240
    state = sampler.state_dict()
    sampler.load_state_dict(state)
    sampler.set_epoch(4)
    assert [one[0] for one in sampler] == [260, 280]
    sampler.load_state_dict(state)
    with pytest.raises(UsageError, match=f"{ELSEWHERE}.*; got 0; allowed: 4 or more"):
        sampler.set_epoch(0)
    sampler.set_epoch(9)
    assert next(iter(sampler))[0] == 540
    with pytest.raises(UsageError, match="epoch is wrong; got -1"):
        sampler.set_epoch(-1)


def test_the_same_of_a_loader_dataset(robot):
    dataset = LoaderDataset(robot, 20, cameras=[])
    loader = DataLoader(dataset, batch_size=None)
    assert len(loader) == 3
    dataset.set_epoch(4)
    assert {batch["epoch"] for batch in loader} == {4}
    state = dataset.state_dict()
    assert (state["epoch"], state["position"]) == (5, 0)
    dataset.load_state_dict(state)
    with pytest.raises(UsageError, match=ELSEWHERE):
        dataset.set_epoch(0)


def test_states_of_other_runs_are_refused(robot, dataset):
    other = GlobalSampler(SampleDataset(robot, cameras=[], seed=1), 4)
    for loader in (GlobalSampler(dataset, 4), LoaderDataset(robot, 4, cameras=[])):
        with pytest.raises(UsageError, match="the seed is another one; got 0; allowed: 1"):
            loader.load_state_dict(other.state_dict())
    with pytest.raises(UsageError, match="the state is of another version"):
        GlobalSampler(dataset, 4, resume={})


def test_ranks_are_given_or_those_of_the_launcher(robot, dataset, monkeypatch):
    for rank, world in ((None, 2), (1, None), (2, 2), (-1, 2)):
        with pytest.raises(
            UsageError, match=f"rank and world do not go together; got 'rank={rank}, world={world}'"
        ):
            GlobalSampler(dataset, 4, rank, world)
    early = LoaderDataset(robot, 4, cameras=[])
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "3")
    assert next(iter(GlobalSampler(dataset, 4))) == [4, 5, 6, 7]
    assert next(iter(GlobalSampler(dataset, 4, 0, 2))) == [0, 1, 2, 3]
    for each in (early, pickle.loads(pickle.dumps(early)), LoaderDataset(robot, 4, cameras=[])):
        assert next(iter(each))["position"].tolist() == [4, 5, 6, 7]
    sent = pickle.dumps(early)
    monkeypatch.delenv("RANK")
    assert next(iter(pickle.loads(sent)))["position"].tolist() == [16, 17, 18, 19], "the rank goes with it"


def test_a_faulty_sample_is_named_or_left_out(robot, tmp_path):
    out = shutil.copytree(robot, tmp_path / "out")
    sample = vladata.open(out)[13]
    bad, picture = sample.key, bytes(sample.images["primary"])
    (shard,) = (file for file in out.rglob("*.tar") if picture in file.read_bytes())
    shard.write_bytes(shard.read_bytes().replace(picture, bytes(len(picture))))
    dataset = SampleDataset(out)
    with pytest.raises(LoadError, match=bad):
        for _ in loader_of(dataset, 8):
            pass
    left = SampleDataset(out, on_error="skip")
    keys = [key for batch in loader_of(left, 8) for key in batch["key"]]
    assert len(keys) == SAMPLES - 1
    assert bad not in keys


def test_resumable_needs_a_loader_of_ours(dataset):
    with pytest.raises(
        UsageError, match=r"nothing to resume in this loader; got 'DataLoader'; allowed: a DataLoader with"
    ):
        resumable(DataLoader(dataset))
