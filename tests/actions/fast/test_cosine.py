"""The cosine transform: scipy's to the last digits, its inverse, and the same bits everywhere."""

import hashlib

import numpy as np
import pytest
import scipy.fft

from vladata.actions.fast.cosine import basis, forward, inverse


def test_a_constant_chunk_is_its_mean_alone():
    assert forward(np.ones((1, 4, 1))).tolist() == [[[2.0], [0.0], [0.0], [0.0]]]
    assert inverse(np.array([[[2.0], [0.0], [0.0], [0.0]]])).tolist() == [[[1.0]] * 4]


@pytest.mark.parametrize("length", [1, 2, 3, 5, 16, 50, 64, 100, 257])
def test_it_is_scipys_and_its_own_inverse(length):
    chunks = np.random.default_rng(length).uniform(-1, 1, (20, length, 3))
    assert np.abs(forward(chunks) - scipy.fft.dct(chunks, axis=1, norm="ortho")).max() < 1e-13
    assert np.abs(inverse(forward(chunks)) - chunks).max() < 1e-13
    assert np.abs(basis(length) @ basis(length).T - np.eye(length)).max() < 1e-13


def test_its_bits_are_pinned():
    """Contracts name them: another rounding of one cosine would move coefficients that lie on a half."""
    digest = hashlib.sha256(b"".join(basis(length).astype("<f8").tobytes() for length in (1, 2, 7, 16, 50)))
    assert digest.hexdigest()[:16] == "34f3a3b2499236ce"


def test_many_chunks_are_each_transformed_as_if_alone():
    chunks = np.random.default_rng(1).uniform(-1, 1, (3000, 16, 7))
    assert np.array_equal(forward(chunks)[1234], forward(chunks[1234:1235])[0])
    assert forward(chunks[:0]).shape == (0, 16, 7)
