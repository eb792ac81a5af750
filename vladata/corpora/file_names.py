"""The names of a record's image files: templates of the declaration, filled from the record.

    "train2014/COCO_train2014_{image_id:012d}.jpg"   {"image_id": 9}   ->   train2014/COCO_train2014_000000000009.jpg

A field that is a list gives the record several images.
"""

import re
from typing import Any

from vladata.corpora.fields import Parts, check_text
from vladata.corpora.record import Record
from vladata.errors import UnfitRecord
from vladata.spec.corpus import CorpusSpec

LONGEST_NAME = 1024
_FIELD = re.compile(r"\{([^{}:]*)(?::0(\d+)d)?\}")


class FileNames:
    """Templates, taken apart once."""

    def __init__(self, spec: CorpusSpec) -> None:
        self._templates = [_Template(text) for text in (spec.image.file if spec.image else ())]

    def of(self, record: Record) -> list[list[str]]:
        """For each image of the record the names that it may have, preferred ones first."""
        found = [template.names(record) for template in self._templates]
        if len({len(names) for names in found}) > 1:
            raise UnfitRecord("malformed_record", "the record names several numbers of images")
        return [list(names) for names in zip(*found, strict=True)]


class _Template:
    def __init__(self, text: str) -> None:
        self._literals: list[str] = []
        self._fields: list[tuple[Parts, str, int]] = []
        at = 0
        for field in _FIELD.finditer(text):
            self._literals.append(text[at : field.start()])
            self._fields.append((tuple(field[1].split(".")), field[1], int(field[2] or 0)))
            at = field.end()
        self._rest = text[at:]

    def names(self, record: Record) -> list[str]:
        values = [record.value(parts) for parts, _, _ in self._fields]
        several = [len(value) for value in values if type(value) is list]
        if not several:
            return [self._filled(values)]
        if len(set(several)) > 1 or not several[0]:
            raise UnfitRecord(
                "missing_image", "the record names no image, or lists that do not fit", got=values
            )
        count = several[0]
        spread = [value if type(value) is list else [value] * count for value in values]
        return [self._filled(list(row)) for row in zip(*spread, strict=True)]

    def _filled(self, values: list[Any]) -> str:
        pieces: list[str] = []
        for literal, (_, name, width), value in zip(self._literals, self._fields, values, strict=True):
            pieces += (literal, _spelled(value, name, width))
        return "".join(pieces) + self._rest


def _spelled(value: Any, name: str, width: int) -> str:
    if value is None or value == "":
        raise UnfitRecord("missing_image", "the record names no image", where=name)
    digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20
    if width and (digits or (isinstance(value, int) and not isinstance(value, bool))):
        return f"{int(value):0{width}d}"
    if width or isinstance(value, bool) or not isinstance(value, str | int):
        raise UnfitRecord("malformed_record", "this names no image", where=name, got=value)
    text = str(value)
    check_text(text, name)
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise UnfitRecord("malformed_record", "this is no file name", where=name, got=text)
    return text
