"""How sizes are read and shown."""

import click
import pytest

from vladata.cli.reporting import human, size


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("4096B", 4096),
        ("1b", 1),
        ("256MB", 256_000_000),
        ("256 mb", 256_000_000),
        ("1.5GiB", 1_610_612_736),
        ("10kib", 10_240),
        ("1e3 b", 1000),
        (" 2GB ", 2_000_000_000),
    ],
)
def test_sizes(text, count):
    assert size(None, None, text) == count


@pytest.mark.parametrize(
    "text", ["", "MB", "1.5.5MB", "12XB", "0", "0.5", "-1", "1e400", "9999999999GB", "nan", "inf"]
)
def test_what_is_no_size(text):
    with pytest.raises(click.BadParameter, match=rf'^"{text}" is (not a size; write 256MB|out of range)'):
        size(None, None, text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("256", '"256" has no unit: 256 MB or 256 GB? Write 256MB or 256GB'),
        (" 1.5 ", '"1.5" has no unit: 1.5 MB or 1.5 GB? Write 1.5MB or 1.5GB'),
        (
            "268435456",
            '"268435456" has no unit: 268435456 B or 268435456 kB? Write 268435456B or 268435456kB',
        ),
    ],
)
def test_a_size_without_a_unit_is_refused_with_its_two_likely_meanings(text, says):
    with pytest.raises(click.BadParameter) as caught:
        size(None, None, text)
    assert str(caught.value) == says


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
