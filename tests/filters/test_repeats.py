"""Images that came before: by bytes, across corpora, in pairs of one image and of several."""

import numpy as np
import pytest

from tests.filters.pairs import image, parts, rejected, row
from vladata.corpora.rows import ROWS
from vladata.filters.plan import plan_filters
from vladata.filters.repeats import repeated
from vladata.filters.seen import Seen, among, seen_of
from vladata.spec.keep import ALL_PAIRS, Keep

EXACT = Keep.model_validate({"duplicates": {}})


def kept(rows, keep=EXACT):
    return np.flatnonzero(np.concatenate(plan_filters(keep, parts(rows, 1)).verdicts) == 0).tolist()


@pytest.mark.parametrize("seed", range(20))
def test_repeated_is_a_plain_loop(seed):
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 40, 300).astype(np.uint64) << np.uint64(rng.integers(0, 58))
    record = np.sort(rng.integers(0, 150, 300)).astype(np.uint32)
    first: dict[int, int] = {}
    plain = [
        number > first.setdefault(word, number)
        for word, number in zip(words.tolist(), record.tolist(), strict=True)
    ]
    for bucket in (1 << 22, 100, 3):
        assert repeated(words, record, bucket).tolist() == plain


def test_pairs_of_one_record_share_their_image():
    captions = [row(0, pair=pair) for pair in range(5)]
    assert kept([*captions, row(1, images=[image(0)]), row(2)]) == [0, 1, 2, 3, 4, 6]


def test_a_record_of_another_shard_is_another():
    assert kept([row(3, 0, images=[image(7)]), row(3, 1, images=[image(7)])]) == [0]


def test_of_several_images_each_must_have_come_before():
    rows = [
        row(0, images=[image(1)]),
        row(1, images=[image(1), image(2)]),
        row(2, images=[image(2), image(1)]),
        row(3, images=[image(2), image(3)]),
        row(4, images=[image(5), image(5)]),
    ]
    assert kept(rows) == [0, 1, 3, 4]


def test_what_an_earlier_filter_took_holds_no_image():
    rows = [row(0, language="fr", images=[image(1)]), rejected(1), row(2, images=[image(1)])]
    assert kept(rows, Keep.model_validate({"language": ["en"], "duplicates": {}})) == [2]


def test_images_of_other_corpora_are_taken_out():
    import pyarrow as pa

    other = pa.Table.from_pylist([row(5), rejected(9), row(7, images=[image(7), image(2)])], ROWS)
    seen = seen_of([other], seen_of([pa.Table.from_pylist([row(0, images=[image(9, 4)])], ROWS)]))
    assert (seen.digests.tolist(), seen.looks.tolist()) == ([2, 5, 7, 9], [4])
    rows = [row(2), row(3), row(4, images=[image(5), image(4)]), row(9)]
    decisions = plan_filters(ALL_PAIRS, parts(rows, 2), seen)
    assert [part.tolist() for part in decisions.verdicts] == [[1, 0], [0, 1]]
    assert decisions.counts == {"duplicate_elsewhere": 2}


def test_among():
    listed = np.array([2, 5, 2**63], np.uint64)
    values = np.array([5, 0, 2**63, 2**64 - 1, 2, 5], np.uint64)
    assert among(values, listed).tolist() == [True, False, True, False, True, True]
    assert not among(values, listed[:0]).any()
    assert not Seen()
    assert Seen(listed)


def test_an_index_out_of_order_is_our_own_fault():
    with pytest.raises(AssertionError, match="order of shard and record"):
        plan_filters(EXACT, parts([row(2), row(1)]))
