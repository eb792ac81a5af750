"""The real Bridge data against what OpenVLA's own code makes of it.

Needs the data, which is not part of the repository: VLADATA_REAL_DATA is the folder that holds bridge_dataset/1.0.0,
and ../refs beside it holds openvla_bridge_debug.npz (25 episodes, actions and lengths of OpenVLA c8f03f4).
"""

import os
from pathlib import Path

import numpy as np
import pytest

from vladata.records import Dropped, Episode, Place
from vladata.spec.find import schema
from vladata.transforms.faults import step_faults
from vladata.transforms.standardise import compile_chain

FOLDER = os.environ.get("VLADATA_REAL_DATA")
pytestmark = [
    pytest.mark.skipif(not FOLDER, reason="VLADATA_REAL_DATA is not set: the real Bridge data is not here"),
    pytest.mark.filterwarnings("ignore"),  # TensorFlow's own
]


def flat(tree, before=""):
    """A nested dict as one with paths for keys."""
    out = {}
    for name, value in tree.items():
        out |= flat(value, f"{before}{name}/") if isinstance(value, dict) else {before + name: value}
    return out


def column(values):
    return list(values) if isinstance(values[0], bytes) else np.stack(values)


@pytest.fixture(scope="module")
def raw_episodes():
    import tensorflow_datasets as tfds

    builder = tfds.builder_from_directory(f"{FOLDER}/bridge_dataset/1.0.0")
    undecoded = {f"image_{i}": tfds.decode.SkipDecoding() for i in range(4)}
    dataset = builder.as_dataset(split="train", decoders={"steps": {"observation": undecoded}})
    episodes = []
    for number, episode in enumerate(dataset):
        steps = [flat(step) for step in tfds.as_numpy(episode["steps"])]
        columns = {name: column([step[name] for step in steps]) for name in steps[0]}
        place = Place("bridge_dataset-train.tfrecord-00000-of-00001", 0, number, 0, 0)
        episodes.append(Episode("bridge_dataset", "train", place, columns, {}, np.arange(len(steps))))
    return episodes


@pytest.fixture(scope="module")
def reference():
    return np.load(Path(FOLDER).parent / "refs" / "openvla_bridge_debug.npz")


@pytest.fixture(scope="module")
def episodes(raw_episodes):
    standardise = compile_chain(schema("bridge_dataset"), None, raw_episodes[0].steps.keys())
    return [standardise(raw) for raw in raw_episodes]


def test_actions_equal_those_of_openvla(episodes, reference):
    actions = np.concatenate([episode.steps["action"] for episode in episodes])
    np.testing.assert_array_equal(actions, reference["train_standardized"])
    assert [len(episode) for episode in episodes] == reference["train_len"].tolist() == [8] * 25


def test_instructions_equal_those_of_openvla(episodes, reference):
    texts = [episode.steps["instruction"][0] for episode in episodes]
    assert texts == reference["train_instruction"].tolist()


def test_every_step_is_accounted_for(episodes):
    for episode in episodes:
        assert episode.dropped == (Dropped("drop_steps(first=1)", 1), Dropped("delta_to_next(tail=drop)", 1))
        assert episode.numbers.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
        assert episode.steps["terminate"].tolist() == [False] * 7 + [True]


def test_the_documented_quirks_are_there(raw_episodes):
    actions = np.stack([raw.steps["action"] for raw in raw_episodes])
    assert np.abs(actions[:, 0, :6]).max() < 1e-6 < np.abs(actions[:, 1, :6]).max(axis=1).min()
    between = (actions[:, :, 6] > 0.05) & (actions[:, :, 6] < 1)
    assert np.count_nonzero(between.any(axis=1)) == 9
    assert not any(raw.steps["is_last"].any() or raw.steps["is_terminal"].any() for raw in raw_episodes)


def test_the_debug_split_has_no_unfit_step(episodes):
    assert [step_faults(episode) for episode in episodes] == [[]] * 25
