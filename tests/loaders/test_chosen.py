"""The samples of an output that are loaded: splits, slices and selections."""

from dataclasses import replace

import numpy as np
import pytest

from tests.manifests import MANIFEST
from vladata.errors import UnknownName, UsageError
from vladata.loaders.ordering.chosen import chosen, said
from vladata.loaders.ordering.store import store_of
from vladata.shards.manifest import ShardEntry, splits_of
from vladata.shards.sequence import Samples


class Plain(Samples):
    """Samples of which nothing is read."""

    def __init__(self, splits, positions=None, fmt="webdataset"):
        shards = tuple(ShardEntry(split, f"{i}.tar", count, 1, "") for i, (split, count) in enumerate(splits))
        manifest = replace(MANIFEST, shards=shards, splits=splits_of(shards), format=fmt)
        self.given = splits
        super().__init__(None, manifest, range(manifest.samples) if positions is None else positions)

    url = "out/here"

    def _sample_at(self, position):
        return position

    def _samples_at(self, positions):
        raise NotImplementedError

    def _columns_at(self, positions, wanted):
        raise NotImplementedError

    def _where_at(self, position):
        return f"sample {position}"

    def _at(self, positions):
        return Plain(self.given, positions)


BOTH = [("train", 10), ("train", 7), ("val", 3), ("val", 2)]


def of(samples, split=None):
    return [int(p) for p in chosen(samples, split).positions]


def test_the_only_split_is_taken_as_a_whole():
    assert of(Plain([("train", 4), ("train", 2)])) == list(range(6))
    assert of(Plain([("train", 4), ("val", 0)])) == list(range(4))


def test_a_split_is_its_shards():
    assert chosen(Plain(BOTH), "train").positions == range(0, 17)
    assert chosen(Plain(BOTH), "val").positions == range(17, 22)


def test_a_split_whose_shards_lie_apart():
    assert of(Plain([("a", 2), ("b", 2), ("a", 1)]), "a") == [0, 1, 4]


def test_a_slice_is_taken_as_it_is_or_cut_to_a_split():
    part = Plain(BOTH)[15:19]
    assert of(part) == [15, 16, 17, 18]
    assert (of(part, "train"), of(part, "val")) == ([15, 16], [17, 18])
    assert of(Plain(BOTH)[::-2], "val") == [21, 19, 17]
    assert of(Plain(BOTH).select([21, 3, 21, 4]), "val") == [21, 21]


@pytest.mark.parametrize(
    ("samples", "split", "says"),
    [
        (Plain(BOTH), None, r"several splits.*allowed: train, val.*split=\"train\""),
        (Plain([]), None, "there are no samples to load"),
        (Plain([("train", 0)]), None, "there are no samples to load"),
        (Plain([("train", 3), ("val", 0)]), "val", "split val has no samples here"),
        (Plain(BOTH)[3:3], None, "there are no samples to load"),
        (Plain(BOTH)[:5], "val", "split val has no samples here"),
    ],
)
def test_what_cannot_be_chosen(samples, split, says):
    with pytest.raises(UsageError, match=f"(?s){says}"):
        chosen(samples, split)


def test_an_unknown_split():
    with pytest.raises(UnknownName, match='there is no split "trian"'):
        chosen(Plain(BOTH), "trian")


def test_selections_are_told_apart():
    samples = Plain(BOTH)
    found = [
        samples,
        samples[1:],
        samples[::2],
        samples.select([1, 2]),
        samples.select([2, 1]),
        samples.select([1]),
    ]
    texts = [said(each.positions) for each in found]
    assert texts[:3] == ["0:22:1", "1:22:1", "0:22:2"]
    assert len(set(texts)) == 6
    assert said(np.array([1, 2], np.int32)) == texts[3]
    assert max(map(len, texts)) < 30


def test_a_state_of_another_split_does_not_fit():
    train, val = (store_of(Plain([("train", 5), ("val", 5)]), split).order(0) for split in ("train", "val"))
    with pytest.raises(
        UsageError, match=r"(?s)the loaded split or selection of the dataset differs.*5:10:1.*allowed: 0:5:1"
    ):
        val.resumed(train.begin(2), 2)


@pytest.mark.parametrize("seed", [-1, 1 << 63, 1.0, True, None, "0"])
def test_a_seed_that_is_none(seed):
    with pytest.raises(UsageError, match="the seed must be a whole number"):
        store_of(Plain([("train", 5)])).order(seed)


def test_a_seed_of_numpy_is_a_number():
    assert store_of(Plain([("train", 5)])).order(np.uint64(7)).identity.seed == 7


def test_an_order_that_there_is_not():
    with pytest.raises(UsageError, match=r"(?s)unknown order.*random.*samples, episodes"):
        store_of(Plain([("train", 5)])).order(0, "random")
