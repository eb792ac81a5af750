"""The rest of an epoch in global batches and parts of ranks: nothing lost, nothing twice, no rank without a batch."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vladata.errors import UsageError
from vladata.loaders.ordering.cuts import cuts


def parts(cut):
    """Of each batch the parts of its ranks."""
    return [[cut.part(k, rank) for rank in range(cut.world)] for k in range(len(cut))]


def test_an_epoch_that_goes_up():
    cut = cuts(24, 0, 4, 3, False)
    assert (len(cut), cut.batch) == (2, 12)
    assert parts(cut) == [[(0, 4), (4, 8), (8, 12)], [(12, 16), (16, 20), (20, 24)]]


def test_what_is_left_over_is_dealt_evenly():
    assert parts(cuts(17, 0, 4, 3, False))[-1] == [(12, 14), (14, 16), (16, 17)]


def test_too_little_for_all_ranks_is_shared_with_the_batch_before():
    """12 and 2 left over: 7 and 7."""
    cut = cuts(26, 0, 4, 3, False)
    assert [cut.bounds(k) for k in range(len(cut))] == [(0, 12), (12, 19), (19, 26)]
    assert parts(cut)[1:] == [[(12, 15), (15, 17), (17, 19)], [(19, 22), (22, 24), (24, 26)]]


def test_a_batch_size_of_one_gives_some_ranks_two():
    assert parts(cuts(8, 0, 1, 3, False)) == [[(0, 1), (1, 2), (2, 3)], [(3, 5), (5, 7), (7, 8)]]


def test_drop_last_gives_whole_batches_only():
    assert [cuts(n, 0, 4, 3, True).bounds(1) for n in (24, 25, 35)] == [(12, 24)] * 3
    assert [len(cuts(n, 0, 4, 3, True)) for n in (24, 25, 35, 36)] == [2, 2, 2, 3]


def test_the_end_of_an_epoch_has_nothing_left():
    assert len(cuts(24, 24, 4, 3, False)) == len(cuts(24, 20, 4, 3, True)) == 0


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize(("batch_size", "world"), list(product(range(1, 6), range(1, 7))))
def test_every_epoch_up_to_three_batches(batch_size, world, drop_last):
    batch = batch_size * world
    for samples in range(batch if drop_last else world, 3 * batch + 1):
        cut = cuts(samples, 0, batch_size, world, drop_last)
        found = parts(cut)
        flat = [position for ranks in found for part in ranks for position in range(*part)]
        assert flat == list(range(samples // batch * batch if drop_last else samples))
        sizes = [[stop - start for start, stop in ranks] for ranks in found]
        assert all(min(ranks) >= 1 and max(ranks) - min(ranks) <= 1 for ranks in sizes)
        assert all(max(ranks) <= max(batch_size, 2 if batch_size == 1 else 0) for ranks in sizes)
        assert all(ranks == [batch_size] * world for ranks in sizes[:-2])


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 300), st.booleans())
def test_a_run_that_is_stopped_and_goes_on_has_the_same_batches(batch_size, world, more, drop_last):
    samples = batch_size * world + more
    whole = cuts(samples, 0, batch_size, world, drop_last)
    listed = [whole.bounds(k) for k in range(len(whole))]
    for k, (_, stop) in enumerate(listed):
        rest = cuts(samples, stop, batch_size, world, drop_last)
        assert [rest.bounds(i) for i in range(len(rest))] == listed[k + 1 :]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((7, 0, 4, 8, False), r"fewer samples than there are ranks.*got 7.*8 or more"),
        ((0, 0, 4, 1, False), r"fewer samples than there are ranks.*got 0"),
        ((31, 0, 4, 8, True), r"fewer samples than a global batch.*got 31.*32 or more"),
        ((100, 97, 4, 8, False), r"fewer samples are left of the epoch than there are ranks.*got 3"),
        ((100, 101, 4, 8, False), r"the position is not in the epoch.*got 101.*0 to 100"),
        ((100, 0, 0, 8, False), r"batch_size must be 1 or more.*got 0"),
        ((100, 0, 4, 0, False), r"world must be 1 or more.*got 0"),
    ],
)
def test_what_cannot_be_cut(given, says):
    with pytest.raises(UsageError, match=f"(?s){says}"):
        cuts(*given)


def test_there_is_no_batch_or_rank_beyond():
    cut = cuts(24, 0, 4, 3, False)
    for call in (
        lambda: cut.bounds(2),
        lambda: cut.bounds(-1),
        lambda: cut.part(0, 3),
        lambda: cut.part(0, -1),
    ):
        with pytest.raises(IndexError):
            call()
