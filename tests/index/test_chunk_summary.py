"""Statistics of each step of a chunk, and of any quantiles: equal to numpy's over the values of a plain loop."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vladata.index.summary import summarise

NAMES = ("a", "b")
QUANTILES = (0.05, 0.5, 0.95)


def reader(episodes, cuts=()):
    """Parts of the index: an episode a row, its actions one after another."""

    def read():
        for group in np.split(np.arange(len(episodes)), cuts):
            flat = [episodes[i].reshape(-1) for i in group.tolist()]
            yield pa.table({"action": pa.array(flat, pa.list_(pa.float32()))})

    return read


def plainly(episodes, h):
    """The actions that stand at step h of a chunk: a window stands at every step, and the end of an episode ends its rows."""
    found = [episode[i + h] for episode in episodes for i in range(len(episode)) if i + h < len(episode)]
    return np.array(found, np.float64).reshape(-1, len(NAMES))


def agree(statistics, exact):
    assert statistics.count == len(exact)
    if not len(exact):
        assert set(statistics.max + statistics.q01 + statistics.mean) == {0.0}
        return
    for name, q in (("q01", 0.01), ("q99", 0.99)):
        np.testing.assert_allclose(getattr(statistics, name), np.quantile(exact, q, axis=0), rtol=1e-12)
    for quantile in statistics.quantiles:
        # Between two values of opposite signs a quantile may be near 0, where only the values' own size says what is close.
        least = 1e-15 * float(np.abs(exact).max())
        wanted = np.quantile(exact, quantile.q, axis=0)
        np.testing.assert_allclose(quantile.values, wanted, rtol=1e-12, atol=least)
    assert statistics.min == tuple(exact.min(axis=0))
    assert statistics.max == tuple(exact.max(axis=0))
    np.testing.assert_allclose(statistics.mean, exact.mean(axis=0), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(statistics.std, exact.std(axis=0), rtol=1e-7, atol=1e-12)


@given(
    lengths=st.lists(st.integers(0, 9), min_size=1, max_size=6),
    chunk=st.integers(2, 6),
    seed=st.integers(0, 99),
    quantiles=st.lists(st.floats(0, 1), max_size=3, unique=True).map(sorted),
)
@settings(max_examples=25)
def test_each_step_of_a_chunk(lengths, chunk, seed, quantiles):
    rng = np.random.default_rng(seed)
    episodes = [rng.normal(0, 10.0 ** rng.integers(-9, 9), (n, 2)).astype(np.float32) for n in lengths]
    for episode in episodes:
        episode[:, 1] = rng.integers(-2, 3, len(episode))  # ties
    found = summarise(reader(episodes, [len(lengths) // 2]), {"action": NAMES}, quantiles, chunk)["action"]
    assert len(found.steps) == chunk
    for h, step in enumerate(found.steps):
        agree(step, plainly(episodes, h))
        assert [each.q for each in step.quantiles] == quantiles
    agree(found.statistics, plainly(episodes, 0))


def test_many_values_in_many_parts():
    rng = np.random.default_rng(3)
    episodes = [rng.normal(size=(n, 2)).astype(np.float32) for n in rng.integers(1, 40, 400)]
    found = summarise(reader(episodes, [100, 250]), {"action": NAMES}, QUANTILES, 16)["action"]
    for h in (0, 1, 7, 15):
        agree(found.steps[h], plainly(episodes, h))


@pytest.mark.parametrize("seed", range(3))
def test_any_quantiles_and_what_lies_beyond_them(seed):
    rows = np.random.default_rng(seed).normal(size=(333, 2)).astype(np.float32)
    found = summarise(reader([rows]), {"action": NAMES}, QUANTILES)["action"]
    assert found.steps == ()
    statistics = found.statistics
    agree(statistics, rows.astype(np.float64))
    for quantile in statistics.quantiles:
        at = np.array(quantile.values, np.float32)
        assert quantile.below == tuple((rows < at).sum(axis=0).tolist())
        assert quantile.above == tuple((rows > at).sum(axis=0).tolist())
    again = type(statistics).from_json(statistics.to_json())
    assert again == statistics
    assert list(statistics.to_json()["quantiles"]) == ["0.05", "0.5", "0.95"]


def test_nothing_is_added_where_nobody_asked():
    rows = np.ones((5, 2), np.float32)
    assert "quantiles" not in summarise(reader([rows]), {"action": NAMES})["action"].statistics.to_json()
