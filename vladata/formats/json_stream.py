"""The records of a JSON file of any length, one at a time: the items of one list or map in it, or of JSON lines.

    [{...}, {...}]      {"questions": [{...}, ...]}      {"02930152": {...}, ...}      {...}\\n{...}\\n

Rule: any bytes give records or a FormatError, and memory holds one record. A record with a key that stands twice, with
more than MOST_VALUES values or nested deeper than DEEPEST comes with its fault; the next one is read all the same. JSON is
UTF-8: a byte that is none becomes U+FFFF, which no text has, so that whoever reads that text can tell, and the file goes
on. The parser is yajl, by ijson (extra "beam"): 1.5 microseconds a value.
"""

import codecs
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from vladata.errors import DataError, FormatError, MalformedJson, MissingExtra, UnfitRecord

CHUNK = 1 << 16
LONGEST_VALUE = 16 << 20  # bytes of one text or number, which the parser holds as a whole
MOST_VALUES = 100_000
DEEPEST = 32
NOT_UTF8 = "\uffff"
_BOM = b"\xef\xbb\xbf"
_OPENING, _CLOSING = ("start_map", "start_array"), ("end_map", "end_array")

Event = tuple[str, Any]


class Item(NamedTuple):
    """One record.

    key:   its key where it stands in a map, else "".
    value: what it is, maps as dict.
    fault: None, or why it cannot be used.
    """

    key: str
    value: Any
    fault: DataError | None


def read_items(file: BinaryIO, path: str = "", lines: bool = False) -> Iterator[Item]:
    """The items of the list or map at `path` ("questions", "data.list"); "" is the file itself, or its `lines`."""
    events = _events(file)
    event, value = next(events, ("nothing", None))
    if lines:
        while event != "nothing":
            yield Item("", *_built(events, event, value))
            event, value = next(events, ("nothing", None))
    elif path and event == "start_map":
        yield from _below(events, path.split("."), path)
    elif not path and event in _OPENING:
        yield from _listed(events) if event == "start_array" else _mapped(events)
    else:
        raise MalformedJson("this is no list or map of records", got=event if value is None else value)
    for _ in events:
        raise MalformedJson(
            "something follows the end of the JSON", hint="Are these JSON lines? Name it .jsonl."
        )


def first_key(file: BinaryIO, keys: tuple[str, ...]) -> str:
    """The first of `keys` that the map which is the file has; "" where it has none."""
    depth = 0
    for event, value in _events(file):
        if event == "map_key" and depth == 1 and value in keys:
            return str(value)
        depth += (event in _OPENING) - (event in _CLOSING)
        if not depth:
            return ""
    return ""


def _below(events: Iterator[Event], names: list[str], path: str) -> Iterator[Item]:
    """The items of what lies at `names` within the map that has begun; what else is in it is stepped over."""
    found = False
    for event, key in events:
        if event == "end_map":
            break
        kind, value = next(events)
        if key != names[0]:
            _step_over(events, kind)
            continue
        if found:
            raise MalformedJson("a list of records stands twice", got=path)
        found = True
        if len(names) > 1 and kind == "start_map":
            yield from _below(events, names[1:], path)
        elif len(names) == 1 and kind in _OPENING:
            yield from _listed(events) if kind == "start_array" else _mapped(events)
        else:
            raise MalformedJson("this is no list or map of records", where=path, got=value)
    if not found:
        raise MalformedJson("the file has no such list", got=path)


def _mapped(events: Iterator[Event]) -> Iterator[Item]:
    for event, key in events:
        if event == "end_map":
            return
        yield Item(key, *_built(events, *next(events)))


def _listed(events: Iterator[Event]) -> Iterator[Item]:
    for event, value in events:
        if event == "end_array":
            return
        yield Item("", *_built(events, event, value))


