"""The k-th sample of a source among the samples of all: held against a list of them."""

import numpy as np
import pytest

from vladata.loaders.ordering.parted import Parted


@pytest.mark.parametrize("samples", [0, 1, 1023, 1024, 1025, 5000, 1_050_000])
def test_each_sample_is_found_by_its_source_and_number(samples):
    draw = np.random.default_rng(samples)
    codes = draw.choice([0, 1, 2, -1, 7], samples, p=[0.5, 0.3, 0.001, 0.1, 0.099])
    codes[3000:4500] = 0  # blocks without the others
    parted = Parted(codes.__getitem__, samples, 4)
    listed = [np.flatnonzero(codes == source) for source in range(4)]
    assert parted.sizes.tolist() == [len(rows) for rows in listed]
    source = np.repeat(np.arange(4), [min(2000, len(rows)) for rows in listed])
    number = np.concatenate([draw.permutation(len(rows))[:2000] for rows in listed]).astype(np.int64)
    shuffled = draw.permutation(len(source))
    found = parted.rows(source[shuffled], number[shuffled])
    expected = [listed[s][k] for s, k in zip(source[shuffled], number[shuffled], strict=True)]
    assert found.tolist() == expected
