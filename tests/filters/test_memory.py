"""Three million pairs in parts of a hundred thousand: what is held between the walks is tens of bytes a pair, not tables."""

import subprocess
import sys

import pytest

from tests.filters.many_pairs import PAIRS

MOST_BYTES = 120  # a pair: the arrays that are held, what one sort of all of them needs, and a part at a time


@pytest.mark.parametrize("filters", ["all", "no_near"])
def test_memory_of_three_million_pairs(filters):
    """In a process of its own, since the most that a process ever held never falls."""
    command = [sys.executable, "-m", "tests.filters.many_pairs", filters]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    kept, held = map(int, done.stdout.split())
    assert 0 < kept < PAIRS
    assert held < MOST_BYTES * PAIRS
