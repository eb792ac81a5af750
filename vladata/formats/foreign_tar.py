"""Tar archives as other programs write them, walked from front to back with memory for one member.

    ustar  name 100 | ... | size 12 at 124 | checksum 8 at 148 | type 1 at 156 | link 100 | magic 6 at 257 | prefix 155 at 345
    GNU    magic "ustar ", no prefix; type L: the next member's name; a size with its first bit set is binary
    PAX    type x: "LENGTH key=value\\n" ... for the next member, type g for all that follow; path and size count here

Rule: any bytes give entries or a FormatError, and no entry is more than it says: what is no plain file comes without data,
a file over `limit` too. An archive ends with a block of zeros, and only zeros follow; one that just stops was cut. Every
header's checksum is checked: Adler-32 holds the sum of all bytes and costs a tenth of Python's `sum`. Real archives have a
PAX header before each member (Python's tarfile writes one for a time with a fraction, and webdataset uses that), so
headers are what a walk spends its time on. The way back of our own archives is formats/tar.py.
"""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from zlib import adler32

from vladata.errors import FormatError, TruncatedRecord
from vladata.formats.tar import BLOCK

CHUNK = 4 << 20
LONGEST_NAME = 1 << 16
LONGEST_PAX = 1 << 20
_ZEROS = bytes(BLOCK)
_SPACES = 8 * ord(" ")
_ADLER = 65521
_PLAIN = ord("0")
_FILES = b"07" + bytes(1)
_EMPTY = b"123456"  # links, devices, folders, pipes: no data, whatever their size says
_PAX, _PAX_FOR_ALL, _LONG_NAME, _LONG_LINK = b"xgLK"
_KINDS = dict(
    zip(b"12346", ("a hard link", "a symbolic link", "a device", "a device", "a pipe"), strict=True)
)
FILE, FOLDER, CUT = "a file", "a folder", "a file that is cut"
_CUT = "Probably a download that was cut: compare its size with the source's, and fetch it again."
_LIKELY = {
    b"\x1f\x8b": "This is a gzip file: decompress it first, since a compressed tar cannot be read from its middle.",
    b"BZh": "This is a bzip2 file: decompress it first.",
    b"\xfd7zXZ": "This is an xz file: decompress it first.",
    b"\x28\xb5\x2f\xfd": "This is a zstd file: decompress it first.",
    b"PK": "This is a zip file.",
    b"version http": "This is a Git LFS pointer in place of the file: run `git lfs pull`.",
    b"<": "This looks like a web page: the download gave an error page in place of the file.",
}


class Entry(NamedTuple):
    """One member.

    name:   as the archive says, bytes that are no UTF-8 escaped; it may be any text, "../x" too.
    offset: byte of the archive at which its data begins.
    size:   bytes of data.
    kind:   FILE, FOLDER, or what else it is; after one that is CUT comes the error.
    data:   its content, good until the next entry is asked for; None where it is no file, or is over the limit.
    """

    name: str
    offset: int
    size: int
    kind: str
    data: memoryview | None


def walk(file: BinaryIO, limit: int) -> Iterator[Entry]:
    """The members of the archive, in order; of those up to `limit` bytes the data."""
    window = _Window(file)
    at, length, long_name = 0, window.length, b""
    pax: dict[bytes, bytes] = {}
    for_all: dict[bytes, bytes] = {}
    while at < length:
        if at + BLOCK > length:
            raise TruncatedRecord("the archive ends inside a header", where=f"byte {at:,}", hint=_CUT)
        if at + BLOCK > window.end:
            window.load(at, BLOCK)
        start = at - window.start
        block = window.data[start : start + BLOCK].tobytes()
        kind = block[156]
        size = _checked_size(block, at)
        if size < 0:
            _only_zeros(window, at)
            return
        at += BLOCK
        if kind != _PLAIN and kind in _EMPTY:
            size = 0
        elif pax and b"size" in pax and kind not in (_PAX, _PAX_FOR_ALL, _LONG_NAME, _LONG_LINK):
            size = _pax_size(pax[b"size"], at)
        end = at + size + -size % BLOCK
        if at + size > length:
            if kind in _FILES:
                yield Entry(_text(long_name or pax.get(b"path") or _name(block)), at, size, CUT, None)
            what = f"the archive ends inside a member of {size:,} bytes, {length - at:,} remain"
            raise TruncatedRecord(what, where=f"byte {at:,}", hint=_CUT)
        if kind == _PAX:
            found = _pax(_extension(window, at, size, LONGEST_PAX), at)
            pax = for_all | found if found else for_all
        elif kind == _PAX_FOR_ALL:
            for_all |= _pax(_extension(window, at, size, LONGEST_PAX), at)
            pax = dict(for_all)
        elif kind == _LONG_NAME:
            long_name = _extension(window, at, size, LONGEST_NAME).partition(b"\0")[0]
        elif kind != _LONG_LINK:
            raw = long_name or (pax and pax.get(b"path")) or _name(block)
            what = _kind(kind, raw, pax) if pax or kind != _PLAIN else FILE
            data = window.view(at, size) if what is FILE and size <= limit else None
            yield Entry(_text(raw), at, size, what, data)
            pax, long_name = for_all, b""
        at = end
    raise TruncatedRecord("the archive has no end", where=f"byte {at:,}", hint=_CUT)


