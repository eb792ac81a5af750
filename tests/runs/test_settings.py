"""Settings of a program are held to what the command line allows."""

import pytest

import vladata
from tests.outcome import PLAIN
from vladata.errors import UsageError


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("samples_per_shard", 0, "samples_per_shard is out of range; got 0; allowed: a whole number from 1."),
        ("memory", -1, "memory is out of range; got -1; allowed: a whole number from 0."),
        ("memory", "256MB", "memory is out of range; got '256MB'; allowed: a whole number from 0."),
        ("limit", -1, "limit is out of range; got -1; allowed: a whole number from 0."),
        ("seed", -1, "seed is out of range; got -1; allowed: a whole number from 0."),
        (
            "format",
            "parquet",
            "unknown format; got 'parquet'; allowed: webdataset, tfrecord, rlds, lerobot.",
        ),
        ("order", "random", "unknown order; got 'random'; allowed: shuffled, source."),
    ],
)
def test_what_no_output_can_be(option, value, says, tmp_path):
    with pytest.raises(UsageError) as caught:
        vladata.begin(tmp_path, tmp_path / "out", schema=str(PLAIN), recipe="rt2-pali-x", **{option: value})
    assert str(caught.value) == says
