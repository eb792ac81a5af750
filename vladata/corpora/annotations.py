"""Records of annotation files: JSON of any length, read in pieces, whose images are files of their own.

    json       records in a list, in a map by id (GQA), under a key (TextVQA), or one a line
    coco       {"images": [{"id", "file_name"}], "annotations": [{"id", "image_id", "caption"}]}: each annotation is a record
    questions  {"questions": [{"question_id", ...}]} and {"annotations": [{"question_id", ...}]}: see joined.py

Rule: memory holds one record, and of coco the file name of every image.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from vladata.corpora.corpus import Corpus, CorpusFile
from vladata.corpora.examine import Examiner, Image
from vladata.corpora.fields import Parts, check_text, follow
from vladata.corpora.file_names import FileNames
from vladata.corpora.image_files import ImageFiles
from vladata.corpora.record import Lost, Record
from vladata.errors import DataError, FormatError, UnfitRecord
from vladata.formats.json_stream import Item, read_items
from vladata.sources.folder import explained
from vladata.spec.corpus import template_fields

Key = str | int


class FileRecord:
    """A record whose images are files. Both are shared by all records of a file."""

    __slots__ = ("_fields", "_files", "_names", "fault", "key", "number")

    def __init__(
        self, number: int, key: str, fields: Mapping[str, Any], names: FileNames, files: ImageFiles
    ) -> None:
        self.number, self.key = number, key
        self.fault: DataError | FormatError | None = None
        self._fields, self._names, self._files = fields, names, files

    def value(self, parts: Parts) -> Any:
        """What lies at a path; None where nothing does."""
        return follow(self._fields, parts)

    def own(self) -> tuple[Image, ...]:
        """The files that it names."""
        return tuple(self._files.find(names) for names in self._names.of(self))

    def pick(self, item: Any) -> Image:
        """The file that `item` names."""
        if not isinstance(item, str) or not item:
            raise UnfitRecord("missing_image", "an image is not named", got=item)
        check_text(item, "the name of an image")
        return self._files.find([item])


class FileRecords:
    """What makes records of the items of one corpus."""

    def __init__(self, corpus: Corpus, examine: Examiner) -> None:
        self._names = FileNames(corpus.spec)
        self._files = ImageFiles(corpus.images, corpus.links, examine)

    def record(self, number: int, key: str, fields: Mapping[str, Any]) -> Record:
        return FileRecord(number, key, fields, self._names, self._files)

    def of(self, number: int, item: Item) -> Record:
        """The record that an item is."""
        fault = item.fault
        if fault is None and not isinstance(item.value, dict):
            fault = UnfitRecord("malformed_record", "the record is no map", got=item.value)
        return Lost(number, item.key, fault) if fault else self.record(number, item.key, item.value)


def json_records(corpus: Corpus, file: CorpusFile, examine: Examiner) -> Iterator[Record]:
    """The records of a list, a map or lines."""
    records, number = FileRecords(corpus, examine), 0
    with file.open() as opened, explained(file.url):
        try:
            for item in read_items(opened, corpus.spec.records or "", _has_lines(file.url)):
                yield records.of(number, item)
                number += 1
        except FormatError as fault:
            yield Lost(number, "", fault)


def _has_lines(url: str) -> bool:
    """Whether a file holds a record a line, by its name; what follows a "?" is the server's business."""
    return url.partition("?")[0].lower().endswith(".jsonl")


def coco_records(corpus: Corpus, file: CorpusFile, examine: Examiner) -> Iterator[Record]:
    """The annotations of a file, each with the file name of its image. The file is read twice, since either list may
    stand first; where it is damaged, both go as far as they can, and what is wrong with it comes last."""
    records, number = FileRecords(corpus, examine), 0
    fields = tuple(dict.fromkeys(field for text in _templates(corpus) for field in template_fields(text)))
    with file.open() as opened, explained(file.url):
        images = _Images(fields)
        fault = images.read(opened)
        opened.seek(0)
        try:
            for item in read_items(opened, "annotations"):
                yield images.beside(records, number, item)
                number += 1
        except FormatError as found:
            fault = found
        if fault:
            yield Lost(number, "", fault)


def _templates(corpus: Corpus) -> tuple[str, ...]:
    return corpus.spec.image.file if corpus.spec.image else ()


class _Images:
    """Image id -> the fields that name its file; None where two images share an id."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        self._fields = fields
        self._found: dict[Key, tuple[Any, ...] | None] = {}

    def read(self, opened: BinaryIO) -> FormatError | None:
        """Takes in the images of a file, up to its end or to what is returned."""
        try:
            for item in read_items(opened, "images"):
                if isinstance(item.value, dict):
                    key = _key(item.value.get("id"))
                    values = tuple(item.value.get(field) for field in self._fields)
                    self._found[key] = values if self._found.get(key, values) == values else None
        except FormatError as fault:
            return fault
        return None

    def beside(self, records: FileRecords, number: int, item: Item) -> Record:
        """The record that an annotation and its image are."""
        record = records.of(number, item)
        if record.fault is not None:
            return record
        found = self._found.get(_key(item.value.get("image_id")))
        if found is None:
            what, got = "no one image of the file has this id", item.value.get("image_id")
            return Lost(number, item.key, UnfitRecord("unmatched", what, got=got))
        return records.record(number, "", {**item.value, **dict(zip(self._fields, found, strict=True))})


def _key(value: Any) -> Key:
    return value if isinstance(value, str | int) else ""
