"""Places found in blocks are those that the order gives."""

from dataclasses import fields

import numpy as np
import pytest

from vladata.loaders.order import DatasetOrder, Places
from vladata.loaders.ordering.cursor import Cursor, Identity
from vladata.loaders.ordering.in_blocks import BLOCK, HELD, InBlocks

ORDER = DatasetOrder(5_000, Identity("digest", "0:5000:1", "samples", 1, 3))


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        (0, 1),
        (0, 32),
        (1000, 1024),
        (1000, 1030),
        (1024, 1056),
        (4990, 5000),
        (4096, 4352),
        (0, 300),
        (7, 7),
        (5000, 5000),
    ],
)
def test_the_places_are_those_of_the_order(start, stop):
    blocks = InBlocks(ORDER)
    for epoch in (0, 5, 0):
        cursor = Cursor(ORDER.identity, epoch, 123)
        for _ in range(2):
            one, other = blocks.places(cursor, start, stop), ORDER.places(cursor, start, stop)
            for field in fields(Places):
                np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name))


def test_few_blocks_are_held():
    blocks = InBlocks(ORDER)
    for epoch in range(20):
        for start in range(0, 5_000, BLOCK):
            blocks.places(Cursor(ORDER.identity, epoch, 0), start, start + 8)
    assert len(blocks._blocks) == HELD
