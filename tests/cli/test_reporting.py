"""How sizes are read and shown."""

import click
import pytest

from vladata.cli.reporting import human, size


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("4096", 4096),
        ("1b", 1),
        ("256MB", 256_000_000),
        ("256 mb", 256_000_000),
        ("1.5GiB", 1_610_612_736),
        ("10kib", 10_240),
        ("1e3", 1000),
        (" 2GB ", 2_000_000_000),
    ],
)
def test_sizes(text, count):
    assert size(None, None, text) == count


@pytest.mark.parametrize(
    "text", ["", "MB", "1.5.5MB", "12XB", "0", "0.5", "-1", "1e400", "9999999999GB", "nan", "inf"]
)
def test_what_is_no_size(text):
    with pytest.raises(click.BadParameter, match=rf'^"{text}" is (no size; write 256MB|out of range)'):
        size(None, None, text)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1234, "1.2 kB"),
        (28_000_000, "28.0 MB"),
        (5e9, "5.0 GB"),
        (7e12, "7.0 TB"),
        (7e15, "7000.0 TB"),
    ],
)
def test_how_bytes_are_shown(count, text):
    assert human(count) == text
