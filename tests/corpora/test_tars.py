"""Tars as webdataset and img2dataset write them, and as somebody with bad intent might."""

import io
import json
import tarfile

import pytest
import webdataset
import xxhash

from tests.corpora.made import bomb, index, jpeg, png, reasons, tar, texts
from vladata.corpora.fields import LONGEST_RECORD, LONGEST_TEXT


def img2dataset(folder, count=3, per_shard=2, **more):
    """Shards with the members and keys that img2dataset writes, by the writer that it uses."""
    pattern = str(folder / "%05d.tar")
    with webdataset.ShardWriter(pattern, maxcount=per_shard, verbose=0) as writer:
        for i in range(count):
            known = {
                "caption": f"caption {i}",
                "url": f"https://example.org/{i}.jpg",
                "key": f"{i:09d}",
                "status": "success",
                "error_message": None,
                "width": 32,
                "height": 24,
                "exif": '{"Image Make": "Canon"}',
                "sha256": "0" * 64,
                **more,
            }
            writer.write(
                {"__key__": known["key"], "jpg": jpeg(i), "txt": known["caption"], "json": json.dumps(known)}
            )
    return str(folder / f"{{00000..{(count - 1) // per_shard:05d}}}.tar")


def test_img2dataset(tmp_path):
    rows = index("cc3m", img2dataset(tmp_path))
    assert [(row["file"], row["shard"], row["record"], row["key"]) for row in rows] == [
        ("00000.tar", 0, 0, "000000000"),
        ("00000.tar", 0, 1, "000000001"),
        ("00001.tar", 1, 0, "000000002"),
    ]
    assert [(row["task"], row["language"], row["question"], row["context"]) for row in rows] == [
        ("caption", "en", "", [])
    ] * 3
    assert [row["answers"] for row in rows] == [[{"text": f"caption {i}", "weight": 1.0}] for i in range(3)]
    assert [row["similarity"] for row in rows] == [None] * 3
    assert reasons(rows) == [None] * 3
    for i, row in enumerate(rows):
        (image,) = row["images"]
        start = image["offset"]
        data = (tmp_path / row["file"]).read_bytes()[start : start + image["length"]]
        assert data == jpeg(i)
        assert image == {
            "file": "",
            "offset": start,
            "length": len(data),
            "height": 24,
            "width": 32,
            "digest": xxhash.xxh3_64_intdigest(data),
            "look": None,
        }


def test_laion_has_language_and_similarity(tmp_path):
    rows = index("laion", img2dataset(tmp_path, similarity=0.3125, LANGUAGE="pt_BR"))
    assert [(row["language"], row["similarity"], texts(row)) for row in rows] == [
        ("pt-br", 0.3125, [f"caption {i}"]) for i in range(3)
    ]


@pytest.mark.parametrize(
    ("similarity", "language", "expected"),
    [
        (float("nan"), None, (None, "")),  # as pandas writes what is missing
        ("0.25", "de", (0.25, "de")),
        (None, "no language", (None, "")),
        ([1], 3, (None, "")),
    ],
)
def test_what_is_no_language_or_number_is_left_out(tmp_path, similarity, language, expected):
    rows = index("laion", img2dataset(tmp_path, 1, similarity=similarity, LANGUAGE=language))
    assert [(row["similarity"], row["language"]) for row in rows] == [expected]


def test_looks_are_made_when_asked_for(tmp_path):
    source = img2dataset(tmp_path, 1)
    assert index("cc3m", source)[0]["images"][0]["look"] is None
    assert index("cc3m", source, looks=True)[0]["images"][0]["look"] > 0


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_folders_preferred_images_and_upper_case(tmp_path, form):
    """The key holds the folder; the image is what is declared; suffixes have no case."""
    members = [
        ("./a/1.JPG", jpeg(1)),
        ("./a/1.txt", b" one \n"),
        ("./b/1.png", png(2)),
        ("./b/1.txt", "zwei ümlaut".encode()),
        ("./b/1.cls", b"7"),
    ]
    rows = index("image_text_tars", tar(tmp_path / "x.tar", members, form))
    assert [(row["key"], texts(row), row["images"][0]["length"]) for row in rows] == [
        ("./a/1", ["one"], len(jpeg(1))),
        ("./b/1", ["zwei ümlaut"], len(png(2))),
    ]


def test_two_members_that_are_declared_as_one_image(tmp_path):
    """Two images of which nobody says which one is meant are rejected, and neither is dropped."""
    (row,) = index(
        "image_text_tars", tar(tmp_path / "x.tar", [("1.png", png(1)), ("1.jpg", jpeg(1)), ("1.txt", b"a")])
    )
    assert row["says"] == (
        "x.tar, record 0 (1): several members of the record are declared as one image; got 'jpg, png'.\n"
        "  Declare the one to use: `image: {data: [jpg]}`."
    )


def test_a_key_that_comes_back_is_another_record(tmp_path):
    members = [("1.jpg", jpeg(1)), ("1.txt", b"one"), ("2.txt", b"two"), ("2.jpg", jpeg(2)), ("1.txt", b"x")]
    rows = index("image_text_tars", tar(tmp_path / "x.tar", members))
    assert [(row["record"], row["key"], row["reason"]) for row in rows] == [
        (0, "1", None),
        (1, "2", None),
        (2, "1", "missing_image"),
    ]


