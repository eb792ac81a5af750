"""The example for grain and JAX gives the batches of vladata.load, over epochs, by rank, and after a state that was kept.

Where JAX is not installed it stops at arrays of numpy, and what is tested of it is that it does.
"""

import importlib.util
import sys

import numpy as np
import pytest

import vladata
from tests.examples.conftest import EXAMPLES

pytest.importorskip("grain", reason="no grain here")
OPTIONS = {"seed": 3, "image_size": 32}


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("grain_jax", EXAMPLES / "grain_jax.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def of_load(path, epochs=2, **options):
    loader = vladata.load(path, 2, drop_last=True, **OPTIONS, **options)
    return [batch for _ in range(epochs) for batch in loader]


@pytest.mark.parametrize("name", ["chunks webdataset", "mixed tfrecord"])
@pytest.mark.parametrize("rank", [0, 1])
def test_the_batches_are_those_of_load(example, outputs, name, rank):
    expected = of_load(outputs[name], rank=rank, world=2)
    found = iter(example.pipeline(outputs[name], 2, rank=rank, world=2, **OPTIONS))
    for batch in expected:
        given = next(found)
        assert given.keys() == batch.keys()
        for column, values in batch.items():
            assert np.array_equal(given[column], values), column
    first, second = ([key for b in expected if b["epoch"] == epoch for key in b["key"]] for epoch in (0, 1))
    assert first != second


def test_a_state_of_grain_goes_on(example, outputs):
    expected = [batch["key"] for batch in of_load(outputs["chunks webdataset"])]
    assert len(expected) > 6
    batches = iter(example.pipeline(outputs["chunks webdataset"], 2, **OPTIONS))
    assert [next(batches)["key"] for _ in range(3)] == expected[:3]
    state = batches.get_state()
    again = iter(example.pipeline(outputs["chunks webdataset"], 2, **OPTIONS))
    again.set_state(state)
    assert [next(again)["key"] for _ in range(len(expected) - 3)] == expected[3:]


def test_arrays_go_to_the_device_where_there_is_jax(example, outputs):
    batch = of_load(outputs["chunks webdataset"])[0]
    given = example.on_device(batch)
    assert given["images"].shape == (2, 2, 2, 32, 32, 3)
    if importlib.util.find_spec("jax") is None:
        assert given["images"] is batch["images"]
        assert "jax" not in sys.modules
    else:
        assert type(given["images"]).__module__.startswith("jax")
    assert np.array_equal(np.asarray(given["action"]), batch["action"])
