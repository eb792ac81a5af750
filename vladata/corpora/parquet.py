"""Records of a Parquet file: each row is a record, and its images are columns of bytes, or names of files.

Rule: a few rows are read at a time, and pages of columns when they are needed, so memory does not grow with the row group. But it
holds a whole page, whose size the writer of the file chose (pyarrow: up to 1,024 rows, however large). Only the columns that the
declaration names are read. The place of an image is ROW << 16 | NUMBER (its row in the file, and its position among all images
of the row), with the length of its bytes.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vladata.corpora.corpus import Corpus, CorpusFile
from vladata.corpora.examine import Examiner, Image
from vladata.corpora.fields import Parts, follow, taken_apart
from vladata.corpora.file_names import FileNames, url_fault
from vladata.corpora.image_files import ImageFiles
from vladata.corpora.parquet_columns import check_columns, holding_images, labels_of, named, nested
from vladata.corpora.record import Lost, Record, all_present
from vladata.errors import BadText, DataError, FormatError, UnfitRecord
from vladata.sources.folder import explained
from vladata.spec.corpus import CorpusSpec
from vladata.spec.corpus_pairs import Interleaved

ROWS_AT_ONCE = 32
BYTES_AT_ONCE = 64 << 20
BUFFER = 1 << 20
PLACES = 16
"""The bits of a place that hold the position of an image within its row."""
ARROW_FAULTS = (pa.ArrowException, OSError)


class ParquetRecord:
    """One row as Python values."""

    __slots__ = ("_reader", "_row", "fault", "key", "lacks", "number")

    def __init__(self, reader: "_Reader", number: int, row: dict[str, Any]) -> None:
        self.number, self.key, self.lacks = number, "", ""
        self.fault: DataError | FormatError | None = None
        self._reader, self._row = reader, row

    def value(self, parts: Parts) -> Any:
        """Return the value at a path, or None if there is none. A class label becomes its name."""
        found = follow(self._row, parts)
        names = self._reader.labels.get(parts)
        return found if names is None else named(found, names, ".".join(parts))

    def own(self) -> tuple[Image, ...]:
        """Return the images in the columns of the row, or the files that the row names."""
        reader = self._reader
        if not reader.columns:
            names, self.lacks = reader.names.of(self)
            return tuple(map(reader.files.find, names))
        held: dict[int, list[tuple[Any, int]]] = {at: [] for at in reader.columns}
        for at, number, item in numbered(self._row, reader.stored):
            if at in held:
                held[at].append((item, number))
        there = (
            (reader.columns[at], items if any(item is not None for item, _ in items) else [])
            for at, items in held.items()
        )
        found, self.lacks = all_present(there)
        if not found:
            raise UnfitRecord(
                "missing_image", "the row holds no image", allowed=" or ".join(reader.columns.values())
            )
        return tuple(self._stored(item, number) for item, number in found)

    def pick(self, item: Any) -> Image:
        """Return the image that an item of a list is, or the image file that it names."""
        if isinstance(item, str):
            if elsewhere := url_fault(item, "the name of an image"):
                raise elsewhere
            return self._reader.files.find([item])
        for _, place, stored in numbered(self._row, self._reader.stored):
            if stored is item and item is not None:
                return self._stored(item, place)
        raise UnfitRecord("missing_image", "the row holds no such image", got=item)

    def _stored(self, item: Any, place: int) -> Image:
        if not isinstance(item, bytes):
            if item is None:
                raise UnfitRecord("missing_image", "the row holds no image")
            raise UnfitRecord("malformed_record", "expected bytes in a column of images", got=item)
        if place >> PLACES:
            raise UnfitRecord("too_large", "a row with too many images", allowed=f"{1 << PLACES:,}")
        return self._reader.examine(item, "", self.number << PLACES | place)


class _Reader:
    """The objects that all rows of a file share.

    stored:  the declared columns of images, those of documents last.
    columns: position in the declaration -> path, for each declared image of a record that the file has.
    """

    def __init__(self, corpus: Corpus, schema: pa.Schema, examine: Examiner) -> None:
        spec = corpus.spec
        self.examine = examine
        self.stored = image_columns(spec)
        declared = spec.image.data if spec.image else ()
        there = holding_images(schema, declared)
        self.columns = {at: path for at, path in enumerate(declared) if path in there}
        self.names = FileNames(spec)
        self.labels = labels_of(schema)
        self.files = ImageFiles(corpus.images, corpus.links, examine)


def parquet_records(corpus: Corpus, file: CorpusFile, examine: Examiner) -> Iterator[Record]:
    """Yield the rows of one file."""
    number = 0
    with file.open() as opened, explained(file.url):
        try:
            table = pq.ParquetFile(opened, buffer_size=BUFFER, pre_buffer=False)
            columns = check_columns(table.schema_arrow, corpus.spec, file.name)
            reader = _Reader(corpus, table.schema_arrow, examine)
            for group in range(table.num_row_groups):
                for _, row in group_rows(table, group, columns):
                    yield _record(reader, number, row)
                    number += 1
        except ARROW_FAULTS as fault:
            yield Lost(number, "", damaged(fault))


def image_columns(spec: CorpusSpec) -> list[Parts]:
    """Return the columns that hold images: those of the record first, then the lists of documents."""
    paths = [*(spec.image.data if spec.image else ())]
    paths += [pair.images for pair in spec.pairs if isinstance(pair, Interleaved)]
    return [taken_apart(path, spec) for path in dict.fromkeys(paths)]


def numbered(row: dict[str, Any], columns: Sequence[Parts]) -> Iterator[tuple[int, int, Any]]:
    """Yield (position of the column, number in the row, value) of each image in a row.

    A map has fields and is not an image, so both `image` and image.bytes may be declared.
    """
    number = 0
    for at, parts in enumerate(columns):
        found = follow(row, parts)
        for item in found if type(found) is list else () if found is None else (found,):
            if type(item) is not dict:
                yield at, number, item
                number += 1


def group_rows(table: pq.ParquetFile, group: int, columns: list[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield (number in the row group, row) of each row; BYTES_AT_ONCE limits how many rows are read at a time."""
    known, at = table.metadata.row_group(group), 0
    chunks = (known.column(i) for i in range(known.num_columns))
    heads = tuple(f"{name}." for name in columns)
    size = sum(
        chunk.total_uncompressed_size for chunk in chunks if f"{chunk.path_in_schema}.".startswith(heads)
    )
    count = max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE * known.num_rows // max(1, size)))
    for batch in table.iter_batches(count, row_groups=[group], columns=columns, use_threads=False):
        for i in range(len(batch)):
            yield at + i, batch.slice(i, 1)
        at += len(batch)


def damaged(fault: Exception) -> FormatError:
    """Return the error of a file that pyarrow cannot read.

    For damaged pages pyarrow raises an OSError without an error number. An OSError with a number comes from the disk or the
    network, not from the file, and is raised again.
    """
    if not isinstance(fault, pa.ArrowException) and (type(fault) is not OSError or fault.errno is not None):
        raise fault
    says = " ".join(str(fault).split("\n")[0].split())[:300]
    hint = "The download was probably cut: compare its size with the original, and fetch it again."
    return FormatError(f"the Parquet file is damaged from here on: {says}", hint=hint)


def _record(reader: _Reader, number: int, row: pa.RecordBatch) -> Record:
    try:
        return ParquetRecord(reader, number, nested(row.to_pylist()[0]))
    except UnicodeDecodeError as fault:
        return Lost(
            number, "", BadText("a text is not UTF-8", got=fault.object[fault.start : fault.end + 32])
        )
