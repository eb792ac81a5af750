"""The vocabulary of chunks: of all of them, or of a sample that their order alone decides; one pass either way."""

import numpy as np
import pytest

from tests.actions.fast.published import chunks_of
from vladata.actions.bounds import Bounds
from vladata.actions.fast.bpe import Bpe, counted
from vladata.actions.fast.coefficients import Coefficients
from vladata.actions.fast.learnt import Learnt, learn_from
from vladata.errors import CodecError, UsageError


def coefficients(chunk=8, scale=10.0, dimensions=2):
    """Of dimensions between -1 and 1."""
    return Coefficients(Bounds((-1.0,) * dimensions, (1.0,) * dimensions), chunk, scale)


CHUNKS = chunks_of("walk", 500, 8, 2).astype(np.float32)


def test_how_the_chunks_are_cut_into_blocks_does_not_matter():
    whole = learn_from([CHUNKS], coefficients(), 300)
    assert learn_from([CHUNKS[:0], *np.array_split(CHUNKS, 7)], coefficients(), 300) == whole
    assert whole.source == {"chunks": 500, "of": 500}


def test_of_too_many_chunks_every_second_or_fourth_is_learnt_from():
    """500 chunks of 16 numbers: 2,000 numbers hold 125 of them."""
    sampled = learn_from([CHUNKS], coefficients(), 300, most=2000)
    assert sampled.source == {"chunks": 125, "of": 500}
    assert sampled == learn_from(np.array_split(CHUNKS, 31), coefficients(), 300, most=2000)
    numbers = coefficients().of(CHUNKS)
    texts = ["".join(map(chr, row)) for row in numbers[::4] - numbers.min()]
    also = "".join(map(chr, np.unique(numbers) - numbers.min()))
    assert sampled.bpe == Bpe.learnt(counted(texts), int(np.ptp(numbers)) + 1, 300, also)


def test_what_only_chunks_outside_the_sample_have_can_be_spelled():
    chunks = np.zeros((64, 8, 2), np.float32)
    chunks[33] = 1  # coefficient 28, of no chunk that is learnt from
    sampled = learn_from([chunks], coefficients(), 300, most=64)
    assert sampled.source == {"chunks": 4, "of": 64}
    assert (sampled.least, sampled.most) == (0, 28)
    assert {0, 28} <= set(sampled.spelled.tolist())


def test_the_nearest_that_can_be_spelled_is_said_for_another():
    chunks = np.zeros((2, 1, 2), np.float32)
    chunks[1] = 1
    found = learn_from([chunks], coefficients(chunk=1), 300)
    assert found.spelled.tolist() == [0, 10]
    assert found.nearest(np.array([-7, 0, 4, 5, 6, 99])).tolist() == [0, 0, 0, 0, 10, 10]


def test_no_chunk_and_too_many_coefficients_are_refused():
    with pytest.raises(CodecError, match=r"^there is no chunk to learn a vocabulary from"):
        learn_from([CHUNKS[:0]], coefficients(), 300)
    wide = coefficients(scale=1000.0)
    with pytest.raises(CodecError, match=r"^a text cannot hold all coefficients from -2828 to 2828; allowed"):
        learn_from([np.ones((1, 8, 2), np.float32), -np.ones((1, 8, 2), np.float32)], wide, 5000)


def test_json_keeps_it():
    found = learn_from([CHUNKS], coefficients(), 300)
    assert Learnt.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    ("chunk", "says"), [(0, "chunk must be a whole number"), (2500, "a chunk of 2500 actions")]
)
def test_chunks_of_no_or_too_many_numbers_are_refused(chunk, says):
    with pytest.raises(UsageError, match=f"^{says}"):
        coefficients(chunk=chunk)
