"""What a plan needs to know of the episodes, from the parts of the index."""

import pyarrow as pa
import pytest

from vladata.index.entries import ARRAYS, entries_of
from vladata.plan.units import Layout, make_plan

PART = pa.table(
    {
        "file": ["f0", "f0", "f0"],
        **{name: pa.array([0, 1, 2], pa.int64()) for name in ARRAYS},
        "numbers": pa.array([[0, 1, 2], [], [4, 5, 6, 7]], pa.list_(pa.int32())),
        "skips": pa.array([[], [], [0, 4]], pa.list_(pa.int32())),
        "corrected": ["", "", "push"],
        "success": pa.array([None, False, False], pa.bool_()),
    }
)


@pytest.mark.parametrize(
    ("samples_per_step", "samples", "shards"), [(1, [3, 4], [4, 3]), (3, [9, 12], [6, 5, 5, 5])]
)
def test_samples_are_counted_and_shards_sized_by_them(samples_per_step, samples, shards):
    """An episode of which no step is left is no entry."""
    found = entries_of("train", [PART], samples_per_step)
    assert found.samples.tolist() == samples
    assert (found.record.tolist(), found.skips_of(1), dict(found.corrected)) == ([0, 2], (0, 4), {1: "push"})
    assert (found.failed.tolist(), found.firsts.tolist()) == ([False, True], [0, samples[0]])
    (unit,) = make_plan([found], Layout("toy", "webdataset", "source", 0, 1 << 20, 6))
    assert [read.samples for read in unit.reads] == samples
    assert [shard.samples for shard in unit.shards] == shards
