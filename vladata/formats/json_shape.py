"""Find out from its first lines whether a JSON file has one record per line, since its name may be wrong.

    {"id": 1}\n{"id": 2}\n     lines, even if it is named .json
    [{"id": 1},\n{"id": 2}]    one list, even if it is named .jsonl

A file named .json has one record per line if its first line is a complete map and another map begins after it, or if this line is
the only one and has the keys of a record. A file named .jsonl is one list if it begins like a list, unless its first line is a
complete list with more lines after it: then this line is a wrong record.
"""

import json
from collections.abc import Collection
from typing import Any, BinaryIO

from vladata.formats.json_scan import PIECE

LONGEST_LINE = 16 << 20
_BOM = b"\xef\xbb\xbf"


def has_lines(file: BinaryIO, named_lines: bool, fields: Collection[str] = ()) -> bool:
    """Return True if the records of a file are its lines; the file is then at its beginning again.

    named_lines: True if its name says so.
    fields:      the keys of a record.
    """
    line, more = _first_line(file)
    file.seek(0)
    if named_lines:
        if not line.startswith(b"["):
            return True
        return (_value(line) is not None and bool(more)) or (
            more.startswith(b"{") and _value(line.rstrip(b", \t\r") + b"]") is None
        )
    if not line.startswith(b"{") or not (not more or more.startswith(b"{")):
        return False
    value = _value(line)
    if not isinstance(value, dict):
        return False
    return bool(more) or any(key in value and not isinstance(value[key], dict) for key in fields)


def _first_line(file: BinaryIO) -> tuple[bytes, bytes]:
    """Return the first line that is not blank, without spaces around it, and the first bytes of the next line."""
    data = b""
    while piece := file.read(PIECE):
        data = (data + piece).removeprefix(_BOM).lstrip()
        line, end, more = data.partition(b"\n")
        if (end and more.strip()) or len(data) > LONGEST_LINE:
            return line.strip(), more.lstrip()
    line, _, more = data.partition(b"\n")
    return line.strip(), more.lstrip()


def _value(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
