"""Archives as Python's tarfile writes them in each of its forms, headers that it never writes, and damage."""

import io
import subprocess
import tarfile

import pytest

from tests.corpora.made import tar
from vladata.errors import FormatError, TruncatedRecord
from vladata.formats import tar as ours
from vladata.formats.foreign_tar import CHUNK, CUT, END, END_BLOCKS, FILE, FOLDER, walk

FORMS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
NAMES = ["a.txt", "b/c.jpg", "d" * 90 + "/" + "e" * 60 + ".txt", "ümlaut/ß.txt", "empty.txt"]


def found(data, limit=1 << 20):
    return [
        (entry.name, entry.offset, entry.size, entry.kind, bytes(entry.data or b""))
        for entry in walk(io.BytesIO(data), limit)
        if entry.kind is not END
    ]


def by_tarfile(data):
    """The same as Python's own reader sees it."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return [
            (member.name, member.offset_data, member.size, FILE, archive.extractfile(member).read())
            for member in archive
        ]


def header(
    name=b"a.txt", size=b"%011o\0" % 3, kind=b"0", magic=b"ustar\x0000", prefix=b"", mode=b"0000644\0"
):
    """A header with whatever is asked for in it, its checksum right."""
    block = bytearray(512)
    fields = ((0, name), (100, mode), (124, size), (148, b" " * 8), (156, kind), (257, magic), (345, prefix))
    for at, field in fields:
        block[at : at + len(field)] = field
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


ABC = b"abc" + bytes(509)
ZEROS = bytes(1024)


@pytest.mark.parametrize("form", FORMS)
def test_what_tarfile_writes(tmp_path, form):
    data = tar(tmp_path / "x.tar", [(name, name.encode() * 50) for name in NAMES], form).read_bytes()
    assert found(data) == by_tarfile(data)
    assert [name for name, *_ in found(data)] == NAMES


def test_our_own_archives():
    data = ours.header(b"a" * 150, 3) + ABC + ours.header(b"b", 0) + ours.END
    assert [(name, content) for name, _, _, _, content in found(data)] == [("a" * 150, b"abc"), ("b", b"")]


def test_members_larger_than_what_is_in_memory(tmp_path):
    large = bytes(range(256)) * (CHUNK // 256 + 3)
    data = tar(tmp_path / "x.tar", [("a", b"x"), ("b", large), ("c", large), ("d", b"y")]).read_bytes()
    assert found(data, limit=1 << 30) == by_tarfile(data)
    assert [len(content) for *_, content in found(data, limit=len(large) - 1)] == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("archive", "expected"),
    [
        (header() + ABC, ("a.txt", 3, FILE)),
        (header(kind=b"\0", magic=b"") + ABC, ("a.txt", 3, FILE)),  # before 1988
        (header(kind=b"7") + ABC, ("a.txt", 3, FILE)),
        (header(size=b"         3 \0") + ABC, ("a.txt", 3, FILE)),
        (header(size=b"\x80" + bytes(10) + b"\x03") + ABC, ("a.txt", 3, FILE)),
        (header(prefix=b"some/where") + ABC, ("some/where/a.txt", 3, FILE)),
        (header(prefix=b"x", magic=b"ustar  \0") + ABC, ("a.txt", 3, FILE)),  # GNU keeps times there
        (header(kind=b"5", size=b"%011o\0" % 512), ("a.txt", 0, FOLDER)),
        (header(name=b"a/", kind=b"\0", size=b"%011o\0" % 0), ("a/", 0, FOLDER)),
        (header(kind=b"1", size=b"%011o\0" % 3), ("a.txt", 0, "a hard link")),
        (header(kind=b"2", size=b"%011o\0" % 3), ("a.txt", 0, "a symbolic link")),
        (header(kind=b"S") + ABC, ("a.txt", 3, "a member of type 'S'")),
        (header(name=b"\xff.txt") + ABC, ("\\xff.txt", 3, FILE)),
    ],
)
def test_headers(archive, expected):
    ((name, _, size, kind, _),) = found(archive + ZEROS)
    assert (name, size, kind) == expected


def pax(records, kind=b"x"):
    return header(b"pax", b"%011o\0" % len(records), kind) + records + bytes(-len(records) % 512)


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        (b"19 mtime=170000.123\n", ("a.txt", 3, FILE)),
        (b"18 path=dir/b.txt\n", ("dir/b.txt", 3, FILE)),
        (b"18 path=a\0b/c.txt\n", ("a\0b/c.txt", 3, FILE)),
        (b"10 size=3\n", ("a.txt", 3, FILE)),
        (b"25 GNU.sparse.realsize=9\n", ("a.txt", 3, "a sparse file")),
    ],
)
def test_pax_headers(extension, expected):
    size = b"%011o\0" % 0 if b"size=3" in extension else b"%011o\0" % 3
    after = header(b"after", b"%011o\0" % 0)
    first, second = found(pax(extension) + header(size=size) + ABC + after + ZEROS)
    assert (first[0], first[2], first[3]) == expected
    assert (second[0], second[2], second[3]) == ("after", 0, FILE)


def test_a_sparse_file_of_pax_1_0_has_its_own_name():
    """Its member lies under a name of GNU tar's, in either order of the two."""
    for extension in (
        b"25 GNU.sparse.name=b.jpg\n15 path=p/x.jp\n",
        b"15 path=p/x.jp\n25 GNU.sparse.name=b.jpg\n",
    ):
        archive = pax(extension) + header(name=b"GNUSparseFile.7/b.jpg") + ABC + header() + ABC + ZEROS
        assert [(name, kind) for name, _, _, kind, _ in found(archive)] == [
            ("b.jpg", "a sparse file"),
            ("a.txt", FILE),
        ]


