"""The counts of windows: each is within one sample of the exact share, and so is their sum after any number of windows."""

import random
from fractions import Fraction
from itertools import islice

import pytest

from vladata.quota import Quota

OXE = ("0.54087122203", "0.8341046294", "1.0", "2.0", "3.0")


def shares_of(*weights: int | str) -> list[Fraction]:
    parts = [Fraction(weight) for weight in weights]
    return [part / sum(parts) for part in parts]


def within_one(counts: list[list[int]], shares: list[Fraction], window: int) -> bool:
    """Whether every window, and every sum of windows from the first, is within one sample of what is due."""
    total = [0] * len(shares)
    for number, window_counts in enumerate(counts, 1):
        total = [a + b for a, b in zip(total, window_counts, strict=True)]
        due = [share * window for share in shares]
        if sum(window_counts) != window or min(window_counts) < 0:
            return False
        if any(abs(count - d) >= 1 for count, d in zip(window_counts, due, strict=True)):
            return False
        if any(abs(sum_ - number * d) >= 1 for sum_, d in zip(total, due, strict=True)):
            return False
    return True


@pytest.mark.parametrize(
    ("weights", "window", "counts"),
    [
        ((1, 1), 64, [[32, 32]] * 4),
        ((2, 1), 64, [[43, 21], [43, 21], [42, 22], [43, 21]]),
        ((66, 34), 10, [[7, 3], [6, 4], [7, 3], [7, 3]]),
        ((1, 1, 1), 1, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]),
        (OXE, 8, [[1, 1, 1, 2, 3], [1, 1, 1, 2, 3], [0, 1, 1, 2, 4], [1, 1, 1, 2, 3]]),
    ],
)
def test_the_first_windows(weights, window, counts):
    assert list(islice(Quota(shares_of(*weights), window), 4)) == counts


@pytest.mark.parametrize("window", [1, 2, 7, 10, 64, 100])
@pytest.mark.parametrize("weights", [(1, 1), (66, 34), (50, 40, 10), OXE, tuple(range(1, 31))])
def test_every_window_is_within_one_sample(weights, window):
    shares = shares_of(*weights)
    assert within_one(list(islice(Quota(shares, window), 400)), shares, window)


@pytest.mark.parametrize("seed", range(300))
def test_any_shares(seed):
    drawn = random.Random(seed)
    largest = drawn.choice([3, 10, 1000, 10**9])
    shares = shares_of(*(drawn.randint(1, largest) for _ in range(drawn.randint(1, 12))))
    window = drawn.choice([1, 2, 3, 5, 8, 64])
    counts = list(islice(Quota(shares, window), 150))
    assert within_one(counts, shares, window)
    at = drawn.randrange(len(counts))
    got = [sum(column) for column in zip([0] * len(shares), *counts[:at], strict=True)] if at else []
    assert list(islice(Quota(shares, window, got, at), 150 - at)) == counts[at:]


@pytest.mark.parametrize("seed", range(200))
def test_a_last_window_that_is_not_full(seed):
    drawn = random.Random(seed)
    shares = shares_of(*(drawn.randint(1, 50) for _ in range(drawn.randint(1, 9))))
    quota = Quota(shares, 64)
    for _ in range(drawn.randrange(40)):
        quota.next()
    samples = drawn.randint(1, 63)
    counts = quota.last(samples)
    assert sum(counts) == samples
    assert all(abs(count - share * samples) < 1 for count, share in zip(counts, shares, strict=True))


def test_sizes_come_out_exactly():
    """Shares that are sizes: after all samples each source has given its own, also where the last window is not full."""
    sizes = [5000, 333, 41]
    quota = Quota(shares_of(*sizes), 64)
    whole, rest = divmod(sum(sizes), 64)
    for _ in range(whole):
        quota.next()
    assert [got + last for got, last in zip(quota.got, quota.last(rest), strict=True)] == sizes


@pytest.mark.parametrize("weights", [(1, 1), (2, 1), OXE[:3], (66, 34), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("windows", [0, 1, 2, 7, 50, 51, 149, 300])
def test_windows_that_are_skipped(weights, windows):
    one, other = (Quota(shares_of(*weights), 10) for _ in range(2))
    for _ in range(5):
        one.next()
        other.next()
    for _ in range(windows):
        one.next()
    other.skip(windows)
    assert (other.got, other.number) == (one.got, one.number)
    assert list(islice(other, 60)) == list(islice(one, 60))
