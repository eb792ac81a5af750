"""Hostile bytes: TFRecord, tf.Example, dataset_info.json, features.json, and whole sources made of such files.

The JSON readers are fed mutations of real files, since random text would stop at the first brace; the record readers are
fed both random bytes and damaged records.
"""

import io
import json
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.test_features import IMAGE, LABEL, LEGACY, TEXT, listed, record, scalar, tensor
from vladata.errors import FormatError, SourceError, VladataError
from vladata.formats.example import encode_example, parse_example
from vladata.formats.tfrecord import FramedRecord, frame, read_at, scan_records
from vladata.records import Episode, Place
from vladata.sources.features import Features, parse_features
from vladata.sources.folder import Folder
from vladata.sources.info import DatasetInfo, SplitInfo, parse_dataset_info
from vladata.sources.rlds import NATIVE, STEPS, RldsSource
from vladata.sources.splits import parse_split
from vladata.sources.tfrecord import FRAMING

FUZZ = settings(max_examples=400)

FRAMED = b"".join(map(frame, (b"first", b"", b"third record" * 20)))
INFO = {
    "name": "d",
    "version": "1.0.0",
    "fileFormat": "tfrecord",
    "splits": [
        {
            "name": "train",
            "filepathTemplate": "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}",
            "shardLengths": ["2", "3"],
        },
        {"name": "val", "shardLengths": [4]},
    ],
}
TREE = record(
    steps=listed(
        record(
            action=tensor(),
            is_last=scalar("bool"),
            text=TEXT,
            image=IMAGE,
            list=listed(tensor("int32", ["2"]), "3"),
            ragged=listed(listed(scalar("int64"))),
            packed=tensor("uint8", ["2", "3"], encoding="zlib"),
            open=tensor("int16", ["-1", "-1"], encoding="bytes"),
        ),
        name="dataset_feature.Dataset",
    ),
    label=LABEL,
    rows=tensor("float64", ["-1", "2"]),
)
MESSAGE = {
    "steps/action": np.ones(14, np.float32),
    "steps/is_last": np.array([0, 1]),
    "steps/text": [b"pick", b"up"],
    "steps/image": [b"jpeg", b"jpeg"],
    "steps/list/ragged_flat_values": np.arange(12),
    "steps/list/ragged_row_lengths_0": np.array([3, 3]),
    "steps/ragged/ragged_flat_values": np.arange(3),
    "steps/ragged/ragged_row_lengths_0": np.array([1, 1]),
    "steps/ragged/ragged_row_lengths_1": np.array([1, 2]),
    "steps/packed": [zlib.compress(bytes(6))] * 2,
    "steps/open/value": [b"\x01\x00", b""],
    "steps/open/shape": np.array([1, 1, 0, 5]),
    "label": np.array([1]),
    "rows": np.ones(4, np.float32),
}


def attempt(call: Callable[[], Any]) -> Any:
    """What `call` gives, or the one of our errors that it raises; any other exception fails the test."""
    try:
        return call()
    except VladataError as error:
        assert_readable(error)
        return error


def assert_readable(error: VladataError) -> None:
    """An error's text is short, whatever the data was."""
    assert 0 < len(str(error)) < 2000


def damaged(data: bytes) -> st.SearchStrategy[bytes]:
    """`data` with up to three bytes changed, a piece left out, or an end cut off."""

    def apply(changes: list[tuple[int, int]], cut: tuple[int, int]) -> bytes:
        found = bytearray(data)
        for at, byte in changes:
            found[at] = byte
        start, size = cut
        return bytes(found[:start] + found[start + size :])

    changes = st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), max_size=3)
    cut = st.one_of(st.just((0, 0)), st.tuples(st.integers(0, len(data)), st.integers(0, len(data))))
    return st.builds(apply, changes, cut)


ODD_JSON = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        ["-1", "0", "-2", "99999999999999999999", "string", "float16", "bytes", "../x", "{SPLIT}", "", [], {}]
    ),
    st.lists(st.integers(-3, 3).map(str), max_size=20),
)


@st.composite
def twisted(draw: Any, tree: Any) -> bytes:
    """The JSON of `tree` with up to three of its values replaced, or left out."""
    tree = json.loads(json.dumps(tree))
    for _ in range(draw(st.integers(0, 3))):
        parent = tree
        while True:
            keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(parent[key], dict | list) and draw(st.integers(0, 4)):
                parent = parent[key]
                continue
            if draw(st.booleans()):
                parent[key] = draw(ODD_JSON)
            else:
                del parent[key]
            break
    return json.dumps(tree).encode()


