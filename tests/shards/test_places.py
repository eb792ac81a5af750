"""The rows of index.arrow, against the table that pyarrow reads, from memory and from the file, in batches of any size."""

import numpy as np
import pyarrow as pa
import pytest

from vladata.errors import ChecksumMismatch, UnknownName
from vladata.runs.index_table import INDEX_COLUMNS
from vladata.shards.reading.index_bytes import FileBytes, HeldBytes
from vladata.shards.reading.places import IndexRows

COLUMNS = pa.schema(
    [*INDEX_COLUMNS, ("similarity", pa.float32()), ("images", pa.list_(pa.struct([("look", pa.uint64())])))]
)
SIZES = {"even": [4] * 12, "uneven": [1, 7, 0, 2, 30, 3, 5], "one": [48]}
SHARDS = [10, 0, 25, 13]


def rows(size, first=0):
    numbers = np.arange(first, first + size)
    names = pa.array(["caf\u00e9", "b"]), pa.array(["action", "vqa", "caption"])
    dataset, task = (
        pa.DictionaryArray.from_arrays(pa.array(numbers % len(each), pa.int16()), each) for each in names
    )
    return pa.record_batch(
        [
            pa.array(np.searchsorted(np.cumsum(SHARDS), numbers, side="right"), pa.int32()),
            pa.array(numbers * 2**33),
            pa.array(numbers + 100),
            dataset,
            task,
            pa.array([f"\u00e9{'x' * (n % 5)}{n}" if n % 11 else "" for n in numbers.tolist()]),
            pa.array(numbers % 60, pa.int32()),
            pa.array(numbers / 3, pa.float32()),
            pa.array([[{"look": n}] * (n % 3) for n in numbers.tolist()], COLUMNS.field("images").type),
        ],
        COLUMNS,
    )


def write(path, sizes, **options):
    with pa.ipc.new_file(str(path), COLUMNS, **options) as writer:
        for first, size in zip(np.cumsum([0, *sizes]).tolist(), sizes, strict=False):
            writer.write_batch(rows(size, first))


@pytest.fixture(params=[(sizes, held) for sizes in SIZES for held in (True, False)], ids=str)
def both(request, tmp_path):
    """The places, and the table."""
    sizes, held = request.param
    path = tmp_path / "index.arrow"
    write(path, SIZES[sizes])
    data = HeldBytes(path.read_bytes()) if held else FileBytes(path)
    return IndexRows(data, SHARDS, "there/index.arrow"), pa.ipc.open_file(str(path)).read_all()


def test_rows_are_those_of_the_table(both):
    places, table = both
    listed = {name: table[name].to_pylist() for name in table.column_names}
    rng = np.random.default_rng(0)
    for chosen in (range(48), [47, 0, 0, 13], rng.integers(0, 48, 200), np.arange(20, 30), []):
        found = places.where(chosen)
        for name in ("shard", "offset", "length"):
            values = getattr(found, name)
            assert (values.dtype, values.tolist()) == (np.int64, [listed[name][i] for i in chosen])
        named = zip(*(listed[name] for name in ("dataset", "task", "episode", "step")), strict=True)
        named = list(named)
        assert found.identity == [named[i] for i in chosen]
        for name in ("dataset", "task", "episode", "step", "similarity", "offset"):
            column = places.column(name, chosen)
            assert list(column) == [listed[name][i] for i in chosen], name
        codes = places.codes("task", chosen)
        assert (codes.dtype, [places.names("task")[code] for code in codes]) == (
            np.int16,
            [listed["task"][i] for i in chosen],
        )


def test_what_there_is_not(both):
    places, _ = both
    for beyond in (48, -1, 2**40):
        with pytest.raises(IndexError, match=f"row {beyond} of 48"):
            places.where([0, beyond])
    with pytest.raises(UnknownName, match='there is no column of single values "images"'):
        places.column("images", [0])
    with pytest.raises(UnknownName, match='there is no column of names "step"'):
        places.names("step")


def test_another_number_of_rows_than_the_shards_have(tmp_path):
    write(tmp_path / "index.arrow", [48])
    data = FileBytes(tmp_path / "index.arrow")
    with pytest.raises(
        ChecksumMismatch, match="the index does not fit the manifest; got '48 rows'; allowed: 47"
    ):
        IndexRows(data, [40, 7])


@pytest.mark.parametrize("held", [True, False])
def test_a_file_that_is_cut_after_it_was_opened(held, tmp_path):
    path = tmp_path / "index.arrow"
    write(path, SIZES["even"])
    places = IndexRows(HeldBytes(path.read_bytes()) if held else FileBytes(path), SHARDS)
    path.write_bytes(b"")
    if held:
        assert places.where([3]).offset.tolist() == [3 * 2**33]
    else:
        with pytest.raises(
            ChecksumMismatch, match="the index is missing or damaged: the file ends too early"
        ):
            places.where([3])


def test_any_damage_is_an_error_or_another_value(tmp_path):
    """Never a traceback of another kind: any byte of the file turned over, and any beginning of it."""
    path = tmp_path / "index.arrow"
    write(path, [20, 28])
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    seen = set()
    for byte in [*range(0, len(data), 3), *rng.integers(len(data) - 1500, len(data), 300).tolist()]:
        changed = bytearray(data)
        changed[byte] ^= 1 << int(rng.integers(8))
        seen.add(outcome(bytes(changed)))
    for length in range(0, len(data), 97):
        assert outcome(data[:length]) == "error"
    assert seen == {"error", "rows"}


def outcome(data):
    try:
        places = IndexRows(HeldBytes(data), SHARDS)
        places.where(range(places.rows))
        places.column("similarity", [0])
    except (ChecksumMismatch, UnknownName):
        return "error"
    return "rows"


def test_what_is_compressed_or_has_gaps(tmp_path):
    path = tmp_path / "index.arrow"
    write(path, [48], options=pa.ipc.IpcWriteOptions(compression="zstd"))
    with pytest.raises(ChecksumMismatch, match="the batches of the Arrow file are compressed"):
        IndexRows(FileBytes(path), SHARDS)
    batch = rows(48)
    steps = pa.array([None, *batch["step"].to_pylist()[1:]], pa.int32())
    batch = batch.set_column(COLUMNS.get_field_index("step"), COLUMNS.field("step"), steps)
    with pa.ipc.new_file(str(path), COLUMNS) as writer:
        writer.write_batch(batch)
    with pytest.raises(ChecksumMismatch, match="it has no column step, or one with gaps"):
        IndexRows(FileBytes(path), SHARDS)
