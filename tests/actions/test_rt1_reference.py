"""The codec against RT-1's own tokenizer: 500 random and edge actions with their tokens and decoded values.

The reference was made with google-research/robotics_transformer (RT1ActionTokenizer, commit 4569641) and lies beside the
real data, outside the repository: $VLADATA_REAL_DATA/../refs/rt1_action_tokens.npz.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from vladata.actions.codec import codec

FOLDER = os.environ.get("VLADATA_REAL_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="VLADATA_REAL_DATA names no folder of real data")


@pytest.fixture(scope="module")
def reference():
    with np.load(Path(FOLDER or "").parent / "refs" / "rt1_action_tokens.npz") as file:
        return dict(file)


def test_tokens_and_decoded_values_are_equal_on_all_rows(reference):
    actions = reference["actions"]
    fed = np.hstack([actions[:, :3], reference["rotation_used"], actions[:, 6:]])
    ends = reference["terminate"].argmax(axis=1) == 0  # one-hot: [1, 0] terminates
    rt1 = codec("rt1")
    bins = rt1.encode(fed, terminate=ends)
    assert len(bins) == 500
    assert np.array_equal(bins, reference["token_ids"])
    decoded = rt1.decode(bins)
    assert np.array_equal(decoded[:, 1:], reference["decoded"][:, 2:])
    assert np.array_equal(decoded[:, 0], reference["decoded"][:, 0])
    assert [rt1.parse(text).tolist() for text in rt1.texts(bins)] == reference["token_ids"].tolist()
