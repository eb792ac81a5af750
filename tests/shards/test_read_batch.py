"""Samples by many positions, as samples and as columns: against plain loops over tarfile and json, in both formats."""

import pickle

import numpy as np
import pytest

import vladata
from tests.conversion import asked, convert, recipe
from tests.plain_columns import columns, same, stored
from tests.rlds_data import write_bridge_like
from vladata.errors import UsageError
from vladata.spec.windows import Windows

CAMERAS = ("third", "primary")


RECIPES = {
    "one step": (recipe(cameras=CAMERAS), {"rows": 1, "dims": 7, "bins": 8, "state": 7}),
    "chunks": (
        recipe(cameras=CAMERAS).model_copy(update={"windows": Windows(chunk=3, tail="repeat", history=2)}),
        {"rows": 3, "dims": 7, "bins": 8, "state": 7, "frames": 2},
    ),
    "cut chunks": (
        recipe(cameras=CAMERAS).model_copy(update={"windows": Windows(chunk=4, tail="truncate")}),
        {"rows": 4, "dims": 7, "bins": 8, "state": 7},
    ),
    "tasks": (
        asked(
            {
                "action": {"share": 1, "prompt": "{instruction}", "target": "{action}"},
                "instruction": {"share": 1, "prompt": "What?", "target": "{instruction}", "cameras": []},
            },
            cameras=CAMERAS,
        ),
        {"rows": 1, "dims": 7, "bins": 8, "state": 7},
    ),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("source"), 4, (5, 9, 3, 6), num_shards=2)


@pytest.fixture(scope="module", params=RECIPES)
def both(request, source, tmp_path_factory):
    """Folders of both formats, and the shapes of their columns."""
    folder, (rule, shapes) = tmp_path_factory.mktemp("both"), RECIPES[request.param]
    for fmt in ("webdataset", "tfrecord"):
        convert(source, folder / fmt, recipe=rule, format=fmt, samples_per_shard=4)
    return folder / "webdataset", folder / "tfrecord", shapes


def test_columns_are_those_of_plain_loops(both):
    tars, records, shapes = both
    expected = stored(tars)
    count = len(expected)
    rng = np.random.default_rng(0)
    for positions in (range(count), rng.permutation(count), rng.integers(0, count, 50), [0], [-1, 0, -1]):
        wanted = columns([expected[i] for i in positions], **shapes)
        for out in (tars, records):
            found = vladata.open(out).read_batch(np.array(positions))
            assert same(found, wanted) == []
            assert list(found) == [name for name in vladata.open(out).shapes.names if name in found]


def test_samples_are_those_of_each_position(both):
    tars, records, _ = both
    positions = [3, 1, -1, 3, 0]
    for out in (tars, records):
        dataset = vladata.open(out)
        found = dataset.read(positions)
        assert found == [dataset[i] for i in positions]
        assert all(type(image) is bytes for sample in found for image in sample.images.values())
        assert pickle.loads(pickle.dumps(found)) == found
    for tar, record in zip(*(vladata.open(out).read(range(10)) for out in (tars, records)), strict=True):
        assert (tar.key, dict(tar.images)) == (record.key, dict(record.images))
        assert set(tar.fields) == set(record.fields)
        for field in vladata.open(tars).manifest.declared:
            assert field.same(tar.fields[field.name], record.fields[field.name]), field.name


def test_a_part_of_a_dataset(both):
    dataset = vladata.open(both[0])
    part = dataset[1::2].select([4, 0, 2])
    found = part.read_batch([2, 0])
    assert found["index"].tolist() == [5, 9]
    assert found["key"] == [dataset[5].key, dataset[9].key]
    assert [sample.key for sample in part.read([1])] == [dataset[1].key]


def test_only_what_is_wanted(both):
    for out in both[:2]:
        dataset = vladata.open(out)
        whole, few = dataset.read_batch([2, 0]), dataset.read_batch([2, 0], ["mask", "key"])
        assert list(few) == ["key", "mask"]
        assert (few["key"], few["mask"].tolist()) == (whole["key"], whole["mask"].tolist())
        assert dataset.read_batch([1], []) == {}


def test_no_positions(both):
    for out in both[:2]:
        dataset = vladata.open(out)
        empty, one = dataset.read_batch([]), dataset.read_batch([0])
        assert dataset.read([]) == []
        for name, column in one.items():
            if isinstance(column, np.ndarray):
                assert (empty[name].shape, empty[name].dtype) == ((0, *column.shape[1:]), column.dtype)
            else:
                assert empty[name] == []


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (["key", "promt"], r'unknown column of a batch; got \'promt\'\.\n  Did you mean "prompt"\?'),
        ("prompt", r"unknown column of a batch; got 'prompt'\."),
    ],
)
def test_columns_that_there_are_not(wanted, says, both):
    with pytest.raises(UsageError, match=says):
        vladata.open(both[0]).read_batch([0], wanted)


def test_positions_that_there_are_not(both):
    dataset = vladata.open(both[0])[:5]
    for read in (dataset.read, dataset.read_batch):
        for beyond in (5, -6, 2**40):
            with pytest.raises(IndexError, match=f"sample {beyond} of 5"):
                read([0, beyond])
        for wrong in ([1.5], ["1"], [[1]], 3, [True]):
            with pytest.raises(TypeError, match="positions must be a list of whole numbers"):
                read(wrong)


def test_images_are_views_and_nothing_is_copied(both):
    (images,) = vladata.open(both[0]).read_batch([0], ["images"])["images"]
    assert {type(image) for image in images.values()} <= {memoryview}
