"""vladata.open: random access to both formats, in a folder and in an object store."""

import numpy as np
import pytest

import vladata
from tests.bridge_samples import comparable, expected_samples
from tests.conversion import convert, recipe
from tests.rlds_data import write_bridge_like
from vladata.errors import NotADataset, UsageError

CAMERAS = ("third", "primary")  # the recipe's order is neither the schema's nor the alphabet's
LENGTHS = {"train": (5, 4, 5), "val": (5,)}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("open"), 3, (5, 4), val_episodes=1)


@pytest.fixture(scope="module", params=["webdataset", "tfrecord", "memory webdataset", "memory tfrecord"])
def dataset(request, source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    place, _, fmt = request.param.rpartition(" ")
    url = f"memory://{folder.name}/out" if place else str(folder / "out")
    settings = {"recipe": recipe(cameras=CAMERAS), "format": fmt, "order": "source", "samples_per_shard": 3}
    convert(source, url, split="train+val", **settings)
    return vladata.open(url)


@pytest.fixture(scope="module")
def expected(source):
    return [comparable(sample) for sample in expected_samples(source, LENGTHS, CAMERAS)]


def plain(sample):
    return comparable({**sample.fields, "key": sample.key, "images": dict(sample.images)})


def test_length_and_shards(dataset, expected):
    assert len(dataset) == len(expected) == 11
    assert [shard["samples"] for shard in dataset.manifest["shards"]] == [3, 3, 2, 3]


def test_every_position(dataset, expected):
    assert [plain(dataset[i]) for i in range(11)] == expected
    assert [plain(dataset[i]) for i in range(-11, 0)] == expected
    assert plain(dataset[np.int64(4)]) == expected[4]


def test_in_any_order_and_again(dataset, expected):
    for i in (10, 0, 7, 7, -11):
        assert plain(dataset[i]) == expected[i]


def test_iteration(dataset, expected):
    assert [plain(sample) for sample in dataset] == expected
    assert [plain(sample) for sample in dataset] == expected


def test_cameras_come_in_the_order_of_the_recipe(dataset):
    assert {tuple(sample.images) for sample in dataset} == {CAMERAS}


@pytest.mark.parametrize("i", [11, -12, 1 << 40])
def test_beyond_the_end(i, dataset):
    with pytest.raises(IndexError, match=f"sample {i} of 11"):
        dataset[i]


@pytest.mark.parametrize("i", [1.0, "1", None, slice(0, 2)], ids=str)
def test_a_position_is_a_whole_number(i, dataset):
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        dataset[i]


def test_contract_and_statistics(dataset, expected):
    assert {sample.fields["contract"] for sample in dataset} == {dataset.contract["digest"]}
    assert dataset.contract["names"] == ["terminate", "dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper"]
    for name in ("action", "state"):
        values, found = np.array([sample[name] for sample in expected]), dataset.statistics[name]
        assert found.count == 11
        assert found.mean == pytest.approx(values.mean(axis=0), abs=1e-12)
        assert found.q99 == pytest.approx(np.quantile(values, 0.99, axis=0), abs=1e-12)


def test_the_index_says_where_each_sample_comes_from(dataset, expected):
    for column in ("dataset", "task", "episode", "step"):
        assert dataset.index[column].to_pylist() == [sample[column] for sample in expected]


def test_a_url_with_file_is_a_folder(source, tmp_path):
    convert(source, f"file://{tmp_path}/out")
    assert len(vladata.open(f"file://{tmp_path}/out")) == len(vladata.open(tmp_path / "out")) == 8


def test_what_is_no_dataset(tmp_path):
    with pytest.raises(NotADataset, match=r"there is no manifest\.json"):
        vladata.open(tmp_path)
    with pytest.raises(NotADataset, match=r"there is no manifest\.json"):
        vladata.open("memory://nothing/here")
    with pytest.raises(UsageError, match=r"a dataset is opened by its path; got 3; allowed: text or a path"):
        vladata.open(3)
