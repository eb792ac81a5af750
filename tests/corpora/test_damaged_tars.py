"""What is kept of tars that are cut, damaged, joined, or hold what is not read."""

import io
import json
import tarfile

import pytest

from tests.corpora.made import index, jpeg, reasons, spec, tar, texts


def test_a_cut_tar_keeps_what_stands_before_the_cut(tmp_path):
    members = [(f"{i}.{what}", data) for i in range(3) for what, data in (("jpg", jpeg(i)), ("txt", b"x"))]
    path = tar(tmp_path / "x.tar", members)
    with tarfile.open(path) as archive:
        start = archive.getmember("2.jpg").offset_data
    path.write_bytes(path.read_bytes()[: start + 100])
    rows = index("image_text_tars", path)
    assert reasons(rows) == [None, None, "truncated_file"]
    assert (rows[2]["record"], rows[2]["key"]) == (2, "2")
    assert rows[2]["says"].startswith("x.tar, record 2 (2), byte ")


def pairs_of(*keys):
    return [(f"{key}.{what}", data) for key in keys for what, data in (("jpg", jpeg()), ("txt", b"x"))]


def start_of(path, name):
    """The byte at which a member's header begins."""
    with tarfile.open(path) as archive:
        return archive.getmember(name).offset


DAMAGE = {  # name -> what becomes of an archive of the pairs 0, 1 and 2, which is whole up to a byte; that member; what is found
    "cut_between_records": (lambda whole, at: whole[:at], "2.jpg", [None, None, "truncated_file"], ""),
    "cut_between_members": (lambda whole, at: whole[:at], "2.txt", [None, None, "truncated_file"], "2"),
    "cut_behind_the_last": (lambda whole, at: whole[: at + 1024], "2.txt", [None] * 3 + ["truncated_file"], ""),
    "cut_in_a_header": (lambda whole, at: whole[: at + 9], "2.jpg", [None, None, "truncated_file"], ""),
    "cut_in_a_member": (lambda whole, at: whole[: at + 700], "2.jpg", [None, None, "truncated_file"], "2"),
    "header": (lambda whole, at: whole[:at] + b"?" + whole[at + 1 :], "1.jpg", [None, "corrupt_record"], ""),
    "header_in_a_record": (
        lambda whole, at: whole[:at] + b"?" + whole[at + 1 :], "1.txt", [None, "corrupt_record"], "1",
    ),
    "behind_the_end": (lambda whole, at: whole + b"junk", "2.txt", [None] * 3 + ["corrupt_record"], ""),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_the_record_before_a_fault_is_kept_if_it_lacks_nothing(tmp_path, name):
    damaged, member, expected, key = DAMAGE[name]
    path = tar(tmp_path / "x.tar", pairs_of(*"012"), tarfile.USTAR_FORMAT)
    path.write_bytes(damaged(path.read_bytes(), start_of(path, member)))
    rows = index("image_text_tars", path)
    assert reasons(rows) == expected
    assert [row["record"] for row in rows] == list(range(len(rows)))
    assert [row["key"] for row in rows] == [str(i) for i in range(len(rows) - 1)] + [key]


def test_a_record_that_may_lack_a_text_is_not_kept(tmp_path):
    """Its caption is there, but the member with its language and similarity may have been the next one."""
    known = json.dumps({"caption": "a", "similarity": 0.3, "LANGUAGE": "en"}).encode()
    several = spec(
        "layout: webdataset\nimage: {data: [jpg]}\nsimilarity: json.similarity\npairs: [{task: caption, text: txt}]"
    )
    whole = [("1.jpg", jpeg()), ("1.txt", b"x"), ("1.json", known)]
    path = tar(tmp_path / "x.tar", whole, tarfile.USTAR_FORMAT)
    data, at = path.read_bytes(), start_of(path, "1.json")
    path.write_bytes(data[:at])
    assert [(row["key"], row["reason"]) for row in index(several, path)] == [("1", "truncated_file")]
    path.write_bytes(data[: at + 1024])
    assert reasons(index(several, path)) == [None, "truncated_file"]


def test_archives_that_were_joined_are_read_on(tmp_path):
    """A key that stands at the end of one and at the beginning of the other is that of two records."""
    one = tar(tmp_path / "1.tar", [("1.txt", b"one"), ("1.jpg", jpeg(1))])
    other = tar(tmp_path / "2.tar", [("1.txt", b"two"), ("1.jpg", jpeg(2)), *pairs_of("2")])
    joined = tmp_path / "x.tar"
    joined.write_bytes(one.read_bytes() + other.read_bytes())
    rows = index("image_text_tars", joined)
    assert [(row["record"], row["key"], row["reason"], texts(row)) for row in rows] == [
        (0, "1", None, ["one"]),
        (1, "1", None, ["two"]),
        (2, "2", None, ["x"]),
    ]
    for n, row in enumerate(rows[:2], 1):
        at, length = row["images"][0]["offset"], row["images"][0]["length"]
        assert joined.read_bytes()[at : at + length] == jpeg(n)


def test_a_sparse_image_costs_its_own_record(tmp_path):
    """As GNU tar writes it in a PAX archive: under another name, its own in the header."""
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        for name, data in [
            ("1.txt", b"x"),
            ("GNUSparseFile.0/1.jpg", jpeg()),
            ("1.json", b"{}"),
            *pairs_of("2"),
        ]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if "Sparse" in name:
                info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.name": "1.jpg"}
            archive.addfile(info, io.BytesIO(data))
    rows = index("image_text_tars", path)
    assert [(row["key"], row["reason"]) for row in rows] == [("1", "not_a_file"), ("2", None)]
    assert "1.jpg: a member is not a plain file; got 'a sparse file'" in rows[0]["says"]