HOSTILE = {
    "up": ([("../../etc/1.jpg", jpeg()), ("../../etc/1.txt", b"x")], "unsafe_name"),
    "absolute": ([("/etc/1.jpg", jpeg()), ("/etc/1.txt", b"x")], "unsafe_name"),
    "windows": ([("a\\..\\1.jpg", jpeg()), ("a\\..\\1.txt", b"x")], "unsafe_name"),
    "bomb": ([("1.png", bomb()), ("1.txt", b"x")], "bad_image"),
    "cut": ([("1.jpg", jpeg()[:-200]), ("1.txt", b"x")], "bad_image"),
    "no_image_at_all": ([("1.jpg", b"<html>"), ("1.txt", b"x")], "bad_image"),
    "empty_image": ([("1.jpg", b""), ("1.txt", b"x")], "bad_image"),
    "no_caption": ([("1.jpg", jpeg())], "missing_text"),
    "empty_caption": ([("1.jpg", jpeg()), ("1.txt", b" \n ")], "missing_text"),
    "no_image": ([("1.txt", b"x")], "missing_image"),
    "long_text": ([("1.jpg", jpeg()), ("1.txt", b"x" * 10_000_000)], "too_large"),
    "a_bit_too_long": ([("1.jpg", jpeg()), ("1.txt", b"x" * (LONGEST_TEXT + 1))], "too_large"),
    "latin1": ([("1.jpg", jpeg()), ("1.txt", "caf\u00e9".encode("latin-1"))], "bad_text"),
    "twice": ([("1.jpg", jpeg()), ("1.txt", b"x"), ("1.jpg", jpeg(1))], "duplicate_key"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_members(tmp_path, name):
    """Each record has its reason, the one after it is read, and nothing is written anywhere."""
    members, reason = HOSTILE[name]
    path = tar(tmp_path / "x.tar", [*members, ("after.jpg", jpeg(3)), ("after.txt", b"fine")])
    rows = index("image_text_tars", path)
    assert reasons(rows) == [reason, None]
    assert rows[0]["says"].startswith("x.tar, record 0")
    assert len(rows[0]["says"]) < 500
    assert rows[0]["images"] == rows[0]["answers"] == []
    assert texts(rows[1]) == ["fine"]
    assert [file.name for file in tmp_path.rglob("*")] == ["x.tar"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"caption": "a", "caption": "b"}', "duplicate_key"),
        (b'{"caption": "a", "deep": {"x": 1, "x": 2}}', "duplicate_key"),
        (b'{"caption" : "a", "caption": "b"}', "duplicate_key"),
        (b'{"caption": "a"', "malformed_record"),
        (b'["caption"]', "missing_text"),
        (b'{"caption": {"en": "a"}}', "malformed_record"),
        (b'{"caption": null}', "missing_text"),
        (b'{"caption": NaN}', "missing_text"),
        (b'{"caption": 1e999}', "malformed_record"),
        (b'{"caption": "\xff"}', "bad_text"),
        (b'{"caption": "\\ud800"}', "bad_text"),
        (b"[" * 5000, "malformed_record"),
        (b'{"caption": "a", "deep": %s}' % (b"[" * 1000 + b"]" * 1000), "malformed_record"),
        (b'{"caption": "a", "deep": %s}' % (b"[" * 20 + b"]" * 20), None),
        (b'{"caption": "%s"}' % (b"x" * LONGEST_RECORD), "too_large"),
        (b'{"caption": "a \\"b\\": c"}', None),
    ],
)
def test_hostile_json(tmp_path, data, reason):
    path = tar(tmp_path / "x.tar", [("1.jpg", jpeg()), ("1.json", data)])
    assert reasons(index("laion", path)) == [reason]


def special(kind, name="1.jpg", target="/etc/passwd"):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"S", b"V"]
)
def test_links_and_devices(tmp_path, kind):
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        archive.addfile(special(kind))
        for name, data in (("1.txt", b"x"), ("2.txt", b"two"), ("2.jpg", jpeg(2))):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    rows = index("image_text_tars", path)
    assert reasons(rows) == ["not_a_file", None]
    assert "1.jpg: a member is not a plain file; got" in rows[0]["says"]


def test_folders_are_stepped_over(tmp_path):
    (tmp_path / "in" / "a").mkdir(parents=True)
    (tmp_path / "in" / "a" / "1.jpg").write_bytes(jpeg())
    (tmp_path / "in" / "a" / "1.txt").write_text("x")
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.add(tmp_path / "in", ".")
        archive.addfile(special(tarfile.DIRTYPE, "a/1.d", ""))
    assert reasons(index("image_text_tars", tmp_path / "x.tar")) == [None]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            b"",
            "record 0: this is an empty file, and the schema image_text_tars (layout webdataset) reads tar archives",
        ),
        (b"\x1f\x8b" + bytes(600), "this is a gzip file, and the schema image_text_tars"),
        (b"<html>" + b"x" * 600, "this is a web page"),
        (b"\x01" * 100, "the archive ends inside a header"),
    ],
)
def test_what_is_no_tar(tmp_path, data, says):
    (tmp_path / "x.tar").write_bytes(data)
    (row,) = index("image_text_tars", tmp_path / "x.tar")
    assert row["outcome"] == "rejected"
    assert says in row["says"]


def test_a_long_name_is_cut_in_the_row(tmp_path):
    name = "n" * 10_000
    (row,) = index(
        "image_text_tars", tar(tmp_path / "x.tar", [(f"{name}.jpg", jpeg()), (f"{name}.txt", b"x")])
    )
    assert row["key"] == "n" * 256
