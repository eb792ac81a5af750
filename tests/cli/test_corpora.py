"""`vladata corpora`: list, show, and a check that looks at the first records only."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import vladata
from tests.corpora.made import jpeg, tar
from tests.web.made import shards
from vladata.corpora import part

MINE = """name: mine
layout: webdataset
image: {data: [jpg, png]}
pairs: [{task: caption, text: txt}, {task: ocr, question: json.q, answers: json.a}]
"""


def test_the_corpora_that_ship(run):
    said = run("corpora", "list")
    assert (said.code, said.err) == (0, "")
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in said.out.splitlines()}
    assert lines["laion"] == "webdataset  caption"
    assert lines["vqav2"] == "questions   vqa"
    rows = {row["name"]: row for row in run("corpora", "list", "--json").json["corpora"]}
    assert rows["coco_captions"]["images_folder"] is True
    assert rows["cc3m"] == {
        "name": "cc3m",
        "aliases": ["conceptual_captions"],
        "layout": "webdataset",
        "tasks": ["caption"],
        "images_folder": False,
    }


@pytest.mark.parametrize("name", ["cc3m", "vqav2", "obelics"])
def test_what_is_shown_is_the_whole_schema(name, tmp_path, run):
    plain = vladata.corpus(name).model_dump(mode="json")
    assert run("corpora", "show", name, "--json").json == plain
    text = run("corpora", "show", name).out
    assert yaml.safe_load(text) == plain
    (tmp_path / "again.yaml").write_text(text)
    assert vladata.corpus(str(tmp_path / "again.yaml")) == vladata.corpus(name)


def test_a_schema_alone(tmp_path, run):
    (tmp_path / "mine.yaml").write_text(MINE)
    said = run("corpora", "check", tmp_path / "mine.yaml")
    assert (said.code, said.out) == (0, f"{tmp_path}/mine.yaml: in order\n")
    (tmp_path / "mine.yaml").write_text(MINE.replace("caption", "captoin"))
    said = run("corpora", "check", tmp_path / "mine.yaml")
    assert (said.code, said.out) == (2, "")
    assert "captoin" in said.err
    said = run("corpora", "check", "cc3")
    assert said.code == 2
    assert 'there is no corpus "cc3"' in said.err
    assert 'Did you mean "cc3m"?' in said.err


def test_the_first_records_of_a_corpus(tmp_path, run):
    source = shards(tmp_path / "in", 30)
    said = run("corpora", "check", "cc3m", source, "--records", "12")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[:3] == [
        "cc3m: in order; of the first 12 records (in 2 of 3 files) 12 pairs are fit (caption 12), 0 are not",
        "the schema reads: jpg, jpeg, png, webp, txt",
        "the records have:",
    ]
    assert sorted(lines[3:]) == [
        "  jpg: in 8 of 10 records",
        "  json: in 10 of 10 records",
        "  png: in 2 of 10 records",
        "  txt: in 10 of 10 records",
    ]


def test_why_records_are_not_fit(tmp_path, run):
    members = [("a.jpg", jpeg()), ("a.txt", b"fine"), ("b.jpg", b"<html>"), ("b.txt", b"x"), ("c.txt", b"x")]
    source = tar(tmp_path / "in" / "x.tar", members)
    said = run("corpora", "check", "image_text_tars", source)
    assert said.code == 0
    assert said.out.splitlines()[0].endswith("1 pairs are fit (caption 1), 2 are not")
    assert said.out.splitlines()[1].startswith("  bad_image 1: x.tar, record 1 (b)")
    found = run("corpora", "check", "image_text_tars", source, "--json").json
    assert (found["records"], found["files"], found["fit"]) == (3, 1, {"caption": 1})
    assert {reason: entry["pairs"] for reason, entry in found["unfit"].items()} == {
        "bad_image": 1,
        "missing_image": 1,
    }


def test_nothing_that_is_fit_is_a_finding(tmp_path, run):
    source = tar(tmp_path / "in" / "x.tar", [("a.jpg", jpeg()), ("a.cap", b"x")])
    said = run("corpora", "check", "image_text_tars", source)
    assert said.code == 3
    assert "0 pairs are fit, 1 are not\n  missing_text 1: " in said.out


def test_no_more_is_read_than_asked_for(tmp_path, run, monkeypatch):
    """Neither the rest of a file nor a file that is not needed."""
    source = shards(tmp_path / "in", 40, per_shard=20)
    (source / "00001.tar").write_bytes(b"no tar")
    read = []
    whole = part.READERS["webdataset"]

    def reader(*arguments):
        for record in whole(*arguments):
            read.append(record.number)
            yield record

    monkeypatch.setitem(part.READERS, "webdataset", reader)
    assert run("corpora", "check", "cc3m", source, "--records", "7").code == 0
    assert read == list(range(7))


def test_a_source_that_is_not_there(tmp_path, run):
    said = run("corpora", "check", "cc3m", tmp_path / "gone.tar")
    assert said.code == 1
    assert said.err.startswith("MissingFile: ")
    said = run("corpora", "check", "coco_captions", tmp_path / "gone.json")
    assert said.code == 2
    assert "no images folder is given" in said.err


def test_what_records_have_is_listed_beside_what_the_schema_reads(tmp_path, run):
    members = [
        ("0.jpg", jpeg()),
        ("0.cap", b"x"),
        ("._1.jpg", b"x"),
        ("1.jpg", jpeg()),
        ("1.meta.json", b"{}"),
    ]
    source = tar(tmp_path / "in" / "x.tar", members)
    found = run("corpora", "check", "image_text_tars", source)
    assert found.code == 3
    assert found.out.endswith(
        "passed over 1 entries that belong to no record: 1 x hidden file\n"
        "the schema reads: jpg, jpeg, png, webp, gif, txt\nthe records have:\n"
        "  jpg: in 2 of 2 records\n  cap: in 1 of 2 records\n  meta.json: in 1 of 2 records\n"
    )
    said = run("corpora", "check", "image_text_tars", source, "--json").json
    assert said["has"]["cap"] == "in 1 of 2 records"
    assert said["passed_over"] == {"hidden file": 1}


def test_columns_and_keys_are_listed_too(tmp_path, run):
    image = pa.array(
        [{"bytes": jpeg(), "path": "a"}], pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    )
    pq.write_table(pa.table({"image": image, "text": ["x"], "tags": [["a"]]}), tmp_path / "x.parquet")
    assert run("corpora", "check", "image_text_parquet", tmp_path / "x.parquet", "--json").json["has"] == {
        "image.bytes": "binary", "image.path": "string", "text": "string", "tags": "list<element: string>",
    }  # fmt: skip
    record = {
        "id": 1,
        "image": "a.jpg",
        "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}],
    }
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.jpg").write_bytes(jpeg())
    lines = f"{json.dumps(record)}\n{json.dumps({'id': 2})}\n"
    for name, text in {
        "x.json": json.dumps([record, {"id": 2}]),
        "x.jsonl": lines,
        "lines.json": lines,
    }.items():
        (tmp_path / name).write_text(text)
        said = run(
            "corpora", "check", "llava_instruct", tmp_path / name, "--images", tmp_path / "images", "--json"
        ).json
        assert said["has"] == {
            "id": "in 2 of 2 records",
            "image": "in 1 of 2 records",
            "conversations.from": "in 1 of 2 records",
            "conversations.value": "in 1 of 2 records",
        }


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            b"PAR1" + bytes(100),
            "this is a Parquet file, and the schema cc3m (layout webdataset) reads tar archives",
        ),
        (b"\x89HDF\r\n\x1a\n" + bytes(600), "this is an HDF5 file"),
        (b"\x89MCAP0\r\n" + bytes(600), "this is an MCAP recording"),
        (b"version https://git-lfs.github.com/spec/v1\n", "this is a Git LFS pointer in place of the file"),
        (b"<!doctype html><html>", "this is a web page"),
        (b'[{"a": 1}]', "this is a JSON file"),
        (b"PK\3\4" + bytes(600), "this is a zip archive"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path, run, data, says):
    (tmp_path / "x.tar").write_bytes(data)
    said = run("corpora", "check", "cc3m", tmp_path / "x.tar")
    assert (said.code, said.out) == (1, "")
    assert says in said.err
    assert "Traceback" not in said.err
