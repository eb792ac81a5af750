"""Files of an archive that are no member of a record: passed over and counted, as webdataset passes over them.

The reference is webdataset itself: what it yields of an archive is what the pairs are made from. Where it makes records of
strays (a/._0.jpg becomes the record "a/"), vladata does not, and a test says so.
"""

import io
import tarfile

import pytest
from webdataset.tariterators import group_by_keys, tar_file_iterator

from tests.corpora.made import index, jpeg, kept, png, reasons, spec, tar, texts
from vladata.corpora.corpus import open_corpus
from vladata.corpora.part import CorpusIndexing
from vladata.corpora.passed_over import counted, told
from vladata.errors import SpecError
from vladata.spec.find import corpus

APPLE = b"\0\5\26\7" + bytes(100)
PAIRS = [
    (f"{n}.{end}", data) for n in range(3) for end, data in (("jpg", jpeg(n)), ("txt", b"caption %d" % n))
]


def between(*strays, at=3):
    """Three pairs, and strays between the image and the caption of the second (or at another place)."""
    return [*PAIRS[:at], *strays, *PAIRS[at:]]


def passed(path, schema="image_text_tars"):
    """Counts of files that are passed over, as the index of an archive keeps them."""
    opened = open_corpus(corpus(schema) if isinstance(schema, str) else schema, [str(path)])
    indexer = CorpusIndexing(opened).indexer()
    return dict(counted(indexer.part(file) for file in opened.files))


def by_webdataset(path):
    """Key, caption and size of the image of what webdataset yields."""
    with open(path, "rb") as file:
        members = [{**member, "__url__": ""} for member in tar_file_iterator(file)]
    found = group_by_keys(members)
    return [(s["__key__"], s["txt"].decode(), len(s["jpg"])) for s in found if "jpg" in s and "txt" in s]


def ours(path):
    rows = index("image_text_tars", path)
    assert all(row["reason"] is None for row in rows)
    return [(row["key"], *texts(row), row["images"][0]["length"]) for row in rows]


