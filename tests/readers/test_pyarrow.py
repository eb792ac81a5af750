"""Any sample is found by index.arrow and read by itself, with nothing of vladata in the process."""

import pytest

from tests.bridge_samples import comparable

OUTPUTS = ("plain", "several", "mixed")
NAME = "dictionary<values=string, indices=int16, ordered=0>"


@pytest.fixture(scope="module")
def found(read, request):
    """{name of the output: rows of the index and samples}, all read by one process."""
    outputs = {name: request.getfixturevalue(name) for name in OUTPUTS}
    read_back = read("read_pyarrow.py", *(output.path for output in outputs.values()))
    return {name: read_back[str(output.path)] for name, output in outputs.items()}


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_sample_comes_back(name, found, request):
    expected, samples = request.getfixturevalue(name), found[name]["samples"]
    assert {sample["key"] for sample in samples} == expected.keys()
    assert len(samples) == len(expected.samples)
    for sample in samples:
        assert comparable(sample) == expected.samples[sample["key"]]


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_row_says_which_sample_it_is(name, found):
    for row, sample in zip(found[name]["rows"], found[name]["samples"], strict=True):
        for field in ("dataset", "task", "episode", "step"):
            assert row[field] == sample[field]


def test_the_columns_are_those_that_are_documented(found):
    assert found["plain"]["types"] == {
        "shard": "int32",
        "offset": "int64",
        "length": "int64",
        "dataset": NAME,
        "task": NAME,
        "episode": "string",
        "step": "int32",
    }


def test_the_index_is_mapped_and_not_copied(found):
    assert found["plain"]["copied"] == 0
