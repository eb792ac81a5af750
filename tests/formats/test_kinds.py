"""What files and folders are, told from what the tools of each format wrote (literal bytes where no tool is at hand)."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import sqlite3
import tarfile
import zipfile
from contextlib import closing

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from array_record.python.array_record_module import ArrayRecordWriter

from tests.corpora.made import jpeg, png
from vladata.formats import kinds
from vladata.formats.folder_kinds import kind_of_folder
from vladata.formats.kinds import HEAD, kind_of
from vladata.formats.tfrecord import frame

TABLE = pa.table({"a": [1, 2]})


def written(write):
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def tar(form):
    def write(file):
        with tarfile.open(fileobj=file, mode="w", format=form) as opened:
            opened.addfile(tarfile.TarInfo("a.txt"))

    return written(write)


def zipped(name):
    def write(file):
        with zipfile.ZipFile(file, "w") as opened:
            opened.writestr(name, b"x")

    return written(write)


def hdf5(**options):
    def write(file):
        with h5py.File(file, "w", **options) as opened:
            opened["a"] = np.arange(3)

    return written(write)


def array_record(path):
    writer = ArrayRecordWriter(str(path / "x.array_record"), "group_size:1")
    writer.write(b"hello")
    writer.close()
    return (path / "x.array_record").read_bytes()


def arrow(new):
    def write(file):
        with new(file, TABLE.schema) as opened:
            opened.write_table(TABLE)

    return written(write)


MADE = {
    "parquet": written(lambda file: pq.write_table(TABLE, file)),
    "tar": tar(tarfile.PAX_FORMAT),
    "tar, GNU": tar(tarfile.GNU_FORMAT),
    "tar, ustar": tar(tarfile.USTAR_FORMAT),
    "tfrecord": frame(b"pick"),
    "tfrecord, empty record": frame(b""),
    "hdf5": hdf5(),
    "hdf5, user block": hdf5(userblock_size=512),
    "arrow": arrow(pa.ipc.new_file),
    "arrow, stream": arrow(pa.ipc.new_stream),
    "npy": written(lambda file: np.save(file, np.arange(3))),
    "npz": written(lambda file: np.savez(file, a=np.arange(3))),
    "torch": zipped("archive/data.pkl"),
    "zip": zipped("a.jpg"),
    "gzip": gzip.compress(b"x"),
    "bzip2": bz2.compress(b"x"),
    "xz": lzma.compress(b"x"),
    "zstd": bytes(pa.compress(b"x", "zstd")),
    "pickle": pickle.dumps({"a": 1}),
    "pickle, old": pickle.dumps({"a": 1}, 2),
    "image": jpeg(),
    "image, png": png(),
    "json": json.dumps([{"a": 1}]).encode(),
    "json, map": json.dumps({"a": 1}, indent=2).encode(),
    "json, long": json.dumps({"a": "ä" * HEAD}, ensure_ascii=False).encode()[:HEAD],
    "json, after a byte order mark": b"\xef\xbb\xbf" + b'{"a": 1}',
    "json_lines": b'{"a": 1}\n{"a": 2}\n',
    "mcap": b"\x89MCAP0\r\n" + bytes(20),
    "ros_bag": b"#ROSBAG V2.0\n",
    "lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n",
    "annex": b"/annex/objects/SHA256E-s1--0.tar\n",
    "html": b"<!DOCTYPE html>\n<html>",
    "html, spaced": b"\xef\xbb\xbf\n <HTML lang=en>",
    "xml": b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "video": b"\0\0\0\x20ftypisom",
    "pdf": b"%PDF-1.7",
    "empty": b"",
    "utf16": '[{"a": 1}]'.encode("utf-16"),
    "utf16, big end first": b"\xfe\xff" + '[{"a": 1}]'.encode("utf-16-be"),
    "text": b"a dog\thttp://a.b/c.jpg\n",
}


@pytest.mark.parametrize("name", MADE)
def test_a_file_is_named_by_its_first_bytes(name):
    assert kind_of(MADE[name][:HEAD]).name == name.split(",")[0]


def test_riegeli_array_record_and_sqlite_are_named(tmp_path):
    assert kind_of(array_record(tmp_path)) is kinds.RIEGELI
    with closing(sqlite3.connect(tmp_path / "a.db")) as opened, opened:
        opened.execute("create table a (b)")
    assert kind_of((tmp_path / "a.db").read_bytes()) is kinds.SQLITE


@pytest.mark.parametrize(
    "head",
    [
        bytes(512),
        bytes(20),
        b"\xff" * 12,
        b"\xff\xfe\xfd\xfc",
        b"\x80" + bytes(40),
        frame(b"pick")[1:],
        b"RIFF\1\0\0\0WAVE",
        b"\0a text",
    ],
    ids=[
        "zeros",
        "few zeros",
        "ones",
        "no text",
        "0x80",
        "a frame that is cut",
        "a sound",
        "text with a zero",
    ],
)
def test_what_could_be_anything_is_not_named(head):
    assert kind_of(head) is None


@pytest.mark.parametrize("name", MADE)
def test_any_part_of_a_head_gives_a_kind_or_none(name):
    for size in range(1, min(len(MADE[name]), 600)):
        assert kind_of(MADE[name][:size]) is None or kind_of(MADE[name][:size]).hint


def test_every_kind_has_a_name_of_its_own_and_a_next_step():
    found = [value for value in vars(kinds).values() if isinstance(value, kinds.FileKind)]
    assert len({kind.name for kind in found}) == len(found) == 40
    assert all(kind.hint[-1] == "." and kind.is_a for kind in found)


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (["meta/", "data/", "README.md"], "lerobot"),
        (["meta/info.json", "data/chunk-000/episode_000000.parquet"], "lerobot"),
        (["meta/", "videos/"], None),
        (["dataset_info.json", "features.json", "x-train.tfrecord-00000-of-00001"], "tfds"),
        (["dataset_dict.json", "train/"], "hf_disk"),
        (["data-00000-of-00001.arrow", "dataset_info.json", "state.json"], "hf_disk"),
        ([".zgroup", "data/"], "zarr"),
        (["robot.zarr/"], "zarr"),
        (["robot.zarr/.zgroup"], "zarr"),
        (["metadata.yaml", "run_0.db3"], "ros_bag"),
        (["metadata.yaml", "run_0.mcap"], "ros_bag"),
        (["index.json", "shard.00000.mds.zstd"], "mds"),
        (["data.mdb", "lock.mdb"], "lmdb"),
        (["a.h5", "b.h5", "notes.txt"], "hdf5"),
        (["a.mcap", "b.mcap"], "mcap"),
        (["train.tfrecord-00000-of-00002", "train.tfrecord-00001-of-00002"], "tfrecord"),
        (["x-train.array_record-00000-of-00001"], "riegeli"),
        (["0000.parquet", ".DS_Store", "README.md"], "parquet"),
        (["._0.tar", ".hidden.tar"], None),
        ([], None),
    ],
)
def test_a_folder_is_named_by_what_lies_in_it(names, name):
    found = kind_of_folder(names)
    assert (found and found.name) == name
