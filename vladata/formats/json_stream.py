"""The records of a JSON file of any length, one at a time: the items of one list or map in it, or of JSON lines.

    [{...}, {...}]      {"questions": [{...}, ...]}      {"02930152": {...}, ...}      {...}\n{...}\n

Any bytes give records or a FormatError, and memory holds one record, of up to LONGEST_VALUE bytes. A record that is not JSON, too
large or malformed comes with its fault, and the next one is read; outside the records only brackets are checked. A fault of the
file (a missing end, brackets that do not match, a list that is missing or appears twice) raises FormatError after all earlier
records.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from vladata.errors import DataError, MalformedJson, UnfitRecord
from vladata.formats.json_lines import read_lines
from vladata.formats.json_record import parse_record
from vladata.formats.json_scan import JsonSpan, Scan

LONGEST_VALUE = 16 << 20
LONGEST_KEY = 1 << 16
NAMED = 8
"""The most keys that an error lists."""
_SPACE = b" \t\n\r"


class Item(NamedTuple):
    """One record.

    key:   its key if it is in a map, else "".
    value: the record, with maps as dict.
    fault: None, or the reason why it cannot be used.
    """

    key: str
    value: Any
    fault: DataError | None


def read_items(file: BinaryIO, path: str = "", lines: bool = False) -> Iterator[Item]:
    """Yield the items of the list or map at `path` ("questions", "data.list"); "" for the whole file. lines: one on each line."""
    if lines:
        yield from _lines(file)
        return
    scan = Scan(file)
    opening = scan.peek()
    if not path:
        yield from _items(scan, path)
    elif opening == b"{":
        yield from _below(scan, path.split("."), path)
    elif opening == b"[":
        raise _is_list(path)
    else:
        raise _no_list(scan, "")
    if after := scan.peek():
        hint = "If these are JSON lines, name the file .jsonl."
        raise MalformedJson("more data follows the end of the JSON", got=after, hint=hint)


def first_key(file: BinaryIO, keys: tuple[str, ...]) -> str:
    """Return the first of `keys` that the file, a map, has; "" if it has none."""
    scan = Scan(file)
    if scan.peek() == b"{":
        for key in _keys(scan):
            if key is not None and key in keys:
                return key
            scan.span(0)
    return ""


def _lines(file: BinaryIO) -> Iterator[Item]:
    nothing = True
    for line in read_lines(file, LONGEST_VALUE):
        nothing = False
        yield _item("", line)
    if nothing:
        raise MalformedJson("the file has no lines of JSON")


def _below(scan: Scan, names: list[str], path: str) -> Iterator[Item]:
    """Yield the items of the list or map under the keys `names` of the map that begins here; other values are skipped."""
    found = False
    others: list[str] = []
    for key in _keys(scan):
        if key is None:
            raise _no_json("an entry of a map is not a key and a value")
        if key != names[0]:
            if len(others) < NAMED:
                others.append(key[:64])
            scan.span(0)
            continue
        if found:
            raise MalformedJson("a list of records appears twice", got=path)
        found = True
        if len(names) > 1 and scan.peek() == b"{":
            yield from _below(scan, names[1:], path)
        elif len(names) == 1:
            yield from _items(scan, path)
        else:
            raise _no_list(scan, path)
    if not found:
        hint = (
            f"The map has the keys {', '.join(others) or '(none)'}: declare the one that holds the records."
        )
        raise MalformedJson("the file does not have this list", got=path, hint=hint)


def _items(scan: Scan, path: str) -> Iterator[Item]:
    """Yield the items of the list or map that begins here."""
    opening = scan.peek()
    if opening == b"[":
        yield from _listed(scan)
    elif opening == b"{":
        yield from _mapped(scan)
    else:
        raise _no_list(scan, path)


def _mapped(scan: Scan) -> Iterator[Item]:
    for key in _keys(scan):
        item = _next_item(scan, key or "")
        if key is None:
            item = Item(
                "", None, UnfitRecord("malformed_record", "a record of a map has no key", got=item.value)
            )
        yield item


def _listed(scan: Scan) -> Iterator[Item]:
    scan.take()
    goes_on = scan.peek() != b"]" or not scan.take()
    while goes_on:
        yield _next_item(scan, "")
        goes_on = _goes_on(scan, b"]")


def _keys(scan: Scan) -> Iterator[str | None]:
    """Yield the keys of the map that begins here; None for an invalid key. The caller reads each value before the next key."""
    scan.take()
    goes_on = scan.peek() != b"}" or not scan.take()
    while goes_on:
        key = _key(scan.key_span(LONGEST_KEY))
        byte = scan.peek()
        if not byte:
            raise _no_json("the file ends")
        if byte == b":":
            scan.take()
        else:
            key = None
        yield key
        goes_on = _goes_on(scan, b"}")


def _key(span: JsonSpan) -> str | None:
    """Return a key as text that any file can hold; None if it is not valid."""
    found = _item("", span).value
    return found.encode("utf-8", "backslashreplace").decode() if isinstance(found, str) else None


def _next_item(scan: Scan, key: str) -> Item:
    """Return the item whose value begins here. If the file ends after it, it is complete only if it ends in a bracket."""
    item = _item(key, scan.span(LONGEST_VALUE))
    if not scan.peek() and not isinstance(item.value, dict | list):
        raise _no_json("the file ends")
    return item


def _goes_on(scan: Scan, closing: bytes) -> bool:
    """Return True if another item follows before the bracket `closing`."""
    byte = scan.take()
    if byte in (b",", closing):
        return byte == b","
    raise _no_json(f"a comma or {closing.decode()} is missing" if byte else "the file ends")


def _item(key: str, span: JsonSpan) -> Item:
    if span.data is None:
        allowed = f"{LONGEST_VALUE:,} bytes"
        return Item(
            key, None, UnfitRecord("too_large", "a record is too large", got=span.size, allowed=allowed)
        )
    try:
        return Item(key, parse_record(span.data.strip(_SPACE), ""), None)
    except DataError as fault:
        return Item(key, None, fault)


def _no_list(scan: Scan, path: str) -> MalformedJson:
    if not scan.peek():
        return _no_json("the file ends")
    span = scan.span(LONGEST_KEY)
    value = _item("", span).value
    return MalformedJson(
        "this is not a list or map of records",
        where=path,
        got=span.data if value is None else value,
        hint=""
        if path
        else "A file of records begins with [ or {; for a table (CSV, TSV), write one line of JSON per row.",
    )


def _is_list(path: str) -> MalformedJson:
    what = f'the file is a list, but its records are expected in a map, under "{path}"'
    fault = MalformedJson(
        what, hint="If the list itself holds the records, leave out `records` (layout json)."
    )
    fault.reason = "malformed_record"  # the file is not corrupt: the schema describes another file
    return fault


def _no_json(says: str) -> MalformedJson:
    return MalformedJson(f"this is not JSON from here on: {says}")
