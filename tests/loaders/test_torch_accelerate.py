"""accelerate's prepare and torchdata's StatefulDataLoader keep our order, or are refused where they would not.

prepare makes the loader of any process where it is told its number, so one process sees what each of several gets.
"""

import itertools

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra torch)")
accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")

from accelerate.data_loader import prepare_data_loader, skip_first_batches  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

from vladata.errors import UsageError  # noqa: E402
from vladata.loaders.torch import (  # noqa: E402
    GlobalSampler,
    LoaderDataset,
    SampleDataset,
    collate,
    resumable,
)

pytestmark = pytest.mark.filterwarnings("ignore:'set_vital' is deprecated")  # torchdata calls it
SAMPLES = 60


@pytest.fixture(scope="module")
def dataset(robot):
    return SampleDataset(robot, cameras=[])


@pytest.fixture(scope="module", autouse=True)
def accelerator():
    return accelerate.Accelerator(cpu=True)


def loader_of(dataset, batch_size=7, **options):
    return DataLoader(
        dataset, batch_sampler=GlobalSampler(dataset, batch_size, **options), collate_fn=collate
    )


def prepared(loader, rank, world, **options):
    return prepare_data_loader(
        loader, torch.device("cpu"), num_processes=world, process_index=rank, put_on_device=True, **options
    )


def positions(batches):
    """The absolute positions of each batch."""
    return [[batch["epoch"] * SAMPLES + p for p in batch["position"].tolist()] for batch in batches]


def without(dataset, rank, world, epochs, batch_size=7):
    sampler = GlobalSampler(dataset, batch_size, rank, world)
    return [[list(one) for one in sampler] for _ in range(epochs)]


@pytest.mark.parametrize("even_batches", [True, False])
@pytest.mark.parametrize("world", [1, 2, 3, 5])
def test_prepare_gives_each_process_what_it_has_without(dataset, world, even_batches):
    for rank in range(world):
        loader = prepared(loader_of(dataset), rank, world, even_batches=even_batches)
        expected = without(dataset, rank, world, 3)
        assert len(loader) == len(expected[0])
        assert [positions(loader) for _ in range(3)] == expected


def test_given_ranks_may_be_those_of_prepare(dataset):
    loader = prepared(loader_of(dataset, rank=1, world=2), 1, 2)
    assert positions(loader) == without(dataset, 1, 2, 1)[0]
    with pytest.raises(
        UsageError,
        match="another rank and world than the sampler was given; got 'rank 0 of 2'; allowed: rank 1 of 2",
    ):
        list(prepared(loader_of(dataset, rank=0, world=2), 1, 2))


@pytest.mark.parametrize("world", [1, 2])
def test_a_state_counts_what_the_loop_got_though_accelerate_looks_ahead(dataset, world):
    loader = resumable(prepared(loader_of(dataset), world - 1, world))
    assert positions(itertools.islice(loader, 100)) == without(dataset, world - 1, world, 1)[0]
    before = positions(itertools.islice(loader, 2))
    state = loader.state_dict()
    assert (state["epoch"], state["position"]) == (1, 2 * 7 * world)
    assert before + positions(loader) == without(dataset, world - 1, world, 2)[1]
    with pytest.raises(
        UsageError, match="the loader takes lists ahead of the loop, so the sampler does not know"
    ):
        loader.loader.batch_sampler.sampler.state_dict() if world == 1 else (
            loader.loader.batch_sampler.batch_sampler.state_dict()
        )
    # Resumed at another number of processes: accelerate counts from epoch 0 again, and is not heeded.
    for other in (1, 2, 3):
        parts = [resumable(prepared(loader_of(dataset, 4), rank, other)) for rank in range(other)]
        for part in parts:
            part.load_state_dict(state)
        given = [zip(*(positions(part) for part in parts), strict=True) for _ in range(2)]
        flat = [position for epoch in given for of_ranks in epoch for one in of_ranks for position in one]
        assert flat == list(range(SAMPLES + 14 * world, 3 * SAMPLES))


