"""Every value that the native reader gives is the one that TFDS gives: same numbers, dtypes, shapes, texts and image bytes.

TFDS reads the folder its own way here (builder_from_directory, tf.data); nothing of ours takes part in its half.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.rlds_data import tfds
from tests.rlds_features import UNREADABLE, every_feature_episode
from vladata.records import Episode
from vladata.sources.readers import open_source
from vladata.sources.source import Source


def native_episodes(source: Source, split: str) -> Iterator[Episode]:
    for shard in source.shards(split):
        for record in source.scan(shard):
            assert record.fault is None
            yield source.decode(shard.split, record.place, record.data)


def tfds_episodes(folder: Any, split: str) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """(values outside the steps, steps) of each episode, flat by path, images left encoded."""
    lib = tfds()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        builder = lib.builder_from_directory(str(folder))
        skip = skip_images(builder.info.features)
        data = builder.as_dataset(
            split=split, decoders=skip, read_config=lib.ReadConfig(interleave_cycle_length=1)
        )
        for example in data:
            steps = [flat(step) for step in example.pop("steps")]
            yield flat(example), steps


def skip_images(feature: Any) -> Any:
    lib = tfds()
    if isinstance(feature, lib.features.Image):
        return lib.decode.SkipDecoding()
    if isinstance(feature, lib.features.Sequence):
        return skip_images(feature.feature)
    if isinstance(feature, lib.features.FeaturesDict):
        return {key: found for key, child in feature.items() if (found := skip_images(child))}
    return {}


def flat(tree: dict[str, Any], path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in tree.items():
        found |= flat(value, f"{path}{key}/") if isinstance(value, dict) else {f"{path}{key}": plain(value)}
    return found


def plain(value: Any) -> Any:
    """A tensor as numpy; a ragged one as nested lists of arrays."""
    return [plain(row) for row in value] if hasattr(value, "ragged_rank") else value.numpy()


def assert_same(ours: Any, theirs: Any, where: str) -> None:
    if isinstance(ours, memoryview):
        ours = bytes(ours)
    if isinstance(theirs, bytes):
        assert ours == theirs, where
    elif isinstance(ours, list) or isinstance(theirs, list) or theirs.dtype == object:
        assert len(ours) == len(theirs), where
        for mine, other in zip(ours, theirs, strict=True):
            assert_same(mine, other, where)
    else:
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape), where
        np.testing.assert_array_equal(ours, theirs, err_msg=where)


def assert_parity(folder: Any, split: str) -> int:
    """Compare all episodes of a split; how many values were compared."""
    compared = 0
    source = open_source(folder)
    pairs = zip(native_episodes(source, split), tfds_episodes(folder, split), strict=True)
    for episode, (values, steps) in pairs:
        assert len(episode) == len(steps)
        assert episode.metadata.keys() == values.keys()
        for name, value in values.items():
            assert_same(episode.metadata[name], value, f"{episode.where}, {name}")
        for t, step in enumerate(steps):
            assert episode.steps.keys() == step.keys()
            for name, value in step.items():
                assert_same(episode.steps[name][t], value, f"{episode.where}, step {t}, {name}")
        compared += len(values) + sum(map(len, steps))
    return compared


@pytest.mark.parametrize("split", ["train", "val"])
def test_bridge_like(bridge_like, split):
    assert assert_parity(bridge_like, split) > 100


def test_every_feature(readable_feature):
    assert assert_parity(readable_feature, "train") > 500


@pytest.mark.parametrize("split", ["train", "val"])
def test_real_bridge(real_bridge, split):
    assert assert_parity(real_bridge, split) == 25 * (7 + 10 * 13)


def nested(value: Any) -> Any:
    """Arrays and lists of arrays as plain lists."""
    return [nested(item) for item in value] if isinstance(value, list) else np.asarray(value).tolist()


@pytest.mark.parametrize("path", sorted(UNREADABLE))
def test_what_tfds_cannot_read_back_comes_out_as_it_was_written(every_feature, path):
    where, name = path.split("/", 1)
    counts = (3, 1, 4, 0)
    for episode in native_episodes(open_source(every_feature), "train"):
        source = every_feature_episode(episode.place.record, counts[episode.place.record])
        if where == "steps":
            assert nested(episode.steps[name]) == [nested(step[name]) for step in source["steps"]]
        else:
            assert nested(episode.metadata[path]) == nested(source[where][name])