def sparse(blocks, name=b"b.jpg"):
    """A sparse file of old GNU: a header whose map goes on in `blocks` further ones, and its data."""
    block = bytearray(header(name=name, kind=b"S", magic=b"ustar  \0"))
    block[482] = blocks > 0
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    more = [bytearray(b"7" * 504 + bytes(8)) for _ in range(blocks)]
    for each in more[:-1]:
        each[504] = 1
    return bytes(block) + b"".join(map(bytes, more)) + ABC


@pytest.mark.parametrize("blocks", [0, 1, 3, CHUNK // 512 + 5])
def test_behind_a_sparse_file_of_old_gnu(blocks):
    archive = header() + ABC + sparse(blocks) + header(name=b"after.txt") + ABC + ZEROS
    assert [(name, size, kind) for name, _, size, kind, _ in found(archive)] == [
        ("a.txt", 3, FILE),
        ("b.jpg", 512 * blocks + 3, "a member of type 'S'"),
        ("after.txt", 3, FILE),
    ]


def test_a_type_s_that_is_not_of_gnu_has_no_map():
    """In ustar byte 482 belongs to the name."""
    archive = header(kind=b"S", prefix=b"d" * 150) + ABC + header(name=b"after.txt") + ABC + ZEROS
    assert [name for name, *_ in found(archive)] == ["d" * 150 + "/a.txt", "after.txt"]


@pytest.mark.parametrize("form", ["gnu", "pax"])
def test_sparse_files_by_gnu_tar(tmp_path, form):
    if b"GNU tar" not in subprocess.run(["tar", "--version"], capture_output=True, check=False).stdout:
        pytest.skip("tar is not that of GNU")
    with open(tmp_path / "hole.jpg", "wb") as file:
        for place in range(12):
            file.seek(place << 20)
            file.write(b"x" * 4096)
    (tmp_path / "after.txt").write_bytes(b"fine")
    options = [f"--format={form}", "--sparse", "-cf", "x.tar", "hole.jpg", "after.txt"]
    subprocess.run(["tar", *options], cwd=tmp_path, check=True)
    kind = {"gnu": "a member of type 'S'", "pax": "a sparse file"}[form]
    members = [
        (name, kind, content) for name, _, _, kind, content in found((tmp_path / "x.tar").read_bytes())
    ]
    assert members == [("hole.jpg", kind, b""), ("after.txt", FILE, b"fine")]


@pytest.mark.parametrize("blocks", [END_BLOCKS.start, END_BLOCKS.stop - 1])
def test_archives_that_were_joined(blocks):
    """What holds for all that follow in the first does not in the second."""
    first = pax(b"18 path=dir/b.txt\n", b"g") + header() + ABC + bytes(512 * blocks)
    archive = first + header() + ABC + bytes(1 << 23)
    entries = [(entry.name, entry.offset, entry.kind) for entry in walk(io.BytesIO(archive), 1 << 20)]
    assert entries == [
        ("dir/b.txt", 1536, FILE),
        ("", 2048, END),
        ("a.txt", len(first) + 512, FILE),
        ("", len(first) + 1024, END),
    ]


def test_archives_of_tarfile_joined(tmp_path):
    one, other = (tar(tmp_path / f"{n}.tar", [(f"{n}.txt", b"x" * n)]).read_bytes() for n in (1, 2))
    assert [name for name, *_ in found(one + other + one)] == ["1.txt", "2.txt", "1.txt"]


def test_a_pax_header_for_all_that_follows():
    archive = pax(b"18 path=dir/b.txt\n", b"g") + (header() + ABC) * 2 + ZEROS
    assert [name for name, *_ in found(archive)] == ["dir/b.txt"] * 2


def test_signed_checksums_of_old_programs():
    block = bytearray(header(name=b"\xe9.txt"))
    signed = sum(byte - 256 * (byte > 127) for byte in block[:148] + block[156:]) + 256
    block[148:156] = b"%06o\0 " % signed
    assert found(bytes(block) + ABC + ZEROS)[0][4] == b"abc"


FAULTS = {
    "checksum": (b"b" + header()[1:] + ABC + ZEROS, "checksum does not match"),
    "no_number": (header(size=b"zzz") + ABC + ZEROS, "this is not a tar header"),
    "negative": (header(size=b"\xff" * 12) + ABC + ZEROS, "size is negative"),
    "no_end": (header() + ABC, "byte 1,024: the archive has no end"),
    "cut_header": (header() + ABC + b"x" * 100, "byte 1,024: the archive ends inside a header"),
    "cut_member": (header(size=b"%011o\0" % 600) + ABC, "inside a member of 600 bytes, of which 512 remain"),
    "huge": (header(size=b"\x80" + b"\x7f" * 11) + ABC, "the archive ends inside a member of"),
    "no_archive_behind_the_end": (
        header() + ABC + ZEROS + b"x" * 512 + header() + ABC + ZEROS,
        "byte 2,048: data follows the end of the archive",
    ),
    "bytes_behind_the_end": (header() + ABC + ZEROS + b"x", "byte 2,048: data follows the end"),
    "a_block_of_zeros": (header() + ABC + ZEROS[:512] + header() + ABC + ZEROS, "byte 1,536: data follows"),
    "a_hole": (
        header() + ABC + bytes(512 * END_BLOCKS.stop) + header() + ABC + ZEROS,
        "byte 12,288: data follows the end of the archive",
    ),
    "joined_to_a_cut_one": (header() + ABC + ZEROS + header() + ABC, "byte 3,072: the archive has no end"),
    "pax_length": (pax(b"99 path=x\n") + header() + ABC + ZEROS, "a PAX header cannot be read"),
    "pax_no_length": (pax(b"path=x\n") + header() + ABC + ZEROS, "a PAX header cannot be read"),
    "cut_map": (
        sparse(2)[: 2 * 512] + b"x" * 100,
        "byte 512: the archive ends inside a member of 1,027 bytes",
    ),
    "pax_size": (pax(b"11 size=-3\n") + header() + ABC + ZEROS, "the size in a PAX header is not a number"),
    "long_name": (
        header(kind=b"L", size=b"%011o\0" % (1 << 17)) + bytes(1 << 17) + ZEROS,
        "extension is too long; got 131072; allowed: 65,536 bytes",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(name):
    archive, says = FAULTS[name]
    with pytest.raises(FormatError) as caught:
        found(archive)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("archive", "expected"),
    [
        (header(size=b"%011o\0" % 600) + ABC, ("a.txt", 512, 600, CUT)),
        (sparse(3)[: 3 * 512], ("b.jpg", 512, 3 * 512 + 3, CUT)),  # in its map
        (sparse(3)[: 4 * 512 + 1], ("b.jpg", 512, 3 * 512 + 3, CUT)),
    ],
)
def test_a_member_that_is_cut_is_named_before_the_error(archive, expected):
    entries = walk(io.BytesIO(archive), 1 << 20)
    assert next(entries)[:4] == expected
    with pytest.raises(TruncatedRecord):
        next(entries)


def test_a_lone_end_and_padding():
    assert len(found(header() + ABC + bytes(512))) == 1
    assert len(found(header() + ABC + bytes(10_240))) == 1
