"""Torch's loaders give the order of vladata.load, in one process; test_torch_workers.py has worker processes."""

import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra torch)")

from torch.utils.data import ConcatDataset, DataLoader, Subset, default_collate  # noqa: E402

import vladata  # noqa: E402
from tests.loaders.torch_loops import SAMPLES, loader_of, of_load  # noqa: E402
from vladata.errors import LoadError, UsageError  # noqa: E402
from vladata.loaders.load import load  # noqa: E402
from vladata.loaders.torch import (  # noqa: E402
    LoaderDataset,
    SampleDataset,
    collate,
    resumable,
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
    with pytest.raises(IndexError, match="position -1: positions begin at 0"):
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
        UsageError, match=r"this loader cannot be resumed; got 'DataLoader'; allowed: a DataLoader with"
    ):
        resumable(DataLoader(dataset))


def test_a_worker_that_is_gone_with_its_batch_is_named(robot):
    loader = resumable(DataLoader(LoaderDataset(robot, 8, cameras=[]), batch_size=None))
    batches = iter(loader)
    first = next(batches)

    def lost():
        yield first
        raise ConnectionResetError(104, "Connection reset by peer")

    loader.loader, state = lost(), loader.state_dict()
    with pytest.raises(
        LoadError, match="a worker process of the DataLoader has died, and a batch is lost with it"
    ) as caught:
        list(loader._batches())
    assert isinstance(caught.value.__cause__, ConnectionResetError)
    assert state["position"] == 8
