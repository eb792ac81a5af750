"""Read PAX headers of a tar: a member's name and size, and nothing else.

    "LENGTH key=value\\n" ...      LENGTH counts the whole record, with itself and the newline

Rule: at most NAME, SIZE and SPARSE of a header are kept, so that several headers for all members that follow take no more memory
than one. A sparse file of PAX 1.0 has a name made by GNU tar, GNUSparseFile.PID/NAME; its real name is in the header and takes
precedence over `path`. Format: POSIX.1-2001 pax; GNU tar's manual, "Storing Sparse Files".
"""

from vladata.errors import FormatError

NAME, SIZE, SPARSE = b"path", b"size", b"GNU.sparse"
_SPARSE_NAME = b"GNU.sparse.name"


def parse(data: bytes, at: int) -> dict[bytes, bytes]:
    """Return NAME and SIZE if the header has them, and SPARSE (empty) for a sparse file; `at`: place of the header."""
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
    """Return the bytes of data from the text of SIZE."""
    if not text.isdigit() or len(text) > 19:
        raise FormatError("the size in a PAX header is not a number", where=f"byte {at:,}", got=text)
    return int(text)
