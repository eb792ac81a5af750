"""The plan: which rows are read together, and that no unit is over its memory, however large the images are."""

import numpy as np
import pyarrow as pa
import pytest

from vladata.corpora.rows import BLOCK, ROWS
from vladata.filters.decisions import Decisions
from vladata.plan.table import PlanFile
from vladata.plan.units import Layout
from vladata.web.blocks import WEIGHED, blocks_of, encode, held, joined, unit_of

LAYOUT = {"name": "mine", "format": "webdataset", "order": "source", "seed": 0, "samples_per_shard": 1000}


def part(lengths):
    """A row for each length: its image's bytes."""
    image = {"file": "", "offset": 0, "height": 8, "width": 8, "digest": 0, "look": None}
    rows = [
        {"question": "", "answers": [{"text": "", "weight": 1.0}], "images": [{**image, "length": length}]}
        for length in lengths
    ]
    return pa.Table.from_pylist(rows, pa.schema([ROWS.field(name) for name in WEIGHED]))


def decided(*verdicts):
    """Decisions of one part each: 0 is kept."""
    columns = tuple(np.array(each, np.uint8) for each in verdicts)
    return Decisions(columns, ("a filter",), np.zeros((1, 5), np.int64), np.zeros(5, np.int64), {}, {})


def blocks(parts, verdicts, memory=1 << 40):
    found = blocks_of(iter(parts), decided(*verdicts), memory)
    return list(zip(found.part.tolist(), found.count.tolist(), found.bytes.tolist(), strict=True)), found


def test_a_row_group_is_a_block():
    verdicts = [[0] * (BLOCK + 3), [1] * 4, [0, 1, 0]]
    parts = [part([10] * (BLOCK + 3)), part([10] * 4), part([1, 2, 4])]
    found, whole = blocks(parts, verdicts)
    assert found == [(0, BLOCK, 10 * BLOCK), (0, 3, 30), (2, 2, 5)]
    assert whole.rows.tolist() == [*range(BLOCK + 3), 0, 2]
    assert whole.images == (1, 1)


def test_large_images_make_a_row_group_several_blocks():
    lengths = [1000, 1000, 1_000_000, 1000, 5_000_000, 5_000_000, 1000]
    found, whole = blocks([part(lengths)], [[0] * 7], memory=4_000_000)
    assert [count for _, count, _ in found] == [2, 1, 1, 1, 1, 1]
    assert [size for *_, size in found] == [2000, 1_000_000, 1000, 5_000_000, 5_000_000, 1000]
    assert whole.rows.tolist() == list(range(7))


@pytest.mark.parametrize("memory", [1_000_000, 4_000_000, 20_000_000])
def test_no_unit_is_over_its_memory_and_the_largest_pair(memory):
    lengths = np.random.default_rng(0).integers(1, 3, 2000) ** 12 * 30
    _, whole = blocks([part(lengths.tolist())], [[0] * 2000], memory)
    plan = PlanFile(encode(whole, ["part"], Layout(**LAYOUT, memory=memory), "train")[0])
    units = [unit_of(plan.batch(number)) for number in range(len(plan))]
    assert [row for unit in units for row in unit.row.tolist()] == list(range(2000))
    largest = held(lengths.max(), 1)
    for unit in units:
        weight = held(lengths[unit.row], 1).sum()
        assert weight <= max(memory, largest)
    assert len(units) > held(lengths, 1).sum() / max(memory, largest)


def test_blocks_of_parquet_are_joined_within_a_part():
    """Until they have as many bytes as were asked for; their rows stay in order."""
    parts = [part([10] * (3 * BLOCK)), part([10] * 5)]
    found = joined(blocks_of(iter(parts), decided([0] * (3 * BLOCK), [0] * 5), 1 << 40), 11 * BLOCK)
    assert list(zip(found.part.tolist(), found.count.tolist(), found.bytes.tolist(), strict=True)) == [
        (0, 2 * BLOCK, 20 * BLOCK),
        (0, BLOCK, 10 * BLOCK),
        (1, 5, 50),
    ]
    layout = Layout(**LAYOUT, memory=1 << 40)
    plan = PlanFile(encode(found, ["one", "two"], layout, "train")[0])
    (unit,) = (unit_of(plan.batch(number)) for number in range(len(plan)))
    read = [(name, rows.tolist()) for name, rows in unit.places()]
    assert read == [("one", list(range(3 * BLOCK))), ("two", list(range(5)))]
