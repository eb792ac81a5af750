"""Archives as Python's tarfile writes them in each of its forms, headers that it never writes, and damage."""

import io
import tarfile

import pytest

from tests.corpora.made import tar
from vladata.errors import FormatError, TruncatedRecord
from vladata.formats import tar as ours
from vladata.formats.foreign_tar import CHUNK, CUT, FILE, FOLDER, walk

FORMS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
NAMES = ["a.txt", "b/c.jpg", "d" * 90 + "/" + "e" * 60 + ".txt", "ümlaut/ß.txt", "empty.txt"]


def found(data, limit=1 << 20):
    return [
        (entry.name, entry.offset, entry.size, entry.kind, bytes(entry.data or b""))
        for entry in walk(io.BytesIO(data), limit)
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
END = bytes(1024)


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
    ((name, _, size, kind, _),) = found(archive + END)
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
    first, second = found(pax(extension) + header(size=size) + ABC + after + END)
    assert (first[0], first[2], first[3]) == expected
    assert (second[0], second[2], second[3]) == ("after", 0, FILE)


def test_a_pax_header_for_all_that_follows():
    archive = pax(b"18 path=dir/b.txt\n", b"g") + (header() + ABC) * 2 + END
    assert [name for name, *_ in found(archive)] == ["dir/b.txt"] * 2


def test_signed_checksums_of_old_programs():
    block = bytearray(header(name=b"\xe9.txt"))
    signed = sum(byte - 256 * (byte > 127) for byte in block[:148] + block[156:]) + 256
    block[148:156] = b"%06o\0 " % signed
    assert found(bytes(block) + ABC + END)[0][4] == b"abc"


FAULTS = {
    "checksum": (b"b" + header()[1:] + ABC + END, "checksum does not match"),
    "no_number": (header(size=b"zzz") + ABC + END, "this is no tar header"),
    "negative": (header(size=b"\xff" * 12) + ABC + END, "size is negative"),
    "no_end": (header() + ABC, "byte 1,024: the archive has no end"),
    "cut_header": (header() + ABC + b"x" * 100, "byte 1,024: the archive ends inside a header"),
    "cut_member": (header(size=b"%011o\0" % 600) + ABC, "inside a member of 600 bytes, 512 remain"),
    "huge": (header(size=b"\x80" + b"\x7f" * 11) + ABC, "the archive ends inside a member of"),
    "joined": (header() + ABC + END + header() + ABC + END, "data follows the end of the archive"),
    "pax_length": (pax(b"99 path=x\n") + header() + ABC + END, "a PAX header cannot be read"),
    "pax_no_length": (pax(b"path=x\n") + header() + ABC + END, "a PAX header cannot be read"),
    "pax_size": (pax(b"11 size=-3\n") + header() + ABC + END, "a PAX header gives no size"),
    "long_name": (
        header(kind=b"L", size=b"%011o\0" % (1 << 17)) + bytes(1 << 17) + END,
        "extension is too long; got 131072; allowed: 65,536 bytes",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(name):
    archive, says = FAULTS[name]
    with pytest.raises(FormatError) as caught:
        found(archive)
    assert says in str(caught.value)


def test_a_member_that_is_cut_is_named_before_the_error():
    entries = walk(io.BytesIO(header(size=b"%011o\0" % 600) + ABC), 1 << 20)
    assert next(entries)[:4] == ("a.txt", 512, 600, CUT)
    with pytest.raises(TruncatedRecord):
        next(entries)


def test_a_lone_end_and_padding():
    assert len(found(header() + ABC + bytes(512))) == 1
    assert len(found(header() + ABC + bytes(10_240))) == 1
