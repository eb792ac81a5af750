"""Statistics: held, checked, and the same after JSON."""

import json

import pytest

from vladata.actions.statistics import Statistics
from vladata.errors import CodecError

TWO = Statistics(
    ("dx", "gripper"), 3, (0.1, 0.5), (1 / 3, 0.0), (-1e-9, 0.0), (0.7, 1.0), (-0.1, 0.0), (0.6, 1.0)
)


def test_json_has_plain_lists_in_the_order_of_the_fields():
    assert list(TWO.to_json().items()) == [
        ("names", ["dx", "gripper"]),
        ("count", 3),
        ("mean", [0.1, 0.5]),
        ("std", [1 / 3, 0.0]),
        ("min", [-1e-9, 0.0]),
        ("max", [0.7, 1.0]),
        ("q01", [-0.1, 0.0]),
        ("q99", [0.6, 1.0]),
    ]


def test_a_round_through_a_file_keeps_every_bit():
    assert Statistics.from_json(json.loads(json.dumps(TWO.to_json()))) == TWO


def test_numbers_without_a_name_are_refused():
    with pytest.raises(
        CodecError, match=r"^std: the statistics have 1 numbers; allowed: 2, one for each of dx gripper"
    ):
        Statistics(("dx", "gripper"), 3, (0.0, 0.0), (0.0,), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))


def test_json_that_lacks_a_measure_is_refused():
    data = TWO.to_json()
    del data["q99"]
    with pytest.raises(
        CodecError,
        match=r"a key of the statistics is missing; got 'no q99'; allowed: names, count, mean, std",
    ):
        Statistics.from_json(data)


def test_counts_are_there_where_somebody_counted():
    counted = Statistics(TWO.names, 3, *([(0.0, 0.0)] * 6), moving=(1, 2), beyond=(0, 1))
    assert counted.to_json()["moving"] == [1, 2]
    assert Statistics.from_json(json.loads(json.dumps(counted.to_json()))) == counted
    with pytest.raises(CodecError, match=r"^beyond: the statistics have 1 numbers; allowed: 2"):
        Statistics(TWO.names, 3, *([(0.0, 0.0)] * 6), moving=(1, 2), beyond=(0,))
