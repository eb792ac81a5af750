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
    assert [shard.samples for shard in dataset.manifest.shards] == [3, 3, 2, 3]


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


@pytest.mark.parametrize(
    "cut", [slice(2, 7), slice(None, None, -3), slice(-4, None), slice(5, 2), slice(99)], ids=str
)
def test_a_slice_is_a_dataset(cut, dataset, expected):
    part = dataset[cut]
    assert [plain(sample) for sample in part] == expected[cut]
    assert len(part) == len(expected[cut])
    assert part.contract == dataset.contract
    assert [plain(sample) for sample in part[1:]] == expected[cut][1:]


def test_a_selection_keeps_its_order_and_may_repeat(dataset, expected):
    chosen = dataset.select([9, 0, -1, 9])
    assert [plain(sample) for sample in chosen] == [expected[i] for i in (9, 0, 10, 9)]
    assert [plain(sample) for sample in chosen.select(np.array([2, -4]))] == [expected[10], expected[9]]
    assert plain(chosen[1:][0]) == expected[0]
    assert [plain(sample) for sample in dataset[1::2].select([4, 0])] == [expected[9], expected[1]]
    assert len(dataset.select([])) == 0


@pytest.mark.parametrize("beyond", [3, -4])
def test_a_selection_beyond_the_end(beyond, dataset):
    with pytest.raises(IndexError, match=f"sample {beyond} of 3"):
        dataset[:3].select([0, beyond])
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        dataset.select([1.5])


def test_cameras_come_in_the_order_of_the_recipe(dataset):
    assert {tuple(sample.images) for sample in dataset} == {CAMERAS}


@pytest.mark.parametrize("i", [11, -12, 1 << 40])
def test_beyond_the_end(i, dataset):
    with pytest.raises(IndexError, match=f"sample {i} of 11"):
        dataset[i]


@pytest.mark.parametrize("i", [1.0, "1", None], ids=str)
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
