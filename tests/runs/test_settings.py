"""Settings of a program are held to what the command line allows."""

import pytest

import vladata
from tests.outcome import PLAIN
from vladata.errors import UsageError


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("samples_per_shard", 0, "samples_per_shard must be a whole number; got 0; allowed: 1 to 2^63 - 1."),
        ("memory", -1, "memory must be a whole number of bytes; got -1; allowed: 0 to 2^63 - 1."),
        ("memory", "256MB", "memory must be a whole number of bytes; got '256MB'; allowed: 0 to 2^63 - 1."),
        ("limit", -1, "limit must be a whole number; got -1; allowed: 0 to 2^63 - 1."),
        ("seed", -1, "seed must be a whole number; got -1; allowed: 0 to 2^63 - 1."),
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
