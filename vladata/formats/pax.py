"""PAX headers of a tar: what they say of a member's name and size, and nothing else of what they hold.

    "LENGTH key=value\\n" ...      LENGTH counts the whole record, itself and the newline included

Rule: of a header at most NAME, SIZE and SPARSE are kept, under these keys and no others, so that headers for all that
follows add up to no more than one of them. A sparse file of PAX 1.0 lies under a name of GNU tar's own,
GNUSparseFile.PID/NAME; what it is called stands in the header and goes before `path`. Format: POSIX.1-2001 pax; GNU tar's
manual, "Storing Sparse Files".
"""

from vladata.errors import FormatError

NAME, SIZE, SPARSE = b"path", b"size", b"GNU.sparse"
_SPARSE_NAME = b"GNU.sparse.name"


def parse(data: bytes, at: int) -> dict[bytes, bytes]:
    """NAME and SIZE where the header gives them, SPARSE (empty) where it tells of a sparse file; `at` is its place."""
    if NAME + b"=" not in data and SIZE + b"=" not in data and SPARSE not in data:
        return {}  # nearly always: a time
    found: dict[bytes, bytes] = {}
    own_name = None
    start = 0
    while start < len(data) and data[start]:
        digits, _, _ = data[start : start + 12].partition(b" ")
        length = int(digits) if digits.isdigit() else 0
        record = data[start : start + length]
        key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
        if not equals or len(record) < length or record[-1:] != b"\n":
            raise FormatError("a PAX header cannot be read", where=f"byte {at:,}", got=data[start:][:64])
        if key in (NAME, SIZE):
            found[key] = value
        elif key.startswith(SPARSE):
            found[SPARSE] = b""
            own_name = value if key == _SPARSE_NAME else own_name
        start += length
    return found if own_name is None else found | {NAME: own_name}


def size(text: bytes, at: int) -> int:
    """Return the bytes of data that SIZE gives."""
    if not text.isdigit() or len(text) > 19:
        raise FormatError("a PAX header gives no size", where=f"byte {at:,}", got=text)
    return int(text)