@FUZZ
@given(st.one_of(st.binary(max_size=100), damaged(FRAMED)), st.integers(0, 60), st.integers(0, 60))
def test_tfrecord(data, offset, length):
    """Any bytes give records, each whole or with a FormatError; the scan ends, and never reads beyond the file."""
    found = list(scan_records(io.BytesIO(data)))
    assert all(isinstance(item, FramedRecord) for item in found)
    assert all(item.fault is None or isinstance(item.fault, FormatError) for item in found)
    assert sum(len(item.data) for item in found) <= len(data)
    one = read_at(io.BytesIO(data), offset, length)
    assert isinstance(one.fault, FormatError) or len(one.data) == length


@FUZZ
@given(st.one_of(st.binary(max_size=100), damaged(encode_example(MESSAGE))))
def test_example(data):
    """Any bytes give features, all of them views, float32, int64 or nothing, or MalformedExample."""
    features = attempt(lambda: parse_example(data))
    for feature in features.values() if isinstance(features, dict) else ():
        if isinstance(feature, list):
            assert all(isinstance(value, memoryview) for value in feature)
        else:
            assert feature is None or feature.dtype in (np.float32, np.int64)


@FUZZ
@given(st.one_of(st.binary(max_size=60), damaged(json.dumps(INFO).encode()), twisted(INFO)))
def test_dataset_info(text):
    """Any text gives a DatasetInfo whose files lie in the folder, or one of our errors; so does any split of it."""
    info = attempt(lambda: parse_dataset_info(text, "dataset_info.json"))
    if isinstance(info, DatasetInfo):
        files = [file for split in info.splits.values() for file in split.files]
        assert all(".." not in file.split("/") and file[0] != "/" for file in files)
        assert_slices(attempt(lambda: parse_split("all", info)), info)


@FUZZ
@given(st.one_of(st.binary(max_size=60), damaged(json.dumps(TREE).encode()), twisted(TREE), twisted(LEGACY)))
def test_features(text):
    """Any text gives Features or one of our errors; a leaf is understood in full, or says why it is not."""
    features = attempt(lambda: parse_features(text, "features.json", "steps"))
    for leaf in features.leaves.values() if isinstance(features, Features) else ():
        assert (leaf.kind == "unsupported") == bool(leaf.reason)
        assert leaf.kind != "number" or np.dtype(leaf.dtype).kind in "biuf"


def source_of(text: bytes) -> RldsSource:
    info = DatasetInfo("d", "1.0.0", "", "tfrecord", {"train": SplitInfo("train", (1,), ("f",))})
    features = parse_features(text, "features.json", STEPS)
    return RldsSource(Folder("/nowhere"), info, features, FRAMING, NATIVE)


@FUZZ
@given(twisted(TREE), st.one_of(st.just(encode_example(MESSAGE)), damaged(encode_example(MESSAGE))))
def test_decode_episode(text, data):
    """Any features.json with any record gives an Episode of equally long columns, or one of our errors."""
    place = Place("f", 0, 0, 0, len(data))
    episode = attempt(lambda: source_of(text).decode("train", place, data))
    if isinstance(episode, Episode):
        assert {len(column) for column in episode.steps.values()} <= {len(episode)}


def test_the_undamaged_record_is_decoded_in_full():
    """The fuzzing above begins with data that is right, and so reaches every line behind the checks."""
    data = encode_example(MESSAGE)
    episode = source_of(json.dumps(TREE).encode()).decode("train", Place("f", 0, 0, 0, len(data)), data)
    assert len(episode) == 2
    assert len(episode.steps) == 8
    assert episode.steps["list"].tolist() == [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]
    assert episode.metadata["rows"].tolist() == [[1, 1], [1, 1]]


@FUZZ
@given(
    st.text(max_size=12)
    | st.from_regex(r"(train|val)\[-?[0-9]{0,3}(%|shard)?:-?[0-9_.]{0,3}%?\]", fullmatch=True)
)
def test_split_expressions(expression):
    """Any expression gives slices within their splits, or one of our errors."""
    info = parse_dataset_info(json.dumps(INFO).encode(), "dataset_info.json")
    assert_slices(attempt(lambda: parse_split(expression, info)), info)


def assert_slices(parts: Any, info: DatasetInfo) -> None:
    assert parts
    for part in parts if isinstance(parts, tuple) else ():
        assert 0 <= part.start < part.stop <= info.splits[part.split].records


@pytest.mark.parametrize("depth", [60, 500, 100_000])
def test_deep_json(depth):
    """Nesting of any depth is one of our errors, never a RecursionError."""
    text = b'{"pythonClassName": "x", "a": ' * depth + b"1" + b"}" * depth
    assert isinstance(attempt(lambda: source_of(text).columns), SourceError | FormatError)