class _Window:
    """The part of a file that is in memory: at least `CHUNK` bytes, or one member where that is more.

    data: the bytes of the file from `start` to `end`, and room for more.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.length = file.seek(0, 2)
        file.seek(0)
        self.start = self.end = 0
        self.data = memoryview(bytearray(min(CHUNK, self.length)))

    def view(self, at: int, size: int) -> memoryview:
        """The bytes from `at` on, good until the next call."""
        if at + size > self.end:
            self.load(at, size)
        at -= self.start
        return self.data[at : at + size]

    def load(self, at: int, size: int) -> None:
        """Moves the window so that it begins at `at`, and fills it."""
        kept = self.data[min(max(at - self.start, 0), self.end - self.start) : self.end - self.start]
        target = self.data if size <= len(self.data) else memoryview(bytearray(size))
        target[: len(kept)] = kept
        if not len(kept):
            self._file.seek(at)
        self.start, filled = at, len(kept)
        while filled < len(target) and (got := self._file.readinto(target[filled:])):  # type: ignore[attr-defined]
            filled += got
        self.data, self.end = target, at + filled
        if filled < size:
            raise TruncatedRecord("the file became shorter while it was read", where=f"byte {at:,}")


def _checked_size(block: bytes, at: int) -> int:
    """The size that a header gives, once its checksum is right; -1 for a block of zeros."""
    field = block[148:156]
    try:
        # As nearly all write them, six digits and a NUL, eleven digits and a NUL: a strip costs as much as the parsing.
        expected = int(field.strip(b" \0") if field[6] else field[:6], 8)
        size = int(block[124:136].strip(b" \0") or b"0" if block[135] else block[124:135], 8)
    except ValueError:
        return _odd_size(block, at)
    if ((adler32(block) & 0xFFFF) - (adler32(field) & 0xFFFF) + _SPACES - expected) % _ADLER:
        _check_signed(block, at, expected)
    return size


def _odd_size(block: bytes, at: int) -> int:
    """The same of a header whose numbers are not written so."""
    if block == _ZEROS:
        return -1
    try:
        expected = int(block[148:156].strip(b" \0"), 8)
        size = _binary(block, at) if block[124] >= 128 else int(block[124:136].strip(b" \0") or b"0", 8)
    except ValueError:
        raise _no_header(block, at) from None
    if sum(block[:148]) + sum(block[156:]) + _SPACES != expected:
        _check_signed(block, at, expected)
    return size


def _check_signed(block: bytes, at: int, expected: int) -> None:
    """Some old programs add bytes over 127 as negative numbers."""
    signed = sum(byte - 256 * (byte > 127) for byte in block[:148] + block[156:]) + _SPACES
    if signed != expected:
        raise FormatError("a tar header's checksum does not match", where=f"byte {at:,}", got=block[:64])


def _no_header(block: bytes, at: int) -> FormatError:
    hint = next((text for mark, text in _LIKELY.items() if not at and block.startswith(mark)), "")
    return FormatError("this is no tar header", where=f"byte {at:,}", got=block[:64], hint=hint)


def _binary(block: bytes, at: int) -> int:
    """A size in base 256, as GNU writes one of 8 GiB and more."""
    if block[124] != 128:
        raise FormatError("a member's size is negative", where=f"byte {at:,}", got=block[124:136])
    return int.from_bytes(block[125:136], "big")


def _only_zeros(window: _Window, at: int) -> None:
    while at < window.length:
        size = min(CHUNK, window.length - at)
        piece = window.view(at, size).tobytes()
        if piece.count(0) != size:
            what = "data follows the end of the archive"
            hint = "Archives that were joined with `cat` are read up to the first one's end: keep them apart."
            raise FormatError(what, where=f"byte {at:,}", hint=hint)
        at += size


def _extension(window: _Window, at: int, size: int, most: int) -> bytes:
    """The data of a header that says more of the next member."""
    if size > most:
        what = "a header's extension is too long"
        raise FormatError(what, where=f"byte {at:,}", got=size, allowed=f"{most:,} bytes")
    return window.view(at, size).tobytes()


def _pax(data: bytes, at: int) -> dict[bytes, bytes]:
    """The records of a PAX header, each with its length in front."""
    found: dict[bytes, bytes] = {}
    if b"path=" not in data and b"size=" not in data and b"GNU.sparse" not in data:
        return found  # nearly always: a time
    start = 0
    while start < len(data) and data[start]:
        digits, _, _ = data[start : start + 12].partition(b" ")
        length = int(digits) if digits.isdigit() else 0
        record = data[start : start + length]
        key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
        if not equals or len(record) < length or record[-1:] != b"\n":
            raise FormatError("a PAX header cannot be read", where=f"byte {at:,}", got=data[start:][:64])
        found[key] = value
        start += length
    return found


def _pax_size(text: bytes, at: int) -> int:
    if not text.isdigit() or len(text) > 19:
        raise FormatError("a PAX header gives no size", where=f"byte {at:,}", got=text)
    return int(text)


def _name(block: bytes) -> bytes:
    name = block[:100].partition(b"\0")[0]
    if block[345] and block[257:263] == b"ustar\0":
        return block[345:500].partition(b"\0")[0] + b"/" + name
    return name


def _kind(kind: int, name: bytes, pax: dict[bytes, bytes]) -> str:
    if kind == ord("5") or (not kind and name.endswith(b"/")):
        return FOLDER
    if any(key.startswith(b"GNU.sparse") for key in pax):
        return "a sparse file"
    if kind in _FILES:
        return FILE
    return _KINDS.get(kind, f"a member of type {chr(kind)!r}")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
