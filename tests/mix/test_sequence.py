"""A virtual mixture is used as any dataset is: sliced, selected, asked for its contract, and given to other processes."""

import copy
import multiprocessing
import pickle

import numpy as np
import pytest

import vladata
from tests.mix.made import mix, mixture, virtual

SPEC = mixture({"robot": 1, "d": 2}, window=8, epoch=120)


@pytest.fixture(scope="module")
def both(corpora, robots, tmp_path_factory):
    """The same mixture, materialised and virtual: two folders."""
    folder, places = tmp_path_factory.mktemp("both"), {"robot": robots["webdataset"], "d": corpora["d"]}
    mix(SPEC, folder / "whole", places)
    virtual(SPEC, folder / "virtual", places, memory=200_000)
    return folder / "whole", folder / "virtual"


@pytest.fixture(params=["whole", "virtual"])
def dataset(request, both):
    return vladata.open(both[request.param == "virtual"])


def keys(samples):
    return [sample.key for sample in samples]


@pytest.mark.parametrize(
    "part", [slice(3, 40, 7), slice(None, None, -1), slice(-5, None), slice(200, 300), slice(0)], ids=str
)
def test_a_slice(part, dataset):
    assert keys(dataset[part]) == keys(dataset)[part]
    assert keys(dataset[part][::2]) == keys(dataset)[part][::2]


def test_a_selection(dataset):
    listed = keys(dataset)
    assert keys(dataset.select([5, 5, -1])) == [listed[5], listed[5], listed[-1]]
    assert keys(dataset[10:20].select(np.array([9, 0]))) == [listed[19], listed[10]]
    with pytest.raises(IndexError, match="sample 10 of 10"):
        dataset[10:20].select([10])


def test_what_it_says_of_itself(both):
    whole, pointed = map(vladata.open, both)
    assert pointed.contract == whole.contract
    assert pointed.statistics == whole.statistics
    assert (pointed[1:].url, pointed.url) == (str(both[1]), str(both[1]))


def test_a_part_shares_what_the_whole_has_opened(both):
    pointed = vladata.open(both[1])
    assert pointed[2:]._opened is pointed.select([1])._opened is pointed._opened


def test_it_is_copied_and_pickled_after_it_was_read(dataset):
    part = dataset[7:50]
    before = keys(part)
    for again in (pickle.loads(pickle.dumps(part)), copy.deepcopy(part)):
        assert keys(again) == before


def test_a_pickle_holds_nothing_that_was_opened(dataset):
    fresh = len(pickle.dumps(dataset))
    keys(dataset)
    assert len(pickle.dumps(dataset)) == fresh


def key_of(task):
    dataset, i = task
    return dataset[i].key


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes_read_it(method, dataset):
    positions = [0, 1, 64, 119, -2]
    expected = [dataset[i].key for i in positions]
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(key_of, [(dataset, i) for i in positions]) == expected
