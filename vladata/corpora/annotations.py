"""Records of annotation files: JSON of any length, read in pieces, whose images are separate files.

    json       records in a list, in a map by id (GQA), under a key (TextVQA), or one per line
    coco       {"images": [{"id", "file_name"}], "annotations": [{"id", "image_id", "caption"}]}: see coco.py
    questions  {"questions": [{"question_id", ...}]} and {"annotations": [{"question_id", ...}]}: see joined.py

Rule: memory holds one record. If the name of a file does not tell, its first lines decide whether it is one list or map, or has
one record per line.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from vladata.corpora.corpus import Corpus, CorpusFile
from vladata.corpora.examine import Examiner, Image
from vladata.corpora.fields import Parts, check_text, follow
from vladata.corpora.file_names import FileNames, url_fault
from vladata.corpora.image_files import ImageFiles
from vladata.corpora.record import Lost, Record
from vladata.errors import DataError, FormatError, UnfitRecord
from vladata.formats.json_shape import has_lines
from vladata.formats.json_stream import Item, read_items
from vladata.sources.folder import explained
from vladata.spec.corpus import CorpusSpec


class FileRecord:
    """A record whose images are files. `names` and `files` are shared by all records of a file."""

    __slots__ = ("_fields", "_files", "_names", "fault", "key", "lacks", "number")

    def __init__(
        self, number: int, key: str, fields: Mapping[str, Any], names: FileNames, files: ImageFiles
    ) -> None:
        self.number, self.key, self.lacks = number, key, ""
        self.fault: DataError | FormatError | None = None
        self._fields, self._names, self._files = fields, names, files

    def value(self, parts: Parts) -> Any:
        """Return the value at a path, or None if there is none."""
        return follow(self._fields, parts)

    def own(self) -> tuple[Image, ...]:
        """Return the image files that the record names."""
        names, self.lacks = self._names.of(self)
        return tuple(map(self._files.find, names))

    def pick(self, item: Any) -> Image:
        """Return the image file that `item` names."""
        if not isinstance(item, str) or not item:
            raise UnfitRecord("missing_image", "an image is not named", got=item)
        if elsewhere := url_fault(item, "the name of an image"):
            raise elsewhere
        check_text(item, "the name of an image")
        return self._files.find([item])


class FileRecords:
    """A maker of records from the items of one corpus."""

    def __init__(self, corpus: Corpus, examine: Examiner) -> None:
        self._names = FileNames(corpus.spec)
        self._fields = fields_of(corpus.spec)
        self._files = ImageFiles(corpus.images, corpus.links, examine)

    def record(self, number: int, key: str, fields: Mapping[str, Any]) -> Record:
        return FileRecord(number, key, fields, self._names, self._files)

    def of(self, number: int, item: Item) -> Record:
        """Return the record of an item."""
        fault = item.fault
        if fault is None and not isinstance(item.value, dict):
            fault = UnfitRecord(
                "malformed_record",
                "the record is not a map",
                got=item.value,
                hint=_no_map(item, self._fields),
            )
        return Lost(number, item.key, fault) if fault else self.record(number, item.key, item.value)


def json_records(corpus: Corpus, file: CorpusFile, examine: Examiner) -> Iterator[Record]:
    """Yield the records of a list, a map or lines."""
    records, number = FileRecords(corpus, examine), 0
    path, fields = corpus.spec.records or "", fields_of(corpus.spec)
    with file.open() as opened, explained(file.url):
        try:
            for item in items_of(opened, file.url, path, fields):
                yield records.of(number, item)
                number += 1
        except FormatError as fault:
            yield Lost(number, "", fault)


def items_of(opened: BinaryIO, url: str, path: str, fields: frozenset[str]) -> Iterator[Item]:
    """Yield the records of a file that is a list, a map, or lines.

    path:   the key of the list or map; "" if the file itself is the list or map.
    fields: the keys of a record that are read.
    """
    named_lines = url.partition("?")[0].lower().endswith(".jsonl")  # text after a "?" is not part of the name
    return read_items(opened, path, named_lines if path else has_lines(opened, named_lines, fields))


def fields_of(spec: CorpusSpec) -> frozenset[str]:
    """Return the keys of a record that are read."""
    return frozenset(path.split(".")[0] for path in spec.reads)


def _no_map(item: Item, fields: frozenset[str]) -> str:
    """Return a hint about a record that is not a map, if its place in the file explains the mistake; else ""."""
    if not item.key:
        return ""
    if item.key in fields:
        return "The file holds one record; expected a list of records, or a map of records by their names: put it into a list."
    if isinstance(item.value, list):
        return f"The file is a map: if this list holds its records, declare `records: {item.key[:64]}`."
    return "The file is a map, so each of its values is read as a record."
