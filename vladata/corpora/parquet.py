"""Records of a Parquet file: a row is one, its images columns of bytes, or names of files.

Rule: rows are read some at a time and column pages as they are needed, so that memory does not grow with the row group; but
it holds a whole page, which is as large as its writer made it (pyarrow: up to 1,024 rows, whatever their size). Only the
columns that the declaration names are read. An image's place is ROW << 16 | NUMBER, its row in the file and its
position in the row's list, and the length of its bytes.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vladata.corpora.corpus import Corpus, CorpusFile
from vladata.corpora.examine import Examiner, Image
from vladata.corpora.fields import Parts, follow, taken_apart
from vladata.corpora.file_names import FileNames
from vladata.corpora.image_files import ImageFiles
from vladata.corpora.parquet_columns import check_columns, labels_of, named, nested
from vladata.corpora.record import Lost, Record
from vladata.errors import BadText, DataError, FormatError, UnfitRecord
from vladata.sources.folder import explained
from vladata.spec.corpus_pairs import Interleaved

ROWS_AT_ONCE = 32
BYTES_AT_ONCE = 64 << 20
BUFFER = 1 << 20
PLACES = 16
"""Bits of an image's place that number it within its row."""
ARROW_FAULTS = (pa.ArrowException, OSError)


class ParquetRecord:
    """One row, as Python values."""

    __slots__ = ("_files", "_images", "_places", "_reader", "_row", "fault", "key", "number")

    def __init__(self, reader: "_Reader", number: int, row: dict[str, Any]) -> None:
        self.number, self.key = number, ""
        self.fault: DataError | FormatError | None = None
        self._reader, self._row = reader, row

    def value(self, parts: Parts) -> Any:
        """What lies at a path; None where nothing does. Of a class label it is the name."""
        found = follow(self._row, parts)
        names = self._reader.labels.get(parts)
        return found if names is None else named(found, names, ".".join(parts))

    def own(self) -> tuple[Image, ...]:
        """The images of the first column that holds any, or the files that the row names."""
        reader = self._reader
        if reader.columns:
            for parts in reader.columns:
                found = self.value(parts)
                if type(found) is list and any(item is not None for item in found):
                    return tuple(self._stored(item, place) for place, item in enumerate(found))
                if found is not None and type(found) not in (
                    list,
                    dict,
                ):  # `image` beside image.bytes that is empty
                    return (self._stored(found, 0),)
            raise UnfitRecord("missing_image", "the row holds no image", allowed=" or ".join(reader.spelled))
        return tuple(reader.files.find(names) for names in reader.names.of(self))

    def pick(self, item: Any) -> Image:
        """The image that an item of a list is, found by its place in the list, or the file that it names."""
        if isinstance(item, str):
            return self._reader.files.find([item])
        for parts in self._reader.lists:
            for place, stored in enumerate(self.value(parts) or ()):
                if stored is item and item is not None:
                    return self._stored(item, place)
        raise UnfitRecord("missing_image", "the row holds no such image", got=item)

    def _stored(self, item: Any, place: int) -> Image:
        if not isinstance(item, bytes):
            if item is None:
                raise UnfitRecord("missing_image", "the row holds no image")
            raise UnfitRecord("malformed_record", "a column of images holds no bytes", got=item)
        if place >> PLACES:
            raise UnfitRecord("too_large", "a row with too many images", allowed=f"{1 << PLACES:,}")
        return self._reader.examine(item, "", self.number << PLACES | place)


class _Reader:
    """What all rows of a file share. columns: of the image; lists: those whose items a document puts in order."""

    def __init__(self, corpus: Corpus, examine: Examiner) -> None:
        spec = corpus.spec
        self.examine = examine
        self.spelled = spec.image.data if spec.image else ()
        self.columns: Sequence[Parts] = [taken_apart(path, spec) for path in self.spelled]
        documents = [pair for pair in spec.pairs if isinstance(pair, Interleaved)]
        self.lists = [taken_apart(pair.images, spec) for pair in documents]
        self.names = FileNames(spec)
        self.labels: dict[Parts, list[str]] = {}
        self.files = ImageFiles(corpus.images, corpus.links, examine)


def parquet_records(corpus: Corpus, file: CorpusFile, examine: Examiner) -> Iterator[Record]:
    """The rows of one file."""
    reader, number = _Reader(corpus, examine), 0
    with file.open() as opened, explained(file.url):
        try:
            table = pq.ParquetFile(opened, buffer_size=BUFFER, pre_buffer=False)
            columns = check_columns(table.schema_arrow, corpus.spec, file.name)
            reader.labels = labels_of(table.schema_arrow)
            for group in range(table.num_row_groups):
                for _, row in group_rows(table, group, columns):
                    yield _record(reader, number, row)
                    number += 1
        except ARROW_FAULTS as fault:
            yield Lost(number, "", damaged(fault))


def group_rows(table: pq.ParquetFile, group: int, columns: list[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of a row group, each with its number in the group; read as many at a time as BYTES_AT_ONCE hold."""
    known, at = table.metadata.row_group(group), 0
    chunks = (known.column(i) for i in range(known.num_columns))
    heads = (*columns, *(f"{name}." for name in columns))
    size = sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.startswith(heads))
    count = max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE * known.num_rows // max(1, size)))
    for batch in table.iter_batches(count, row_groups=[group], columns=columns, use_threads=False):
        for i in range(len(batch)):
            yield at + i, batch.slice(i, 1)
        at += len(batch)


def damaged(fault: Exception) -> FormatError:
    """What pyarrow says of a file that it cannot read.

    It raises plain OSErrors without a number of damaged pages. Others come from the disk or the network below it: they
    are not the file's fault, and go on their way.
    """
    if not isinstance(fault, pa.ArrowException) and (type(fault) is not OSError or fault.errno is not None):
        raise fault
    says = " ".join(str(fault).split("\n")[0].split())[:300]
    hint = "Probably a download that was cut: compare its size with the source's, and fetch it again."
    return FormatError(f"this is no Parquet from here on: {says}", hint=hint)


def _record(reader: _Reader, number: int, row: pa.RecordBatch) -> Record:
    try:
        return ParquetRecord(reader, number, nested(row.to_pylist()[0]))
    except UnicodeDecodeError as fault:
        return Lost(
            number, "", BadText("a text is not UTF-8", got=fault.object[fault.start : fault.end + 32])
        )
