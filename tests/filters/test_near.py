"""Near repeats against brute force: by order, without chains, in crowds that are decided piece by piece."""

import numpy as np
import pytest

from tests.filters.pairs import image, parts, row
from vladata.errors import UsageError
from vladata.filters.near import masks_for, near_known, near_repeated
from vladata.filters.plan import plan_filters
from vladata.filters.seen import NOTHING, Seen
from vladata.spec.keep import Keep


def plainly(looks, record, most):
    stays, out = [], []
    for look, number in zip(looks.tolist(), record.tolist(), strict=True):
        out.append(any(n < number and (other ^ look).bit_count() <= most for other, n in stays))
        if not out[-1]:
            stays.append((look, number))
    return out


def crowd(rng, count):
    """Looks around a few centres, some bits off."""
    looks = rng.integers(0, 2**64, 4, dtype=np.uint64)[rng.integers(0, 4, count)]
    for _ in range(int(rng.integers(0, 8))):
        bit = np.uint64(1) << rng.integers(0, 64, count).astype(np.uint64)
        looks = np.where(rng.random(count) < 0.6, looks ^ bit, looks)
    return looks


@pytest.mark.parametrize("most", range(9))
@pytest.mark.parametrize("seed", range(6))
def test_near_is_brute_force(most, seed):
    rng = np.random.default_rng(seed)
    looks = crowd(rng, 200)
    record = np.sort(rng.integers(0, 200, 200)).astype(np.uint32)
    plain = plainly(looks, record, most)
    for held, bucket in ((1 << 25, 1 << 22), (300, 50), (3, 1 << 22)):
        assert near_repeated(looks, record, most, held, bucket).tolist() == plain
    known = [min((a ^ b).bit_count() for a in looks[:80].tolist()) <= most for b in looks[80:].tolist()]
    for bucket in (1 << 22, 30):
        assert near_known(looks[:80], looks[80:], most, bucket).tolist() == known


@pytest.mark.parametrize("most", [1, 2, 4])
def test_many_looks_go_through_blocks(most):
    """20,000 looks, each copied later with up to 5 bits off; brute force only between the copies and what they copy."""
    rng = np.random.default_rng(most)
    looks = rng.integers(0, 2**64, 20_000, dtype=np.uint64)
    off = rng.integers(0, 6, 20_000)
    copies = looks.copy()
    for bit in range(5):
        flip = np.uint64(1 << int(rng.integers(12)) + 12 * bit)
        copies ^= np.where(bit < off, flip, np.uint64(0))
    both = np.concatenate([looks, copies])
    assert len(masks_for(len(both), most)) > 1
    for bucket in (1 << 22, 1000):
        found = near_repeated(both, np.arange(len(both), dtype=np.uint32), most, bucket=bucket)
        assert found[:20_000].sum() == 0
        assert found[20_000:].tolist() == (off <= most).tolist()
        assert near_known(looks, copies, most, bucket).tolist() == (off <= most).tolist()


@pytest.mark.parametrize("most", range(9))
@pytest.mark.parametrize("count", [10, 10_000, 10**6, 10**8])
def test_masks_find_every_pair(count, most):
    """Flip any `most` bits: one mask has none of them."""
    rng = np.random.default_rng(0)
    masks = [int(mask) for mask in masks_for(count, most)]
    for _ in range(200):
        flipped = sum(1 << int(bit) for bit in rng.permutation(64)[:most])
        assert any(not flipped & mask for mask in masks)


NEAR = Keep.model_validate({"duplicates": {"near": 2}})


def near(*looks, keep=NEAR, seen=NOTHING):
    rows = [row(i, images=[image(i, look)]) for i, look in enumerate(looks)]
    decisions = plan_filters(keep, parts(rows), seen)
    return decisions.kept(0).tolist(), decisions.counts


def test_what_is_near_to_something_gone_stays():
    assert near(0b0, 0b11, 0b1111) == ([True, False, True], {"duplicate": 0, "near_duplicate(2)": 1})


def test_images_near_to_those_of_other_corpora():
    seen = Seen(np.array([999], np.uint64), np.array([0b1], np.uint64))
    counts = {
        "duplicate_elsewhere": 0,
        "duplicate": 0,
        "near_duplicate_elsewhere(2)": 1,
        "near_duplicate(2)": 1,
    }
    assert near(0b111, 0xFF00, 0xFF01, seen=seen) == ([False, True, False], counts)


def test_frames_of_one_record_are_no_copies():
    frames = [image(1, 0b0), image(2, 0b1)]
    rows = [
        row(0, images=frames),
        row(1, images=[image(3, 0b11)]),
        row(2, images=[*frames, image(4, 0xFFFF)]),
    ]
    assert plan_filters(NEAR, parts(rows)).kept(0).tolist() == [True, False, True]


def test_an_index_without_looks_is_refused():
    rows = [row(0, images=[image(0, 5)]), row(1), row(2, language="fr")]
    with pytest.raises(UsageError) as error:
        plan_filters(NEAR, parts(rows))
    assert str(error.value) == (
        "keep.duplicates.near: the index has images without a look (a perceptual hash), which the "
        "search for near duplicates needs; got '2 in part 0'.\n"
        "  Make the index again with looks, which decodes every image once."
    )
    only = Keep.model_validate(
        {"keys": {"allow": "/dev/null"}, "duplicates": {"near": 2}, "allow_empty": True}
    )
    assert not plan_filters(only, parts(rows)).kept(0).any()
