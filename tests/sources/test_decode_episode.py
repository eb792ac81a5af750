"""A record as a raw Episode: which columns, of which types, and what is said of records that do not match."""

import shutil

import numpy as np
import pytest

from tests.rlds_data import NOT_AN_IMAGE, NOT_UTF8, Faults, write_bridge_like
from tests.sources.test_rlds import TRAIN, change_features, first_episode, records_of
from vladata.errors import MalformedExample, MissingKey, UnsupportedFeature
from vladata.formats.example import encode_example, parse_example
from vladata.records import Place
from vladata.sources.readers import open_source


@pytest.fixture
def copied(bridge_like, tmp_path):
    """A version folder that a test may damage."""
    return shutil.copytree(bridge_like, tmp_path / "bridge_dataset" / "1.0.0")


def test_an_episode_is_a_table_of_numpy_columns(bridge_like):
    source = open_source(bridge_like)
    episode = first_episode(source)
    assert (len(episode), episode.id, episode.numbers.tolist()) == (
        6,
        "train-00000-000000",
        [0, 1, 2, 3, 4, 5],
    )
    assert episode.steps["action"].shape == (6, 7)
    assert episode.steps["action"].dtype == np.float32
    assert not episode.steps["action"][0].any()
    assert episode.steps["is_last"].tolist() == [False] * 5 + [True]
    assert len(set(episode.steps["language_instruction"])) == 1
    assert type(episode.steps["language_instruction"][0]) is bytes
    assert bytes(episode.steps["observation/image_3"][5][:3]) == b"\xff\xd8\xff"
    assert episode.metadata["episode_metadata/episode_id"] == np.int32(0)
    assert episode.metadata["episode_metadata/file_path"] == b"/data/episode_0000.npy"


def test_images_are_views_of_the_record_and_numbers_are_not(bridge_like):
    source = open_source(bridge_like)
    place, data = next(records_of(source))
    episode = source.decode("train", place, data)
    assert all(image.obj is data for image in episode.steps["observation/image_0"])
    assert not np.shares_memory(episode.steps["action"], np.frombuffer(data, np.uint8))


def test_only_what_is_wanted_is_decoded(bridge_like):
    wanted = frozenset({"action", "episode_metadata/episode_id"})
    episode = first_episode(open_source(bridge_like), wanted)
    assert episode.steps.keys() == {"action"}
    assert episode.metadata.keys() == {"episode_metadata/episode_id"}
    assert len(episode) == 6


def test_an_unknown_key_is_named_with_the_nearest(bridge_like):
    with pytest.raises(MissingKey, match=r"the data lacks this key; got 'observation/image0'") as caught:
        first_episode(open_source(bridge_like), frozenset({"observation/image0"}))
    assert 'Did you mean "observation/image_0"?' in caught.value.hint


def test_what_faulty_data_looks_like(tmp_path):
    faults = Faults(
        nan_actions={(0, 2)},
        empty_instructions={(0, 3)},
        bad_utf8={(0, 4)},
        not_images={(0, 1)},
        images={(0, 5): b"other bytes"},
        zero_steps={1},
    )
    source = open_source(write_bridge_like(tmp_path, episodes=2, faults=faults))
    first, second = (source.decode("train", place, data) for place, data in records_of(source))
    assert np.argwhere(np.isnan(first.steps["action"])).tolist() == [[2, 2]]
    assert first.steps["language_instruction"][3:5] == [b"", NOT_UTF8]
    images = first.steps["observation/image_0"]
    assert [bytes(images[t]) for t in (1, 5)] == [NOT_AN_IMAGE, b"other bytes"]
    assert len(second) == 0
    assert second.steps["action"].shape == (0, 7)
    assert second.steps["observation/image_0"] == second.steps["language_instruction"] == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda steps: steps["action"]["tensor"]["shape"].update(dimensions=["5"]),
            "steps/action: the record holds 42",
        ),
        (
            lambda steps: steps["reward"]["tensor"].update(dtype="int64"),
            "steps/reward: the record holds float32",
        ),
        (lambda steps: steps.update(extra=steps["reward"]), "steps/extra: the record lacks a key"),
    ],
)
def test_a_record_that_features_json_does_not_describe(copied, change, says):
    change_features(copied, change)
    with pytest.raises(MalformedExample) as caught:
        first_episode(open_source(copied))
    assert str(caught.value).startswith(f"{TRAIN.format(0)}, record 0, byte 0, {says}")


def test_columns_of_different_lengths_are_refused(copied):
    source = open_source(copied)
    place, data = next(records_of(source))
    features = parse_example(data)
    features["steps/reward"] = features["steps/reward"][:-1]
    with pytest.raises(
        MalformedExample, match=r"steps/reward: the record holds 5 values of float32, .* says 6, one per step"
    ):
        source.decode("train", place, encode_example(features))


def test_a_record_that_is_no_example_says_where_it_lies(bridge_like):
    source = open_source(bridge_like)
    place = Place("f.tfrecord", 0, 7, 1234, 4)
    with pytest.raises(
        MalformedExample, match=r"f.tfrecord, record 7, byte 1,234: this is not a tf.Example; got b'oops'"
    ):
        source.decode("train", place, b"oops")


def test_an_unsupported_feature_hurts_only_who_wants_it(copied):
    change_features(copied, lambda steps: steps["reward"]["tensor"].update(dtype="bfloat16"))
    source = open_source(copied)
    assert first_episode(source, frozenset({"action"})).steps.keys() == {"action"}
    for wanted in (frozenset({"reward"}), None):
        with pytest.raises(UnsupportedFeature, match=r"steps/reward: .* Scalar here: dtype 'bfloat16'"):
            first_episode(source, wanted)
