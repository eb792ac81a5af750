"""Samples that cannot be read or decoded: named in the loop, or left out and counted; and where the loader stands then."""

import shutil
import tarfile

import numpy as np
import pytest

import vladata
from vladata.errors import LoadError


@pytest.fixture
def damaged(robot, tmp_path):
    """A copy of the output, to be damaged."""
    return shutil.copytree(robot, tmp_path / "out")


def order(out, **of):
    """All keys of an epoch, in the global order."""
    return [key for batch in vladata.load(out, 1, workers=0, cameras=[], **of) for key in batch["key"]]


def overwrite(out, key, member, data=b"\0" * 40, at=300):
    """Overwrite bytes of one member of a sample; its shard."""
    for shard in sorted(out.glob("train/*.tar")):
        with tarfile.open(shard) as tar:
            found = next((each for each in tar if each.name == f"{key}.{member}"), None)
        if found is not None:
            with shard.open("r+b") as file:
                file.seek(found.offset_data + min(at, found.size - len(data)))
                file.write(data)
            return shard.name
    raise AssertionError(key)


def undecodable(out, key):
    """Make the picture of a sample one that has a beginning and an end, and is no picture between."""
    return overwrite(out, key, "primary.jpg", b"\xff\xc0\x00\x03\xff", at=2)


def unreadable(out, key):
    """Make the JSON of a sample none."""
    return overwrite(out, key, "json", b"\0" * 20, at=5)


SPOILS = {"bad_image": undecodable, "corrupt_record": unreadable}


@pytest.mark.parametrize("workers", [0, 3])
@pytest.mark.parametrize("reason", SPOILS)
def test_a_faulty_sample_is_named_where_its_batch_would_have_come(damaged, reason, workers):
    keys = order(damaged)
    shard = SPOILS[reason](damaged, keys[21])
    loader, got = vladata.load(damaged, 8, workers=workers), []

    def train():
        for batch in loader:
            got.extend(batch["key"])

    with pytest.raises(LoadError) as caught:
        train()
    assert got == keys[:16]
    assert f"dataset bridge_dataset, {damaged}/train/{shard}, " in caught.value.where
    if reason == "bad_image":
        assert caught.value.where.endswith(keys[21])
        assert caught.value.what.startswith("image primary of the sample cannot be loaded: the header of")


@pytest.mark.parametrize("reason", SPOILS)
def test_after_an_error_the_state_is_before_the_faulty_batch(damaged, robot, reason):
    keys = order(damaged)
    SPOILS[reason](damaged, keys[21])
    loader = vladata.load(damaged, 8, workers=3)
    with pytest.raises(LoadError):
        list(loader)
    state = loader.state_dict()
    assert state["position"] == 16
    with pytest.raises(LoadError):
        next(iter(loader))  # the same batch again
    assert loader.state_dict() == state
    mended = [key for batch in vladata.load(robot, 5, resume=state) for key in batch["key"]]
    assert mended == keys[16:]


@pytest.mark.parametrize("workers", [0, 3])
@pytest.mark.parametrize("batch_size", [8, 200])
def test_a_skipped_sample_is_left_out_and_counted(damaged, robot, batch_size, workers):
    keys = order(damaged)
    for at in (3, 16):
        undecodable(damaged, keys[at])
    for at in (17, 40, 59):
        unreadable(damaged, keys[at])
    loader = vladata.load(damaged, batch_size, on_error="skip", workers=workers)
    faulty = {3, 16, 17, 40, 59}
    for whole, batch in zip(vladata.load(robot, batch_size), loader, strict=True):
        left = [n for n, at in enumerate(whole["position"].tolist()) if at not in faulty]
        assert batch["key"] == [whole["key"][n] for n in left]
        assert batch["position"].tolist() == whole["position"][left].tolist()
        assert len(batch["images"]) == len(batch["action"]) == len(batch["image_mask"]) == len(left)
        np.testing.assert_array_equal(batch["images"], whole["images"][left])
        np.testing.assert_array_equal(batch["bins"], whole["bins"][left])
    assert loader.skipped == {"bad_image": 2, "corrupt_record": 3}
    assert loader.state_dict() == {**vladata.load(robot, 1).state_dict(), "epoch": 1}


def test_what_was_skipped_ahead_of_the_loop_is_not_counted(damaged):
    keys = order(damaged)
    undecodable(damaged, keys[9])
    loader = vladata.load(damaged, 4, on_error="skip", prefetch=8)
    for batch in loader:
        if batch["position"][0] >= 4:
            break
    assert loader.skipped == {}
    next(iter(loader))
    assert loader.skipped == {"bad_image": 1}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_a_batch_of_faulty_samples_alone_is_a_batch_of_none(damaged, spoil):
    keys = order(damaged)
    for key in keys[8:12]:
        spoil(damaged, key)
    ranks = [list(vladata.load(damaged, 4, on_error="skip", rank=rank, world=2)) for rank in range(2)]
    assert [len(batch["key"]) for batch in ranks[0]] == [4, 0, 4, 4, 4, 4, 4, 2]
    assert [len(batch["key"]) for batch in ranks[1]] == [4, 4, 4, 4, 4, 4, 4, 2]
    none = ranks[0][1]
    assert none["images"].shape == (0, 1, 1, 64, 64, 3)
    assert none["action"].shape == (0, 1, 7)
    assert none["position"].shape == (0,)


def test_a_shard_that_is_gone_is_skipped_as_unreadable(damaged):
    keys = order(damaged)
    next(iter(sorted(damaged.glob("train/*.tar")))).unlink()
    loader = vladata.load(damaged, 8, on_error="skip")
    got = [key for batch in loader for key in batch["key"]]
    assert len(got) == 52
    assert got == [key for key in keys if key in got]
    assert loader.skipped == {"unreadable": 8}


def test_of_several_faulty_samples_of_a_batch_the_first_is_named(damaged):
    keys = order(damaged)
    for at in (7, 50, 30):
        undecodable(damaged, keys[at])
    for _ in range(5):
        with pytest.raises(LoadError, match=keys[7]):
            list(vladata.load(damaged, 60, workers=3))
