"""Codecs against the code of their origins, on all rows of what it gave: tokens, and decoded values.

The references lie beside the real data, outside the repository: $VLADATA_REAL_DATA/../refs. Each was made once with the
repository that it names, from 500 random and edge actions, or from the debug set of Bridge.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from vladata.actions.bounds import NAMES
from vladata.actions.codec import codec
from vladata.actions.codecs.octo import OctoBins
from vladata.actions.statistics import Statistics

FOLDER = os.environ.get("VLADATA_REAL_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="VLADATA_REAL_DATA names no folder of real data")


def reference(name):
    with np.load(Path(FOLDER or "").parent / "refs" / f"{name}.npz") as file:
        return dict(file)


def test_rt1_is_googles():
    """google-research/robotics_transformer (RT1ActionTokenizer, commit 4569641)."""
    found = reference("rt1_action_tokens")
    actions = found["actions"]
    fed = np.hstack([actions[:, :3], found["rotation_used"], actions[:, 6:]])
    ends = found["terminate"].argmax(axis=1) == 0  # one-hot: [1, 0] terminates
    rt1 = codec("rt1")
    bins = rt1.encode(fed, terminate=ends)
    assert len(bins) == 500
    assert np.array_equal(bins, found["token_ids"])
    decoded = rt1.decode(bins)
    assert np.array_equal(decoded[:, 1:], found["decoded"][:, 2:])
    assert np.array_equal(decoded[:, 0], found["decoded"][:, 0])
    assert [rt1.parse(text).tolist() for text in rt1.texts(bins)] == found["token_ids"].tolist()


def test_rt1_with_its_base_is_googles_on_the_arm():
    found = reference("rt1_action_tokens")
    actions = found["actions"]
    fed = np.hstack([actions[:, :3], found["rotation_used"], actions[:, 6:], np.zeros((500, 4), np.float32)])
    ends = found["terminate"].argmax(axis=1) == 0
    bins = codec("rt1-base").encode(fed, terminate=ends)
    assert np.array_equal(bins[:, :8], found["token_ids"])


def test_openvla_is_openvlas():
    """openvla/openvla (ActionTokenizer, commit c8f03f4): ids of a tokenizer of 32,000, counted down from its end."""
    found = reference("openvla_action_tokens")
    made = codec("openvla", bounds="unscaled")
    bins = made.encode(found["actions"])
    assert len(bins) == 500
    assert np.array_equal(31_999 - bins, found["token_ids"])
    assert np.array_equal(made.decode(bins), found["decoded"].astype(np.float32))


def test_openvla_normalises_as_openvla_does():
    """The debug set of Bridge, by openvla's own pipeline: actions, normalised actions, ids."""
    found = reference("openvla_bridge_debug")
    actions = found["train_standardized"]
    assert len(actions) == 200
    low, high = (np.quantile(actions, share, axis=0).astype(np.float32) for share in (0.01, 0.99))
    columns = [actions.mean(axis=0), actions.std(axis=0), actions.min(axis=0), actions.max(axis=0), low, high]
    statistics = Statistics(NAMES, len(actions), *(tuple(column.tolist()) for column in columns))
    made = codec("openvla", statistics, gripper="open_absolute")
    assert np.array_equal(31_999 - made.encode(actions), found["train_q99_token_ids"])
    assert made.to_json()["mask"] == [True] * 6 + [False]


@pytest.mark.parametrize(("key", "low"), [("uniform_m1_1", -1.0), ("uniform_0_1", 0.0)])
def test_octo_is_octos(key, low):
    """octo-models/octo (BinTokenizer, commit 241fb35)."""
    found = reference("octo_bin_tokens")
    made = codec("octo", bounds={"low": [low] * 7, "high": [1.0] * 7})
    assert made.scale is OctoBins
    bins = made.encode(found["actions"])
    assert len(bins) == 500
    assert np.array_equal(bins, found[key])
    assert np.array_equal(made.decode(bins), found[f"{key}_decoded"])


def test_openpi_state_is_openpis():
    """Physical-Intelligence/openpi (PaligemmaTokenizer, commit 15a9616), of states that are normalised already."""
    found = reference("openpi_pi05_state_bins")
    made = codec("openpi-state", bounds="unscaled")
    bins = made.encode(found["state"])
    assert len(bins) == 500
    assert np.array_equal(bins, found["bins"])
    assert bins.min() == -1
    assert made.texts(bins) == [" ".join(map(str, row)) for row in found["bins"].tolist()]
