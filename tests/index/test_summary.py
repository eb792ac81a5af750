"""Exact statistics: equal to numpy's over all values at once, however the parts are cut."""

import numpy as np
import pyarrow as pa
import pytest

from vladata.index.summary import summarise

NAMES = ("a", "b", "c")


def reader(rows, cuts):
    def read():
        for part in np.split(rows, cuts):
            yield pa.table({"action": pa.array([part.reshape(-1)], pa.list_(pa.float32()))})

    return read


def values(count, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, 3)).astype(np.float32)
    rows[:, 1] = rng.integers(-2, 2, count)  # ties
    rows[:, 2] = 1e-30 * rows[:, 2]
    return rows


@pytest.mark.parametrize("count", [1, 2, 3, 100, 4999])
@pytest.mark.parametrize("cuts", [[], [1], [1, 2, 50]])
def test_equal_to_numpy(count, cuts):
    rows = values(count)
    found = summarise(reader(rows, cuts), {"action": NAMES})["action"].statistics
    exact = rows.astype(np.float64)
    assert found.count == count
    for q, name in ((0.01, "q01"), (0.99, "q99")):
        np.testing.assert_allclose(getattr(found, name), np.quantile(exact, q, axis=0), rtol=1e-12)
    np.testing.assert_array_equal(found.min, exact.min(axis=0))
    np.testing.assert_array_equal(found.max, exact.max(axis=0))
    np.testing.assert_allclose(found.mean, exact.mean(axis=0), rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(found.std, exact.std(axis=0), rtol=1e-9)


def test_histograms_count_every_value():
    rows = values(1000)
    found = summarise(reader(rows, [300]), {"action": NAMES})["action"]
    assert found.histograms.sum(axis=1).tolist() == [1000] * 3
    expected, _ = np.histogram(rows[:, 0].astype(np.float64), 64, (rows[:, 0].min(), rows[:, 0].max()))
    assert found.histograms[0].tolist() == expected.tolist()


def test_negative_zero_is_zero():
    rows = np.array([[-0.0], [0.0], [1.0]], np.float32)
    found = summarise(reader(rows, []), {"action": ("a",)})["action"].statistics
    assert (found.min, found.q01, found.max) == ((0.0,), (0.0,), (1.0,))


def test_a_constant_dimension():
    found = summarise(reader(np.full((7, 1), 0.25, np.float32), []), {"action": ("a",)})["action"]
    assert (found.statistics.q01, found.statistics.std, found.histograms.sum()) == ((0.25,), (0.0,), 7)


def test_nothing_at_all():
    found = summarise(reader(np.zeros((0, 3), np.float32), []), {"action": NAMES})["action"].statistics
    assert (found.count, found.mean) == (0, (0.0, 0.0, 0.0))


def test_the_order_of_the_parts_does_not_matter_to_the_quantiles():
    rows = values(1000)
    one = summarise(reader(rows, [10]), {"action": NAMES})["action"].statistics
    other = summarise(reader(rows[::-1].copy(), [700]), {"action": NAMES})["action"].statistics
    assert (one.q01, one.q99, one.min, one.max) == (other.q01, other.q99, other.min, other.max)


@pytest.mark.parametrize("cuts", [[], [1], [7, 400]])
def test_the_steps_that_move_and_those_beyond_the_quantiles(cuts):
    rows = np.zeros((700, 3), np.float32)
    rows[::70, 0] = 0.5  # 10 of 700
    rows[:, 0] += 1e-9
    rows[:, 1] = np.random.default_rng(1).normal(size=700)
    rows[:, 2] = 1.0
    found = summarise(reader(rows, cuts), {"action": NAMES})["action"].statistics
    low, high = (np.array(q, np.float32) for q in (found.q01, found.q99))
    assert found.moving == (10, 699, 0)
    assert found.beyond == (0, 14, 0) == tuple(((rows < low) | (rows > high)).sum(axis=0).tolist())


def test_nothing_moves_in_no_rows():
    found = summarise(reader(np.zeros((0, 3), np.float32), []), {"action": NAMES})["action"].statistics
    assert (found.count, found.moving, found.beyond) == (0, (0, 0, 0), (0, 0, 0))
