"""Samples at places that cannot all be read: those that are left out are told by their number among the places."""

import numpy as np
import pytest

from vladata.errors import LoadError
from vladata.loaders.order import Places
from vladata.loaders.ordering.rows import read_rows


class Half:
    """Samples of which the odd ones cannot be read."""

    def read_batch(self, rows, wanted, faults):
        odd = [(i, LoadError("it is odd")) for i, row in enumerate(rows) if row % 2]
        if odd and faults is None:
            raise odd[0][1]
        if faults is not None:
            faults += odd
        return {"key": [str(row) for row in rows if row % 2 == 0]}


def test_rows_that_come_twice_are_left_out_twice():
    faults = []
    columns = read_rows(Half(), Places.of_one(np.array([4, 3, 8, 3, 3, 1]), 0), None, faults)
    assert columns == {"key": ["4", "8"]}
    assert [number for number, _ in faults] == [1, 3, 4, 5]


def test_lanes_are_those_of_the_samples_that_are_there():
    places = Places.of_one(np.array([6, 7, 2]), 0)
    lanes = Places(
        places.source, places.row, places.turn, np.array([0, 1, 2]), np.array([True, False, False])
    )
    faults = []
    columns = read_rows(Half(), lanes, None, faults)
    assert (columns["key"], columns["lane"].tolist(), columns["first"].tolist()) == (
        ["6", "2"],
        [0, 2],
        [True, False],
    )


def test_without_a_list_of_faults_the_first_is_raised():
    with pytest.raises(LoadError, match="it is odd"):
        read_rows(Half(), Places.of_one(np.array([2, 3]), 0), None, None)
