"""Read tar archives of other programs from front to back, with memory for one member.

    ustar  name 100 | ... | size 12 at 124 | checksum 8 at 148 | type 1 at 156 | link 100 | magic 6 at 257 | prefix 155 at 345
    GNU    magic "ustar ", no prefix; type L: the next member's name; a size whose first bit is set is binary
           type S: a sparse file; if byte 482 is set, blocks of its map follow, the last one without byte 504
    PAX    type x, for the next member, or g, for all later members of this archive; pax.py reads it

Any bytes give entries or a FormatError. An entry that is not a plain file has no data, and neither has a file over `limit`. An
archive ends with a block of zeros; an archive without it was cut off. After the end, only zeros may follow, or an archive that
was joined to it (`cat a.tar b.tar`). The header of a joined archive comes after as many blocks of zeros as programs write:
two, and up to 20 more to fill a record. Fewer or more zeros are a gap in a damaged file, and an error, like anything else. The
checksum of every header is checked, by Adler-32, which contains the sum of all bytes and takes a tenth of the time of Python's
`sum`. Most archives have a PAX header before each member (Python's tarfile, which webdataset uses, writes one for a time with a
fraction), so most time is spent on headers. Our own archives are read by formats/tar.py.
"""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from zlib import adler32

from vladata.errors import FormatError, TruncatedRecord
from vladata.formats import pax
from vladata.formats.tar import BLOCK

CHUNK = 4 << 20
END_BLOCKS = range(2, 22)
"""The number of blocks of zeros at the end of an archive: two, and as many as fill its last record of 20 blocks."""
LONGEST_NAME = 1 << 16
LONGEST_PAX = 1 << 20
_ZEROS = bytes(BLOCK)
_SPACES = 8 * ord(" ")
_ADLER = 65521
_PLAIN = ord("0")
_FILES = b"07" + bytes(1)
_EMPTY = b"123456"  # links, devices, folders, pipes: they have no data, whatever size the header gives
_EXTENSIONS = _PAX, _PAX_FOR_ALL, _LONG_NAME, _LONG_LINK = b"xgLK"
_SPARSE = ord("S")
_KINDS = dict(
    zip(b"12346", ("a hard link", "a symbolic link", "a device", "a device", "a pipe"), strict=True)
)
LINKS = frozenset(_KINDS.values())
"""Kinds of entries without data that are not folders."""
FILE, FOLDER, CUT, END = "a file", "a folder", "a member that is cut", "the end of an archive"
_CUT = "Probably a download that was cut: compare its size with the source's, and fetch it again."


class Entry(NamedTuple):
    """One member.

    name:   the name in the archive, with bytes that are not UTF-8 escaped; it may be any text, even "../x".
    offset: the byte of the archive at which its data begins.
    size:   the bytes of data; for a sparse file, including its map.
    kind:   FILE, FOLDER, or another kind in words. After a CUT member the error is raised. END has no name and is not a member.
    data:   the content, valid until the next entry is read; None if it is not a file, or is over the limit.
    """

    name: str
    offset: int
    size: int
    kind: str
    data: memoryview | None


def walk(file: BinaryIO, limit: int) -> Iterator[Entry]:
    """Yield the members of the archive, in order, and its END; members of up to `limit` bytes have data.

    For joined archives, yield the members and the END of each.
    """
    window = _Window(file)
    at, length, long_name = 0, window.length, b""
    more: dict[bytes, bytes] = {}
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
            yield Entry("", at, 0, END, None)
            at = _behind_the_end(window, at)
            if at == length:
                return
            more, for_all, long_name = {}, {}, b""
            continue
        at += BLOCK
        if kind != _PLAIN and kind in _EMPTY:
            size = 0
        elif more and pax.SIZE in more and kind not in _EXTENSIONS:
            size = pax.size(more[pax.SIZE], at)
        if kind == _SPARSE:
            size += _map_size(window, at, block)
        end = at + size + -size % BLOCK
        if at + size > length:
            if kind not in _EXTENSIONS:
                yield Entry(_text(long_name or more.get(pax.NAME) or _name(block)), at, size, CUT, None)
            what = f"the archive ends inside a member of {size:,} bytes, of which {length - at:,} remain"
            raise TruncatedRecord(what, where=f"byte {at:,}", hint=_CUT)
        if kind == _PAX:
            found = pax.parse(_extension(window, at, size, LONGEST_PAX), at)
            more = for_all | found if found else for_all
        elif kind == _PAX_FOR_ALL:
            for_all |= pax.parse(_extension(window, at, size, LONGEST_PAX), at)
            more = dict(for_all)
        elif kind == _LONG_NAME:
            long_name = _extension(window, at, size, LONGEST_NAME).partition(b"\0")[0]
        elif kind != _LONG_LINK:
            raw = long_name or (more and more.get(pax.NAME)) or _name(block)
            what = _kind(kind, raw, more) if more or kind != _PLAIN else FILE
            data = window.view(at, size) if what is FILE and size <= limit else None
            yield Entry(_text(raw), at, size, what, data)
            more, long_name = for_all, b""
        at = end
    raise TruncatedRecord("the archive has no end", where=f"byte {at:,}", hint=_CUT)


