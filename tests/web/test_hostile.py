"""A corpus made by somebody with bad intent: every fault is a line of rejected.jsonl, and nothing is written beside OUT."""

import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import zlib

import pytest

from tests.corpora.made import bomb, jpeg, png, tar
from tests.files import snapshot
from tests.web.made import TARS, convert, counts, recipe, rejected, said, samples
from vladata.errors import NoSteps
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec.read import validate


def hollow_png():
    """A PNG whose frame is right and whose pixels are not: only who decodes it finds out."""
    whole = png(5)
    at = whole.index(b"IDAT")
    (size,) = struct.unpack(">I", whole[at - 4 : at])
    data = b"IDAT" + bytes(size)
    return (
        whole[: at - 4] + struct.pack(">I", size) + data + struct.pack(">I", zlib.crc32(data)) + whole[-12:]
    )


BAD = {  # key -> the members of the record, and its reason
    "../../up": ({"jpg": jpeg(), "txt": b"x"}, "unsafe_name"),
    "/absolute": ({"jpg": jpeg(), "txt": b"x"}, "unsafe_name"),
    "bomb": ({"png": bomb(), "txt": b"x"}, "bad_image"),
    "cut": ({"jpg": jpeg()[:-200], "txt": b"x"}, "bad_image"),
    "page": ({"jpg": b"<html>", "txt": b"x"}, "bad_image"),
    "nothing": ({"jpg": b"", "txt": b"x"}, "bad_image"),
    "silent": ({"jpg": jpeg()}, "missing_text"),
    "blank": ({"jpg": jpeg(), "txt": b" \n"}, "missing_text"),
    "blind": ({"txt": b"x"}, "missing_image"),
    "long": ({"jpg": jpeg(), "txt": b"x" * 10_000_000}, "too_large"),
    "latin": ({"jpg": jpeg(), "txt": b"caf\xe9"}, "bad_text"),
    "surrogate": ({"jpg": jpeg(), "txt": b"\xed\xa0\x80"}, "bad_text"),
}
GOOD = {"good": {"jpg": jpeg(1), "txt": b"fine"}, "hollow": {"png": hollow_png(), "txt": b"hollow"}}
DECLARED = """name: mine
layout: webdataset
image: {data: [jpg, png]}
pairs: [{task: caption, text: json.caption}]
"""


def members(records):
    return [(f"{key}.{suffix}", data) for key, parts in records.items() for suffix, data in parts.items()]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    records = {key: parts for key, (parts, _) in BAD.items()}
    return tar(tmp_path_factory.mktemp("hostile") / "corpus" / "x.tar", members({**records, **GOOD}))


@pytest.mark.parametrize("size", [None, 48], ids=["as they are", "resized"])
@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_every_fault_is_a_line(fmt, size, source, tmp_path):
    before = snapshot(source.parent.parent)
    out = tmp_path / "place" / "out"
    manifest = convert([source], out, "image_text_tars", recipe=recipe(size=size), format=fmt)
    lines = rejected(out)
    late = ["bad_image"] if size else []
    assert [line["reason"] for line in lines] == [reason for _, reason in BAD.values()] + late
    assert all(line["outcome"] == "rejected" and len(line["says"]) < 700 for line in lines)
    assert [line["key"] for line in lines[: len(BAD)]] == list(BAD)
    read, written = len(BAD) + 2, 2 - len(late)
    assert counts(manifest)["records"] == counts(manifest)["pairs"] == (read, written, 0, read - written)
    assert counts(manifest)["bad_image"] == (4 + len(late), 4 + len(late))
    assert [target for _, target in said(out)] == ["fine", "hollow"][:written]
    assert list(verify(open_output(str(out)))) == []
    assert [path.name for path in tmp_path.iterdir()] == ["place"]
    assert [path.name for path in (tmp_path / "place").iterdir()] == ["out"]
    assert snapshot(source.parent.parent) == before


def test_a_line_leads_to_the_record(source, tmp_path):
    convert([source], tmp_path / "out", "image_text_tars")
    line = rejected(tmp_path / "out")[2]
    assert line == {
        "episode": "train-00000-000002",
        "split": "train",
        "step": 0,
        "file": "x.tar",
        "key": "bomb",
        "outcome": "rejected",
        "reason": "bad_image",
        "says": line["says"],
    }
    assert line["says"] == (
        "x.tar, record 2 (bomb), png: the PNG image is too large; got '50000 x 50000'; "
        "allowed: 64,000,000 pixels."
    )


