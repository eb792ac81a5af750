"""docs/codecs.md: its table names every codec, and what it says of each is what the codec does."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.actions.every_codec import ONE_BIN_A_DIMENSION
from vladata.actions.codec import codec

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "codecs.md").read_text()
ROWS = {
    name: (text, [float(value) for value in back.split(", ")])
    for name, text, back in re.findall(
        r"^\| `([\w-]+)` \|.*\| `([-\d ]+)`: ([-\d., ]+) \|", PAGE, re.MULTILINE
    )
}
VALUES = np.array([[-0.3, 0.0, 1.0]], np.float32)
UNIT = {"low": [-1.0] * 3, "high": [1.0] * 3}
NAMES = ["x", "y", "z"]
SCALED = {"openvla": "unscaled", "openpi-state": "unscaled"}
OF_RT1 = {"rt1": [0, 1, 2], "rt1-x": [6, 6, 6], "rt1-base": [0, 1, 2]}
"""Codecs with their own bounds, and three of their dimensions that lie between -1 and 1."""


def test_the_table_has_every_codec():
    assert sorted(ROWS) == ONE_BIN_A_DIMENSION


@pytest.mark.parametrize("name", ONE_BIN_A_DIMENSION)
def test_text_and_value_of_the_table(name):
    text, back = ROWS[name]
    if name in OF_RT1:
        made, at = codec(name), OF_RT1[name]
        actions = np.zeros((3, len(made.names)), np.float32)
        actions[np.arange(3), at] = VALUES[0]
        bins = made.encode(actions, np.zeros(3, bool))
        found = " ".join(str(row[1 + d]) for row, d in zip(bins, at, strict=True))
        decoded = [made.decode(bins)[i, 1 + d] for i, d in enumerate(at)]
    else:
        made = codec(name, bounds=SCALED.get(name, UNIT), names=NAMES, terminate="none")
        bins = made.encode(VALUES)
        found, decoded = made.text(bins[0]), made.decode(bins)[0].tolist()
    assert found == text
    assert decoded == pytest.approx(back, abs=6e-4)