def _built(events: Iterator[Event], event: str, value: Any) -> tuple[Any, DataError | None]:
    builder = _Builder()
    builder.add(event, value)
    while not builder.done:
        builder.add(*next(events))
    return builder.value, builder.fault


def _step_over(events: Iterator[Event], kind: str) -> None:
    depth = int(kind in _OPENING)
    while depth:
        event, _ = next(events)
        depth += (event in _OPENING) - (event in _CLOSING)


class _Builder:
    """Makes one value of its events, and stops keeping them once there is a fault."""

    def __init__(self) -> None:
        self.value: Any = None
        self.fault: DataError | None = None
        self.done = False
        self._depth = self._values = 0
        self._open: list[Any] = []
        self._keys: list[str] = []

    def add(self, event: str, value: Any) -> None:
        if event == "map_key":
            self._key(value)
        elif event in _CLOSING:
            self._depth -= 1
            if self.fault is None:
                self._open.pop()
                self._keys.pop()
        else:
            if event in _OPENING:
                value = {} if event == "start_map" else []
                self._depth += 1
            if self.fault is None:
                self._put(value)
        self.done = not self._depth

    def _key(self, key: str) -> None:
        if self.fault is None:
            if key in self._open[-1]:
                self.fault = UnfitRecord("duplicate_key", "a key stands twice", got=key)
            self._keys[-1] = key

    def _put(self, value: Any) -> None:
        self._values += 1
        if not self._open:
            self.value = value
        elif type(self._open[-1]) is dict:
            self._open[-1][self._keys[-1]] = value
        else:
            self._open[-1].append(value)
        if isinstance(value, dict | list):
            self._open.append(value)
            self._keys.append("")
        if self._depth > DEEPEST or self._values > MOST_VALUES:
            allowed = f"{MOST_VALUES:,} values, {DEEPEST} levels deep"
            self.fault = UnfitRecord("malformed_record", "a record is too large to be one", allowed=allowed)
            self.value = None


def _events(file: BinaryIO) -> Iterator[Event]:
    """What the parser finds; a fault of the file comes after all that stands before it."""
    try:
        import ijson
        from ijson.backends import yajl2_c
    except ImportError:
        hint = 'pip install "vladata[beam]"'
        raise MissingExtra("JSON files of records are read by ijson", hint=hint) from None
    found: list[Event] = ijson.sendable_list()
    parser = yajl2_c.basic_parse_coro(found, use_float=True, multiple_values=True)
    silent = 0
    for chunk in _sound(file):
        try:
            parser.send(chunk)
        except (ijson.JSONError, ValueError, OverflowError) as fault:
            yield from found
            raise _malformed(fault) from None
        silent = 0 if found else silent + len(chunk)
        if silent > LONGEST_VALUE:
            raise MalformedJson("one value of the file is too long", allowed=f"{LONGEST_VALUE:,} bytes")
        yield from found
        found.clear()
    try:
        parser.close()
    except (ijson.JSONError, ValueError, OverflowError) as fault:
        yield from found
        raise _malformed(fault) from None
    yield from found


def _malformed(fault: Exception) -> FormatError:
    says = " ".join(str(fault).split("\n")[0].split())
    return MalformedJson(f"this is no JSON from here on: {says}")


def _sound(file: BinaryIO) -> Iterator[bytes]:
    """The file in pieces of whole characters, with NOT_UTF8 in place of what is none."""
    rest, first = b"", True
    while True:
        chunk = file.read(CHUNK)
        data = rest + chunk
        if first and data.startswith(_BOM):
            data = data[len(_BOM) :]
        first = False
        piece = bytearray()
        while True:
            try:
                _, used = codecs.utf_8_decode(data, "strict", not chunk)
            except UnicodeDecodeError as fault:
                piece += data[: fault.start] + NOT_UTF8.encode()
                data = data[fault.end :]
                continue
            piece += data[:used]
            rest = data[used:]
            break
        if piece:
            yield bytes(piece)
        if not chunk:
            return