@pytest.mark.parametrize("world", [1, 2])
def test_skip_first_batches_skips_in_the_epoch_that_was_set(dataset, world):
    """As the Trainer of Hugging Face does: it skips first, and sets the epoch then."""
    skipping = skip_first_batches(prepared(loader_of(dataset), 0, world), 2)
    skipping.set_epoch(1)
    loader = resumable(skipping)
    assert positions(itertools.islice(loader, 1)) == without(dataset, 0, world, 2)[1][2:3]
    assert loader.state_dict()["position"] == 3 * 7 * world
    with pytest.raises(UsageError, match="would skip them in every epoch"):
        next(iter(loader))
    with pytest.raises(UsageError, match="a resumable loader cannot skip batches"):
        skip_first_batches(loader, 2)


def test_set_epoch_reaches_the_sampler_through_the_wrappers(dataset):
    for world in (1, 2):
        loader = prepared(loader_of(dataset), 0, world)
        loader.set_epoch(3)
        assert positions(loader) == without(dataset, 0, world, 4)[3]


def test_what_would_lose_samples_is_refused(robot, dataset):
    with pytest.raises(UsageError, match="dispatch_batches=True reads in one process"):
        list(prepared(loader_of(dataset), 0, 2, dispatch_batches=True))
    with pytest.raises(ValueError, match="you must have a `batch_size` attribute"):
        prepared(loader_of(dataset), 0, 2, split_batches=True)
    for dispatch, world in itertools.product((None, True, False), (1, 2)):
        loader = DataLoader(LoaderDataset(robot, 7, cameras=[]), batch_size=None)
        loader = prepared(loader, 0, world, dispatch_batches=dispatch)
        if (dispatch, world) == (False, 1):
            assert positions(loader) == without(dataset, 0, 1, 1)[0]
            continue
        with pytest.raises(UsageError, match="would divide the batches of this rank among all ranks again"):
            list(loader)


def test_prepare_hands_a_resumable_loader_back(robot, accelerator):
    loader = resumable(DataLoader(LoaderDataset(robot, 7, cameras=[]), batch_size=None))
    assert accelerator.prepare(loader) is loader
    assert accelerator.prepare(torch.nn.Linear(1, 1), loader)[1] is loader


def stateful(dataset, robot, kind, **options):
    from torchdata.stateful_dataloader import StatefulDataLoader

    if kind == "map":
        sampler = GlobalSampler(dataset, 7, **options)
        return StatefulDataLoader(dataset, batch_sampler=sampler, collate_fn=collate)
    return StatefulDataLoader(LoaderDataset(robot, 7, cameras=[], **options), batch_size=None)


@pytest.mark.parametrize("kind", ["map", "iterable"])
def test_torchdata_goes_on_from_any_state(dataset, robot, kind):
    pytest.importorskip("torchdata", reason="torchdata is not installed (extra torch)")
    loader, expected = stateful(dataset, robot, kind), [one for e in without(dataset, 0, 1, 4) for one in e]
    given, states = 0, [(0, loader.state_dict())]
    for _ in range(3):
        for batch in loader:
            assert positions([batch]) == [expected[given]]
            given += 1
            states.append((given, loader.state_dict()))
        states.append((given, loader.state_dict()))
    assert given == 27
    for done, state in states:
        again = stateful(dataset, robot, kind)
        again.load_state_dict(state)
        rest = [one for _ in range(4) for one in positions(again)]
        assert rest[: len(expected) - done] == expected[done:]


def test_torchdata_within_accelerate(dataset, robot):
    pytest.importorskip("torchdata", reason="torchdata is not installed (extra torch)")
    expected = without(dataset, 0, 1, 2)
    loader = prepared(loader_of(dataset), 0, 1, use_stateful_dataloader=True)
    assert positions(loader) == expected[0]
    assert positions(itertools.islice(loader, 4)) == expected[1][:4]
    state = loader.state_dict()
    again = prepared(loader_of(dataset), 0, 1, use_stateful_dataloader=True)
    again.load_state_dict(state)
    assert positions(again) == expected[1][4:]
    with pytest.raises(
        UsageError, match="use_stateful_dataloader=True keeps no epoch where there are several processes"
    ):
        list(prepared(loader_of(dataset), 0, 2, use_stateful_dataloader=True))