def test_an_image_that_only_decoding_finds_leaves_its_line_after_the_conversion(source, tmp_path):
    convert([source], tmp_path / "out", "image_text_tars", recipe=recipe(size=48))
    line = rejected(tmp_path / "out")[-1]
    assert (line["episode"], line["step"]) == (f"train-00000-{len(BAD) + 1:06d}", 0)
    assert (line["outcome"], line["reason"], line["file"]) == ("rejected", "bad_image", "x.tar")


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE],
    ids=["link", "hard", "char", "fifo"],
)
def test_what_is_no_file_is_not_followed(kind, tmp_path):
    (tmp_path / "secret.jpg").write_bytes(jpeg(7))
    path = tar(tmp_path / "corpus" / "x.tar", members(GOOD))
    with tarfile.open(path, "a") as archive:
        info = tarfile.TarInfo("bad.jpg")
        info.type, info.linkname = kind, str(tmp_path / "secret.jpg")
        archive.addfile(info)
        text = tarfile.TarInfo("bad.txt")
        text.size = 1
        archive.addfile(text, io.BytesIO(b"x"))
    manifest = convert([path], tmp_path / "out", "image_text_tars")
    assert [line["reason"] for line in rejected(tmp_path / "out")] == ["not_a_file"]
    assert counts(manifest)["pairs"] == (3, 2, 0, 1)
    assert jpeg(7) not in {bytes(s.images["primary"]) for s in samples(tmp_path / "out")}


def test_json_with_two_captions(tmp_path):
    twice = b'{"caption": "one", "caption": "two"}'
    texts = {"a": b'{"caption": "fine"}', "b": twice, "c": b"{", "d": b"[1]", "e": b'{"caption": [[]]}'}
    records = {key: {"jpg": jpeg(i), "json": text} for i, (key, text) in enumerate(texts.items())}
    path = tar(tmp_path / "corpus" / "x.tar", members(records))
    spec = validate(type(TARS), DECLARED, "mine.yaml")
    manifest = convert([path], tmp_path / "out", spec)
    found = {line["key"]: line["reason"] for line in rejected(tmp_path / "out")}
    assert found.pop("b") == "duplicate_key"
    assert set(found) == set("cde")
    assert counts(manifest)["pairs"] == (5, 1, 0, 4)


def test_names_in_an_annotation_file(tmp_path):
    """Names of files that lead out of the images folder, by dots or by a link."""
    images = tmp_path / "corpus" / "images"
    images.mkdir(parents=True)
    (tmp_path / "secret.jpg").write_bytes(jpeg(7))
    (images / "a.jpg").write_bytes(jpeg(1))
    (images / "out.jpg").symlink_to(tmp_path / "secret.jpg")
    names = ["a.jpg", "../../secret.jpg", str(tmp_path / "secret.jpg"), "out.jpg", "gone.jpg"]
    said = [{"from": "human", "value": "What?"}, {"from": "gpt", "value": "That."}]
    records = [{"id": str(i), "image": name, "conversations": said} for i, name in enumerate(names)]
    (tmp_path / "corpus" / "x.json").write_text(json.dumps(records))
    out = tmp_path / "out"
    convert(tmp_path / "corpus" / "x.json", out, "llava_instruct", images=str(images))
    assert [line["reason"] for line in rejected(out)] == ["unsafe_name"] * 3 + ["missing_image"]
    assert [bytes(sample.images["primary"]) for sample in samples(out)] == [jpeg(1)]


def test_a_tar_that_was_cut_keeps_what_stands_before(source, tmp_path):
    records = {f"{i}": {"jpg": jpeg(i), "txt": b"%d" % i} for i in range(20)}
    path = tar(tmp_path / "corpus" / "x.tar", members(records))
    path.write_bytes(path.read_bytes()[:-9000])
    manifest = convert([path], tmp_path / "out", "image_text_tars")
    (line,) = rejected(tmp_path / "out")
    assert line["reason"] == "truncated_file"
    written = counts(manifest)["pairs"][1]
    assert 10 < written < 20
    assert [target for _, target in said(tmp_path / "out")] == [str(i) for i in range(written)]


def test_nothing_but_faults_leaves_nothing_to_write(tmp_path):
    records = {key: parts for key, (parts, _) in BAD.items()}
    path = tar(tmp_path / "corpus" / "x.tar", members(records))
    with pytest.raises(NoSteps) as caught:
        convert([path], tmp_path / "out", "image_text_tars")
    assert "no pair is left to write" in str(caught.value)
    assert "12 pairs: 4 rejected (bad_image), 2 rejected (bad_text), 1 rejected (missing_image)" in str(
        caught.value
    )
    assert not (tmp_path / "out").exists()


MEASURE = """
import re, sys
from tests.web.made import convert
import vladata.web.run, simplejpeg, PIL.Image
def peak():  # not getrusage: its peak is inherited from whoever started the process
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
before = peak()
convert(sys.argv[1], sys.argv[2], "image_text_tars", memory=50_000_000)
print(peak() - before)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="memory is measured on Linux only")
def test_memory_is_bounded(tmp_path):
    """300 MB of pairs, among them bombs, and 200 MB of text, converted in units of 50 MB."""
    image = jpeg(0, 400, 600)
    records = {f"{i:05d}": {"jpg": image, "txt": b"x"} for i in range(300_000_000 // len(image))}
    records |= {f"bomb{i}": {"png": bomb(), "txt": b"x"} for i in range(200)}
    records |= {f"long{i}": {"jpg": jpeg(), "txt": b"x" * 10_000_000} for i in range(20)}
    path = tar(tmp_path / "corpus" / "x.tar", members(records))
    cache = {**os.environ, "VLADATA_CACHE": str(tmp_path / "cache"), "PYTHONPATH": "."}
    command = [sys.executable, "-c", MEASURE, str(path), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=cache)
    assert float(done.stdout) < 120