STRAYS = {
    "AppleDouble": ([("._1.txt", APPLE)], {"hidden file": 1}),
    "AppleDouble of an image": ([("._1.jpg", APPLE)], {"hidden file": 1}),
    "DS_Store": ([(".DS_Store", b"x")], {"hidden file": 1}),
    "a hidden text": ([(".1.txt", b"x")], {"hidden file": 1}),
    "no ending": ([("README", b"x")], {"file without an ending": 1}),
    "empty, no ending": ([("README", b"")], {"file without an ending": 1}),
    "in a folder": ([("a/LICENSE", b"x"), ("a/b.c/d", b"x")], {"file without an ending": 2}),
    "a folder of meta": ([("__meta__/1.jpg", b"x"), ("__a__/b/c.txt", b"x")], {"file that a system left behind": 2}),
    "goes up": ([("../../etc/passwd", b"x")], {"file without an ending": 1}),
    "all at once": ([("._1.jpg", APPLE), ("._1.txt", APPLE), ("README", b"x")], {"hidden file": 2, "file without an ending": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", STRAYS)
@pytest.mark.parametrize(
    "at", [0, 1, 2, 3, 6], ids=["before all", "in the first", "between two", "in the second", "behind"]
)
def test_strays_are_passed_over_as_webdataset_does(tmp_path, name, at):
    strays, counts = STRAYS[name]
    path = tar(tmp_path / "x.tar", between(*strays, at=at))
    assert ours(path) == by_webdataset(path) == [(str(n), f"caption {n}", len(jpeg(n))) for n in range(3)]
    assert passed(path) == counts


BEYOND = {  # of which webdataset makes records, or by which it splits one
    "hidden in a folder": ("a/._1.jpg", "hidden file"),
    "macOS": ("__MACOSX/._1.jpg", "hidden file"),
    "macOS, a copy": ("__MACOSX/1.jpg", "file that a system left behind"),
    "Jupyter": (".ipynb_checkpoints/1-checkpoint.txt", "file that a system left behind"),
    "Synology": ("@eaDir/1.jpg", "file that a system left behind"),
    "PAX headers that were unpacked": ("PaxHeaders.7/1.jpg", "file that a system left behind"),
    "Windows": ("Thumbs.db", "file that a system left behind"),
    "Windows, in a folder": ("a/desktop.ini", "file that a system left behind"),
    "what no pair is made from": ("notes.md", "file that the schema does not read"),
}


@pytest.mark.parametrize("name", BEYOND)
def test_strays_of_which_webdataset_makes_records(tmp_path, name):
    stray, kind = BEYOND[name]
    path = tar(tmp_path / "x.tar", between((stray, b"\0\5\26\7")))
    assert ours(path) == [(str(n), f"caption {n}", len(jpeg(n))) for n in range(3)]
    assert by_webdataset(path) != ours(path)
    assert passed(path) == {kind: 1}


def special(archive, name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    archive.addfile(info)


def plain(archive, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
@pytest.mark.parametrize("name", ["latest.jpg", "latest.txt", "1.cls", "other.md", "a/b"])
def test_links_and_devices_of_no_record_are_passed_over(tmp_path, kind, name):
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        for place, (member, data) in enumerate(PAIRS):
            if place == 3:
                special(archive, name, kind, "0.jpg")
            plain(archive, member, data)
    assert ours(path) == by_webdataset(path) == [(str(n), f"caption {n}", len(jpeg(n))) for n in range(3)]
    ((_, count),) = passed(path).items()
    assert count == 1


def test_a_folder_with_the_name_of_a_record_is_counted(tmp_path):
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        for place, (member, data) in enumerate(PAIRS):
            if place in (1, 2):
                special(archive, "1.jpg", tarfile.DIRTYPE)
            plain(archive, member, data)
    assert ours(path) == by_webdataset(path)
    assert passed(path) == {"folder": 2}


def test_a_link_in_the_place_of_a_member_costs_its_record_alone(tmp_path):
    """webdataset yields a record without the image."""
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        plain(archive, *PAIRS[0])
        plain(archive, *PAIRS[1])
        special(archive, "1.jpg", tarfile.SYMTYPE, "0.jpg")
        plain(archive, *PAIRS[3])
        plain(archive, *PAIRS[4])
        plain(archive, *PAIRS[5])
    assert reasons(index("image_text_tars", path)) == [None, "not_a_file", None]
    assert passed(path) == {}


def test_empty_members_are_members(tmp_path):
    members = [("0.jpg", b""), ("0.txt", b"a"), ("1.jpg", jpeg()), ("1.txt", b""), *PAIRS[4:]]
    path = tar(tmp_path / "x.tar", members)
    assert reasons(index("image_text_tars", path)) == ["bad_image", "missing_text", None]


def test_a_record_that_nothing_is_read_of_is_rejected_and_not_passed_over(tmp_path):
    """Between two records; its members are named."""
    path = tar(tmp_path / "x.tar", between(("7.tiff", b"x"), ("7.caption", b"x"), at=2))
    rows = index("image_text_tars", path)
    assert [(row["key"], row["reason"]) for row in rows] == [
        ("0", None),
        ("7", "missing_image"),
        ("1", None),
        ("2", None),
    ]
    assert "the record has no image; got 'members tiff, caption'; allowed: jpg" in rows[1]["says"]
    assert passed(path) == {}
    only = tar(tmp_path / "y.tar", [(f"{n}.{end}", b"x") for n in range(100) for end in ("tiff", "caption")])
    assert reasons(index("image_text_tars", only)) == ["missing_image"] * 100


def test_members_that_no_pair_is_made_from_may_stand_first(tmp_path):
    members = [
        (f"{n}.{end}", data)
        for n in range(3)
        for end, data in (("cls", b"1"), ("jpg", jpeg(n)), ("txt", b"x"), ("z", b""))
    ]
    path = tar(tmp_path / "x.tar", members)
    assert [row["key"] for row in kept(index("image_text_tars", path))] == ["0", "1", "2"]
    assert passed(path) == {}


def test_many_strays_between_two_members_cost_little(tmp_path):
    path = tar(
        tmp_path / "x.tar",
        between(*((f"n{i}.md", b"") for i in range(64)), *((f"._{i}", b"") for i in range(1000))),
    )
    assert len(ours(path)) == 3
    assert passed(path) == {"hidden file": 1000, "file that the schema does not read": 64}


def test_members_that_are_not_adjacent_are_told(tmp_path):
    by_kind = [
        (f"{n}.{end}", data)
        for end in ("jpg", "txt")
        for n in range(3)
        for data in [jpeg(n) if end == "jpg" else b"x"]
    ]
    rows = index("image_text_tars", tar(tmp_path / "x.tar", by_kind))
    assert reasons(rows) == ["malformed_record"] * 6
    for row, member in zip(rows, ["jpg"] * 3 + ["txt"] * 3, strict=True):
        assert (
            f"the members of this record are not adjacent in the archive; got '{member}'; allowed:"
            in row["says"]
        )
        assert "tar --sort=name" in row["says"]


def test_one_member_that_stands_elsewhere_costs_its_record_alone(tmp_path):
    members = [*PAIRS[:3], *PAIRS[4:], PAIRS[3]]
    rows = index("image_text_tars", tar(tmp_path / "x.tar", members))
    assert [(row["key"], row["reason"]) for row in rows] == [
        ("0", None), ("1", "missing_text"), ("2", None), ("1", "malformed_record"),
    ]  # fmt: skip
    assert "not adjacent" in rows[3]["says"]


DOTS = [("22.05.png", png(1)), ("22.05.txt", b"a"), ("22.06.png", png(2)), ("22.06.txt", b"b")]


def test_dots_in_names_are_told_with_the_way_out(tmp_path):
    (row,) = index("image_text_tars", tar(tmp_path / "x.tar", DOTS))
    assert row["reason"] == "missing_image"
    assert "got 'members 05.png, 05.txt, 06.png, 06.txt'" in row["says"]
    assert 'all files "22.*" are one record' in row["says"]
    assert "`key_ends: last_dot`" in row["says"]


LAST = "layout: webdataset\nkey_ends: last_dot\nimage: {data: [png]}\npairs: [{task: caption, text: txt}]"


def test_keys_may_end_at_the_last_dot(tmp_path):
    path = tar(tmp_path / "x.tar", [*DOTS[:1], ("._22.05.txt", APPLE), *DOTS[1:]])
    rows = index(spec(LAST), path)
    assert [(row["key"], *texts(row), row["images"][0]["length"]) for row in rows] == [
        ("22.05", "a", len(png(1))),
        ("22.06", "b", len(png(2))),
    ]
    assert passed(path, spec(LAST)) == {"hidden file": 1}


def test_only_tars_have_keys_that_end():
    with pytest.raises(SpecError, match="is not used with layout parquet"):
        spec("layout: parquet\nkey_ends: last_dot\nimage: {data: [png]}\npairs: [{task: caption, text: txt}]")


def test_a_member_with_a_dot_is_none_where_keys_end_at_the_last_one():
    with pytest.raises(SpecError, match="with key_ends: last_dot a member has no dot"):
        spec(LAST.replace("[png]", "[left.png, right.png]"))


BOTH = "layout: webdataset\nimage: {data: [1.png, 2.png]}\npairs: [{task: caption, text: txt}]"
TWO = [
    (f"{key}.{suffix}", data)
    for key, n in (("a", 1), ("b", 3))
    for suffix, data in (("txt", b"x"), ("1.png", png(n)), ("2.png", png(n + 1)))
]


def test_strays_between_the_images_of_a_record(tmp_path):
    members = [member for found in TWO for member in (("._" + found[0], APPLE), found)]
    rows = index(spec(BOTH), tar(tmp_path / "x.tar", members))
    assert [(row["key"], [image["length"] for image in row["images"]]) for row in rows] == [
        ("a", [len(png(1)), len(png(2))]),
        ("b", [len(png(3)), len(png(4))]),
    ]


def test_an_image_that_stands_elsewhere_costs_its_record(tmp_path):
    """A caption of two images is never one of the first alone."""
    rows = index(spec(BOTH), tar(tmp_path / "x.tar", [*TWO[:2], *TWO[3:], TWO[2]]))
    assert [(row["key"], row["reason"]) for row in rows] == [
        ("a", "malformed_record"),
        ("b", None),
        ("a", "malformed_record"),
    ]
    assert "the members of this record are not adjacent in the archive" in rows[0]["says"]


@pytest.mark.parametrize("behind", [0, 100, 600])
def test_an_archive_that_ends_before_the_second_image(tmp_path, behind):
    path = tar(tmp_path / "x.tar", TWO[:3])
    with tarfile.open(path) as whole:
        second = whole.getmember("a.2.png").offset
    path.write_bytes(path.read_bytes()[: second + behind])
    (row,) = index(spec(BOTH), path)
    assert (row["key"], row["reason"]) == ("a", "truncated_file")


def test_what_was_passed_over_is_told_in_one_line():
    assert told({}) == ""
    counts = {"folder": 1, "hidden file": 1200}
    assert (
        told(counts) == "passed over 1,201 entries that belong to no record: 1,200 x hidden file, 1 x folder"
    )
