"""The samplers and states of torch's loaders: ranks, epochs, and runs that go on at other ranks and batch sizes."""

import itertools
import pickle

import pytest

pytest.importorskip("torch", reason="torch is not installed (extra torch)")

from torch.utils.data import DataLoader

from tests.loaders.torch_loops import SAMPLES, loader_of, of_load, read
from tests.mix.made import mix, mixture, web
from vladata.errors import UsageError
from vladata.loaders.load import load
from vladata.loaders.torch import (
    GlobalSampler,
    LoaderDataset,
    SampleDataset,
    collate,
    resumable,
)

BEHIND = "set_epoch goes back before the epoch of the loaded state"


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
    with pytest.raises(UsageError, match=f"{BEHIND}.*; got 0; allowed: 4 or more"):
        sampler.set_epoch(0)
    sampler.set_epoch(9)
    assert next(iter(sampler))[0] == 540
    with pytest.raises(UsageError, match="epoch must be a whole number, 0 or more; got -1"):
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
    with pytest.raises(UsageError, match=BEHIND):
        dataset.set_epoch(0)


def test_states_of_other_runs_are_refused(robot, dataset):
    other = GlobalSampler(SampleDataset(robot, cameras=[], seed=1), 4)
    for loader in (GlobalSampler(dataset, 4), LoaderDataset(robot, 4, cameras=[])):
        with pytest.raises(UsageError, match="the seed differs; got 0; allowed: 1"):
            loader.load_state_dict(other.state_dict())
    with pytest.raises(UsageError, match="the state has another version"):
        GlobalSampler(dataset, 4, resume={})


def test_ranks_are_given_or_those_of_the_launcher(robot, dataset, monkeypatch):
    for rank, world in ((None, 2), (1, None), (2, 2), (-1, 2)):
        with pytest.raises(
            UsageError, match=f"rank and world do not fit each other; got 'rank={rank}, world={world}'"
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


def mixed_of_load(out, batch_size, state=None, batches=12):
    loader = load(out, batch_size, cameras=[], workers=0, resume=state)
    both = itertools.chain.from_iterable(loader for _ in range(9))
    return read(itertools.islice(both, batches))


def test_a_mixture_goes_on_with_other_batches_as_load_does(robot, tmp_path):
    """It deals its sources by global batches: the positions bring along where it was dealt anew, also to worker processes."""
    pairs = web(tmp_path / "pairs", "pairs", 30)
    out = tmp_path / "mix"
    mix(mixture({"robot": 1, "web": 1}, window=8), out, {"robot": robot, "web": pairs})
    dataset = SampleDataset(out, cameras=[])
    before = [GlobalSampler(dataset, 4, rank, 2) for rank in range(2)]
    lists = [list(itertools.islice(sampler, 3)) for sampler in before]
    given = [collate(dataset.__getitems__(one)) for of_ranks in zip(*lists, strict=True) for one in of_ranks]
    assert read(given) == mixed_of_load(out, 8, batches=3)
    state = before[0].state_dict()
    after = [GlobalSampler(dataset, 3, rank, 2, resume=state) for rank in range(2)]
    lists = [list(itertools.islice(sampler, 4)) for sampler in after]
    sent = [pickle.loads(pickle.dumps(one)) for of_ranks in zip(*lists, strict=True) for one in of_ranks]
    given = [collate(dataset.__getitems__(one)) for one in sent]
    assert read(given) == mixed_of_load(out, 6, state, batches=4)
    streamed = DataLoader(LoaderDataset(out, 6, cameras=[], resume=state), batch_size=None)
    assert read(itertools.islice(streamed, 4)) == mixed_of_load(out, 6, state, batches=4)
