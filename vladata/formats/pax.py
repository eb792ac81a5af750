"""Read PAX headers of a tar: a member's name and size, and nothing else.

    "LENGTH key=value\\n" ...      LENGTH is the length of the record, including LENGTH itself and the newline

Only NAME, SIZE and SPARSE of a header are kept, so that several headers for all later members take no more memory than one. A
sparse file of PAX 1.0 has a name made by GNU tar, GNUSparseFile.PID/NAME; its real name is in the header and takes precedence
over `path`. Format: POSIX.1-2001 pax; GNU tar's manual, "Storing Sparse Files".
"""

from vladata.errors import FormatError

NAME, SIZE, SPARSE = b"path", b"size", b"GNU.sparse"
_SPARSE_NAME = b"GNU.sparse.name"


def parse(data: bytes, at: int) -> dict[bytes, bytes]:
    """Return NAME and SIZE if the header has them, and SPARSE (empty) for a sparse file. at: the header's place, for errors."""
    if NAME + b"=" not in data and SIZE + b"=" not in data and SPARSE not in data:
        return {}  # nearly always, since most headers have only a time
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
    """Return the number of bytes of data, from the text of SIZE. at: the header's place, for errors."""
    if not text.isdigit() or len(text) > 19:
        raise FormatError("the size in a PAX header is not a number", where=f"byte {at:,}", got=text)
    return int(text)
