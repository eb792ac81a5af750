"""Split expressions, literally and against TFDS's own reading of them."""

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.rlds_data import tfds
from vladata.errors import SpecError, UnknownName, UsageError
from vladata.sources.info import DatasetInfo, SplitInfo, parse_dataset_info
from vladata.sources.splits import SplitSlice, parse_split

LENGTHS = {"train": [7, 0, 30, 13], "val": [25], "test-1": [3, 3]}
TEXT = json.dumps(
    {
        "name": "made_up",
        "version": "1.0.0",
        "fileFormat": "tfrecord",
        "splits": [{"name": name, "shardLengths": [str(n) for n in ns]} for name, ns in LENGTHS.items()],
    }
)
INFO = parse_dataset_info(TEXT.encode(), "dataset_info.json")

T, V = ("train", 50), ("val", 25)


@pytest.mark.parametrize(
    ("expression", "slices"),
    [
        ("train", [("train", 0, 50)]),
        ("train+val", [("train", 0, 50), ("val", 0, 25)]),
        ("val + train", [("val", 0, 25), ("train", 0, 50)]),
        ("all", [("train", 0, 50), ("val", 0, 25), ("test-1", 0, 6)]),
        ("train[:10%]", [("train", 0, 5)]),
        ("train[10%:]", [("train", 5, 50)]),
        (
            "train[5:10%]",
            [("train", 2, 5)],
        ),  # a unit on one bound holds for both; half a record is rounded to even
        ("train[15%:75%]", [("train", 8, 38)]),
        ("val[:50%]", [("val", 0, 12)]),
        ("train[-10%:]", [("train", 45, 50)]),
        ("train[:-10%]", [("train", 0, 45)]),
        ("train[:0.9%]+val", [("val", 0, 25)]),  # 0.45 records are none
        ("train[7:9]", [("train", 7, 9)]),
        ("train[-9:-7]", [("train", 41, 43)]),
        ("train[1_0:1_2]", [("train", 10, 12)]),
        ("train[2shard]", [("train", 7, 37)]),
        ("train[-1shard]", [("train", 37, 50)]),
        ("train[1:3shard]", [("train", 7, 37)]),
        ("train[-2shard:]", [("train", 7, 50)]),
        ("train[:-1shard]", [("train", 0, 37)]),
        ("train[:5]+train[45:]", [("train", 0, 5), ("train", 45, 50)]),
        ("test-1[:1]", [("test-1", 0, 1)]),
    ],
)
def test_means(expression, slices):
    assert parse_split(expression, INFO) == tuple(SplitSlice(*part) for part in slices)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("", "this is not a split; got ''"),
        ("train,val", "this is not a split; got 'train,val'"),
        ("train+", "this is not a split; got ''"),
        (" train", "this is not a split; got ' train'"),
        ("train[]", r"this is not a split; got 'train\[\]'"),
        ("train[:]", r"this is not a split; got 'train\[:\]'"),
        ("train[5]", "this is not a split"),
        ("train[5%]", "this is not a split"),
        ("train[1:2:3]", "this is not a split"),
        ("train[a:]", "this is not a split"),
        ("train[1.5:]", "this is not a split"),
        ("train[_:]", "this is not a split"),
        ("train[10:5]", "the split has no records; allowed: train has 50, val has 25, test-1 has 6"),
        ("train[5:0]", "the split has no records"),
        ("val[:1%]", "the split has no records"),
        ("train[:51]", r"train\[:51\]: the slice goes beyond the split; allowed: 50 records"),
        ("train[-51:]", "the slice goes beyond the split"),
        ("train[:101%]", "the slice goes beyond the split; allowed: -100% to 100%"),
        ("all[:5]", '"all" cannot have a slice'),
        ("train+train", "the split holds records 0 to 50 of train twice"),
        ("train[:30]+val+train[20:40]", "the split holds records 20 to 30 of train twice"),
    ],
)
def test_refuses(expression, says):
    with pytest.raises(UsageError, match=says):
        parse_split(expression, INFO)


def test_an_unknown_split_is_named_with_the_nearest():
    with pytest.raises(UnknownName, match=r'made_up: there is no split "trian".\n  Did you mean "train"\?'):
        parse_split("val+trian[:5]", INFO)


def test_a_dataset_without_records_says_so():
    info = DatasetInfo("d", "1.0.0", "", "tfrecord", {"train": SplitInfo("train", (), ())})
    with pytest.raises(UsageError, match="the split has no records; allowed: train has 0"):
        parse_split("train", info)


@pytest.fixture(scope="module")
def tfds_splits(tmp_path_factory):
    """TFDS's own split table for the same dataset_info.json."""
    folder: Path = tmp_path_factory.mktemp("splits") / "made_up" / "1.0.0"
    folder.mkdir(parents=True)
    (folder / "dataset_info.json").write_text(TEXT)
    lib = tfds()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lib.features.FeaturesDict({"a": lib.features.Text()}).save_config(str(folder))
        return lib.builder_from_directory(str(folder)).info.splits


bounds = st.one_of(
    st.just(""),
    st.integers(-60, 60).map(str),
    st.integers(-110, 110).map("{}%".format),
    st.decimals(-100, 100, places=2).map("{}%".format),
    st.integers(-6, 6).map("{}shard".format),
)
slices = st.one_of(
    st.just(""), bounds.map("[{}]".format), st.tuples(bounds, bounds).map(lambda b: f"[{b[0]}:{b[1]}]")
)
parts = st.tuples(st.sampled_from(["train", "val", "test-1", "all", "tset"]), slices).map("".join)


@settings(max_examples=500)
@given(st.lists(parts, min_size=1, max_size=3).map("+".join))
@example("val[-54%:38%]")
@example("train[:1]+train[0:2]")
def test_reads_the_records_that_tfds_reads(tfds_splits, expression):
    records, files = by_tfds(tfds_splits, expression)
    try:
        ours = [record for part in parse_split(expression, INFO) for record in records_of(part)]
    except (UsageError, SpecError):
        ours = []
    if len(set(records)) < len(records):
        records = []  # slices that overlap: ours to refuse
    assert ours == records
    if files is not None and ours:
        assert ours == files


Records = list[tuple[str, int]]


def by_tfds(splits: Any, expression: str) -> tuple[Records, Records | None]:
    """The records of TFDS's absolute slices, and those of its file instructions; none where TFDS raises.

    No file instructions for a slice that ends before it begins: TFDS 4.9.10 takes "one record less than none" for "all".
    """
    try:
        slices = tfds().core.ReadInstruction.from_spec(expression).to_absolute(dict(splits.items()))
    except (ValueError, NotImplementedError):
        return [], None
    bounds = [
        (s.splitname, s.from_ or 0, INFO.splits[s.splitname].records if s.to is None else s.to)
        for s in slices
    ]
    records = [record for bound in bounds for record in records_of(SplitSlice(*bound))]
    if any(start > stop for _, start, stop in bounds):
        return records, None
    found = [
        (part.filename, part.skip, part.skip + part.take) for part in splits[expression].file_instructions
    ]
    return records, [(file.rsplit("/", 1)[-1], n) for file, start, stop in found for n in range(start, stop)]


def records_of(part: SplitSlice) -> list[tuple[str, int]]:
    split = INFO.splits[part.split]
    everything = [
        (file, n)
        for file, length in zip(split.files, split.shard_lengths, strict=True)
        for n in range(length)
    ]
    return everything[part.start : part.stop]
