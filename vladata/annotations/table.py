"""An annotation table as a file: JSONL or Parquet, by the ending of its name.

While reading, memory holds CHUNK rows and, for Parquet, their pages. A file without rows is refused, since it must be a mistake.
"""

import io
import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from vladata.annotations.row import ROWS, Row, checked, table_of
from vladata.errors import FormatError, MalformedJson, UsageError
from vladata.sources.folder import explained, named_file

CHUNK = 10_000
LONGEST_LINE = 16 << 20
JSONL, PARQUET = ".jsonl", ".parquet"
LINE, ROW = "line", "row"
_BOM = b"\xef\xbb\xbf"  # some editors write it before the text
_DECODER = json.JSONDecoder(object_pairs_hook=list)  # a list of pairs shows a column that appears twice


def read_table(url: str) -> Iterator[tuple[int, pa.Table]]:
    """Yield (number of the first row, rows) of the table at a path or URL, CHUNK rows at a time. Lines or rows count from 1.

    Raises MissingFile, SourceError, or FormatError for a wrong line or row, which it names, and for a file without rows.
    """
    numbered = _numbered(url)
    first = next(numbered, None)
    if first is None:
        raise FormatError("the table has no rows", where=url)
    rest = chain([first], numbered)
    while found := list(islice(rest, CHUNK)):
        numbers = [number for number, _ in found]
        table = table_of([row for _, row in found])
        yield found[0][0], table.append_column("number", pa.array(numbers, pa.int64()))


def check_name(url: str) -> None:
    """Raise UsageError unless the file's name has the ending of a table."""
    if not url.endswith((JSONL, PARQUET)):
        allowed = f"a name that ends in {JSONL} or {PARQUET}"
        raise UsageError("this is not the name of an annotation table", where=url, allowed=allowed)


def row_word(url: str) -> str:
    """Return the word for a row of the file in messages."""
    return ROW if url.endswith(PARQUET) else LINE


def _numbered(url: str) -> Iterator[tuple[int, Row]]:
    word = row_word(url)
    check_name(url)
    read = _parquet if word == ROW else _lines
    for number, said in read(url):
        yield number, checked(said, f"{url}, {word} {number}")


def _lines(url: str) -> Iterator[tuple[int, dict[str, Any]]]:
    folder, name = named_file(url)
    with folder.open(name) as raw, explained(url):
        file = io.BufferedReader(raw)  # type: ignore[type-var]
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            line = line.removeprefix(_BOM) if number == 1 else line
            where = f"{url}, {LINE} {number}"
            if len(line) > LONGEST_LINE:
                raise MalformedJson("the line is too long", where=where, allowed=f"{LONGEST_LINE:,} bytes")
            if line.strip():
                yield number, _object(line, where)


def _object(line: bytes, where: str) -> dict[str, Any]:
    try:
        found = _DECODER.decode(line.decode())
    except (ValueError, RecursionError) as error:
        raise MalformedJson("the line is not JSON", where=where, hint=f"The parser says: {error}.") from None
    if not line.lstrip().startswith(b"{"):
        raise MalformedJson("the line is not an object", where=where, got=found)
    said = dict(found)
    if len(said) < len(found):
        names = [name for name, _ in found]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedJson("a column appears twice", where=where, got=twice)
    return said


def _parquet(url: str) -> Iterator[tuple[int, dict[str, Any]]]:
    folder, name = named_file(url)
    with folder.open(name) as opened, explained(url):
        try:
            file = pq.ParquetFile(opened, pre_buffer=False)
            names = file.schema_arrow.names
            if unknown := [column for column in names if column not in ROWS.names]:
                allowed = ", ".join(ROWS.names)
                raise FormatError("unknown column", where=url, got=unknown[0], allowed=allowed)
            number = 0
            for batch in file.iter_batches(CHUNK, use_threads=False):
                batch.validate(full=True)  # also finds texts that are not UTF-8
                for said in batch.to_pylist():
                    number += 1
                    yield number, said
        except (pa.ArrowException, OSError) as fault:
            if isinstance(fault, OSError) and fault.errno is not None:
                raise
            says = " ".join(str(fault).split())[:300]
            raise FormatError(f"this is not a Parquet table of annotations: {says}", where=url) from fault


def table_bytes(rows: Iterable[Row], url: str) -> Iterator[bytes]:
    """Yield the bytes of a table, in the format that the name `url` gives. JSONL is written row by row, without holding rows."""
    check_name(url)
    if url.endswith(PARQUET):
        yield parquet_bytes(table_of(list(rows)))
        return
    for row in rows:
        yield orjson.dumps({name: value for name, value in row.items() if value not in ("", None)}) + b"\n"


def parquet_bytes(table: pa.Table) -> bytes:
    """Return the bytes of a table as a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data
