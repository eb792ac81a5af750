"""Records of COCO's files: each annotation is a record, with the fields of its image that name the image's file.

    {"images": [{"id": 9, "file_name": "9.jpg"}], "annotations": [{"id": 67, "image_id": 9, "caption": "Lunch."}]}

Rule: an image has any number of annotations, and an annotation has one image. Ids are compared by the rules of ids.py. If
several images have the same id and differ, all of them and their annotations are rejected. An image without an annotation is
rejected too, so that every image is counted. The file is read twice, since either list may come first. If it is damaged, both
passes go as far as they can, the damage is reported last, and no image is rejected for a missing annotation. Memory holds the
file name of every image.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from vladata.corpora.annotations import FileRecords
from vladata.corpora.corpus import Corpus, CorpusFile
from vladata.corpora.examine import Examiner
from vladata.corpora.ids import WAY_OUT, Rule, alike, id_of, kind_of
from vladata.corpora.record import Lost, Record
from vladata.errors import DataError, FormatError, UnfitRecord
from vladata.formats.json_stream import Item, read_items
from vladata.sources.folder import explained
from vladata.spec.corpus import CorpusSpec, template_fields

IMAGES = 1 << 32
"""The first record number of images that have no annotation."""


def coco_records(corpus: Corpus, file: CorpusFile, examine: Examiner) -> Iterator[Record]:
    """Yield the annotations of a file, each with the file name of its image, then the images without an annotation."""
    records, number = FileRecords(corpus, examine), 0
    with file.open() as opened, explained(file.url):
        images = _Images(corpus.spec)
        fault = images.read(opened)
        opened.seek(0)
        try:
            for item in read_items(opened, "annotations"):
                yield images.beside(records, number, item)
                number += 1
        except FormatError as found:
            fault = found
        yield from images.unfit(all_were_read=fault is None)
        if fault:
            yield Lost(number, "", fault)


@dataclass(slots=True)
class _Image:
    """An image of the list.

    number: its position in the list.
    id:     its id as the file has it.
    values: the fields that name its file.
    others: the positions of further images with this id.
    is_one: True if no different image has this id.
    used:   True if an annotation has this id.
    """

    number: int
    id: Any
    values: tuple[Any, ...]
    others: tuple[int, ...] = ()
    is_one: bool = True
    used: bool = False


class _Images:
    """The images of a file, by their ids."""

    def __init__(self, spec: CorpusSpec) -> None:
        names = spec.image.names if spec.image else ()
        fields = (field for texts in names for text in texts for field in template_fields(text))
        self._fields = tuple(dict.fromkeys(field.partition(".")[0] for field in fields))
        self._ids: Rule = spec.ids
        self._found: dict[str, _Image] = {}
        self._alike: dict[str, Any] | None = None
        self._lost: list[tuple[int, DataError]] = []

    def read(self, opened: BinaryIO) -> FormatError | None:
        """Read the images of a file up to its end, or up to a fault. Return the fault, or None."""
        try:
            for number, item in enumerate(read_items(opened, "images")):
                self._take(number, item)
        except FormatError as fault:
            return fault
        return None

    def _take(self, number: int, item: Item) -> None:
        fault, value = item.fault, item.value
        if fault is None and not isinstance(value, dict):
            fault = UnfitRecord("malformed_record", "the image is not a map", got=value)
        key = None if fault else id_of(value.get("id"), self._ids)
        if fault is None and key is None:
            fault = UnfitRecord("malformed_record", "an image without an id", got=value.get("id"))
        if fault is not None or key is None:
            self._lost += [(number, fault)] if fault else []
            return
        values = tuple(value.get(field) for field in self._fields)
        known = self._found.setdefault(key, _Image(number, value["id"], values))
        if known.number != number:
            known.others += (number,)
            known.is_one = known.is_one and known.values == values

    def beside(self, records: FileRecords, number: int, item: Item) -> Record:
        """Return the record of an annotation and its image."""
        record = records.of(number, item)
        if record.fault is not None:
            return record
        wanted = item.value.get("image_id")
        image = self._found.get(id_of(wanted, self._ids) or "")
        if image is None:
            return Lost(number, item.key, self._unmatched(wanted))
        image.used = True
        if not image.is_one:
            what = "several different images of the file have this id"
            return Lost(number, item.key, UnfitRecord("unmatched", what, where="image_id", got=wanted))
        named = {
            name: value for name, value in zip(self._fields, image.values, strict=True) if value is not None
        }
        return records.record(number, "", {**item.value, **named})

    def _unmatched(self, wanted: Any) -> UnfitRecord:
        if wanted is None:
            return UnfitRecord("unmatched", "an annotation without an image", where="image_id")
        fault = UnfitRecord("unmatched", "no image of the file has this id", where="image_id", got=wanted)
        if self._alike is None:
            self._alike = {key: image.id for image in self._found.values() if (key := alike(image.id))}
        other = self._alike.get(alike(wanted) or "")
        if other is not None and self._ids == "exact":
            fault.what += f"; it is {kind_of(wanted)}, and that of image {other!r} is {kind_of(other)}"
            fault.hint = WAY_OUT
        return fault

    def unfit(self, all_were_read: bool) -> Iterator[Record]:
        """Yield the images that no annotation uses, and those whose id several images have.

        all_were_read: True if all annotations were read. If not, images without an annotation are not known.
        """
        for image in self._found.values():
            if not image.is_one:
                what = "several different images have this id"
                for number in (image.number, *image.others):
                    self._lost.append((number, UnfitRecord("duplicate_key", what, where="id", got=image.id)))
            elif all_were_read and not image.used:
                fault = UnfitRecord("unmatched", "an image without an annotation", where="id", got=image.id)
                self._lost.append((image.number, fault))
        for number, found in sorted(self._lost, key=lambda lost: lost[0]):
            found.where = f"images, {found.where}" if found.where else "images"
            yield Lost(IMAGES + number, "", found)