class _Window:
    """The part of a file that is in memory: up to `CHUNK` bytes, or one member if it is larger.

    start, end: the positions in the file of the first byte in memory, and after the last.
    data:       these bytes, and room for more.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.length = file.seek(0, 2)
        file.seek(0)
        self.start = self.end = 0
        self.data = memoryview(bytearray(min(CHUNK, self.length)))

    def view(self, at: int, size: int) -> memoryview:
        """Return `size` bytes from position `at` of the file, valid until the next call."""
        if at + size > self.end:
            self.load(at, size)
        at -= self.start
        return self.data[at : at + size]

    def load(self, at: int, size: int) -> None:
        """Move the window so that it begins at `at`, and fill it with at least `size` bytes."""
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
    """Return the size in a header, after checking its checksum; -1 for a block of zeros."""
    field = block[148:156]
    try:
        # Nearly all programs write the checksum as six digits and a NUL, and the size as eleven digits and a NUL. Then a strip
        # is not needed, which takes as long as the parsing.
        expected = int(field.strip(b" \0") if field[6] else field[:6], 8)
        size = int(block[124:136].strip(b" \0") or b"0" if block[135] else block[124:135], 8)
    except ValueError:
        return _odd_size(block, at)
    if ((adler32(block) & 0xFFFF) - (adler32(field) & 0xFFFF) + _SPACES - expected) % _ADLER:
        _check_signed(block, at, expected)
    return size


def _odd_size(block: bytes, at: int) -> int:
    """Return the size in a header whose numbers are written in a less common way."""
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
    """Raise FormatError unless the checksum is right with signed bytes: some old programs add bytes over 127 as negative."""
    signed = sum(byte - 256 * (byte > 127) for byte in block[:148] + block[156:]) + _SPACES
    if signed != expected:
        raise FormatError("a tar header's checksum does not match", where=f"byte {at:,}", got=block[:64])


def _no_header(block: bytes, at: int) -> FormatError:
    return FormatError("this is not a tar header", where=f"byte {at:,}", got=block[:64])


def _binary(block: bytes, at: int) -> int:
    """Return a size in base 256, GNU's form of sizes from 8 GiB on."""
    if block[124] != 128:
        raise FormatError("a member's size is negative", where=f"byte {at:,}", got=block[124:136])
    return int.from_bytes(block[125:136], "big")


def _map_size(window: _Window, at: int, block: bytes) -> int:
    """Return the number of bytes of the map between the header `block` of a sparse file of old GNU tar and its data.

    If the map is cut off, the result is more than the rest of the file.
    """
    size, more = 0, block[482] if block[257:263] == b"ustar " else 0
    while more and at + size + BLOCK <= window.length:
        more = window.view(at + size, BLOCK)[504]
        size += BLOCK
    return size + BLOCK if more else size


def _behind_the_end(window: _Window, at: int) -> int:
    """Return the beginning of an archive that was joined to the archive ending at `at`; the end of the file if there is none."""
    end = at
    while at < window.length:
        piece = window.view(at, min(CHUNK, window.length - at)).tobytes()
        if piece.count(0) == len(piece):
            at += len(piece)
            continue
        at += (len(piece) - len(piece.lstrip(b"\0"))) // BLOCK * BLOCK
        if (at - end) // BLOCK not in END_BLOCKS or not _is_header(window, at):
            what = "data follows the end of the archive"
            hint = "The file is damaged, or archives were joined with more zeros between them than tar writes: keep them apart."
            raise FormatError(what, where=f"byte {at:,}", hint=hint)
        break
    return at


def _is_header(window: _Window, at: int) -> bool:
    try:
        return at + BLOCK <= window.length and _checked_size(window.view(at, BLOCK).tobytes(), at) >= 0
    except FormatError:
        return False


def _extension(window: _Window, at: int, size: int, most: int) -> bytes:
    """Return the data of a header that has information about the next member. Raises FormatError if it has over `most` bytes."""
    if size > most:
        what = "a header's extension is too long"
        raise FormatError(what, where=f"byte {at:,}", got=size, allowed=f"{most:,} bytes")
    return window.view(at, size).tobytes()


def _name(block: bytes) -> bytes:
    name = block[:100].partition(b"\0")[0]
    if block[345] and block[257:263] == b"ustar\0":
        return block[345:500].partition(b"\0")[0] + b"/" + name
    return name


def _kind(kind: int, name: bytes, more: dict[bytes, bytes]) -> str:
    if kind == ord("5") or (not kind and name.endswith(b"/")):
        return FOLDER
    if pax.SPARSE in more:
        return "a sparse file"
    if kind in _FILES:
        return FILE
    return _KINDS.get(kind, f"a member of type {chr(kind)!r}")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
