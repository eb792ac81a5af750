"""The names of a record's image files: templates of the declaration, filled from the record.

    "train2014/COCO_train2014_{image_id:012d}.jpg"   {"image_id": 9}   ->   train2014/COCO_train2014_000000000009.jpg

A record has several images if a field in the name is a list, or if several names are declared. A field in the parts of turns has
the values of all parts with this field.
"""

import re
from typing import Any

from vladata.corpora.fields import Parts, check_text
from vladata.corpora.record import Record, all_present
from vladata.errors import UnfitRecord
from vladata.spec.corpus import CorpusSpec
from vladata.spec.corpus_pairs import Conversation

LONGEST_NAME = 1024
_ADDRESS = re.compile(r"https?://|s3://|gs://", re.IGNORECASE)
_FIELD = re.compile(r"\{([^{}:]*)(?::0(\d+)d)?\}")


class FileNames:
    """The templates of a declaration, parsed once."""

    def __init__(self, spec: CorpusSpec) -> None:
        names = spec.image.names if spec.image else ()
        turns = [pair.turns for pair in spec.pairs if isinstance(pair, Conversation)]
        self._images = [[_Template(text, turns) for text in texts] for texts in names]
        self._spelled = [", ".join(texts) for texts in names]

    def of(self, record: Record) -> tuple[list[list[str]], str]:
        """Return the possible names of each image of the record, preferred ones first, and the declared image that it lacks.

        The latter is as in Record.lacks.
        """
        if len(self._images) == 1:
            return _alike(self._images[0], record), ""
        found = [
            _alike(templates, record) if any(template.is_named(record) for template in templates) else []
            for templates in self._images
        ]
        names, lacks = all_present(zip(self._spelled, found, strict=True))
        if not names:
            raise UnfitRecord(
                "missing_image", "the record names no image", allowed=" and ".join(self._spelled)
            )
        return names, lacks


def _alike(templates: list["_Template"], record: Record) -> list[list[str]]:
    found = [template.names(record) for template in templates]
    if len({len(names) for names in found}) > 1:
        raise UnfitRecord(
            "malformed_record", "the templates of the declaration name different numbers of images"
        )
    return [list(names) for names in zip(*found, strict=True)]


class _Template:
    def __init__(self, text: str, turns: list[str]) -> None:
        self._literals: list[str] = []
        self._fields: list[tuple[Parts, str, int]] = []
        self._spread: list[bool] = []  # True if the field is in the parts of turns
        at = 0
        for field in _FIELD.finditer(text):
            self._literals.append(text[at : field.start()])
            self._fields.append((tuple(field[1].split(".")), field[1], int(field[2] or 0)))
            self._spread.append(any(field[1].startswith(f"{path}.") for path in turns))
            at = field.end()
        self._rest = text[at:]

    def is_named(self, record: Record) -> bool:
        """Return True if the record has every field of the template."""
        return not any(value is None or value == "" or value == [] for value in self._values(record))

    def _values(self, record: Record) -> list[Any]:
        values = [record.value(parts) for parts, _, _ in self._fields]
        return [
            _gathered(value) if spread else value for value, spread in zip(values, self._spread, strict=True)
        ]

    def names(self, record: Record) -> list[str]:
        values = self._values(record)
        several = [len(value) for value in values if type(value) is list]
        if not several:
            return [self._filled(values)]
        if len(set(several)) > 1 or not several[0]:
            raise UnfitRecord(
                "missing_image", "the record names no image, or lists of different lengths", got=values
            )
        count = several[0]
        spread = [value if type(value) is list else [value] * count for value in values]
        return [self._filled(list(row)) for row in zip(*spread, strict=True)]

    def _filled(self, values: list[Any]) -> str:
        pieces: list[str] = []
        for literal, (_, name, width), value in zip(self._literals, self._fields, values, strict=True):
            pieces += (literal, _spelled(value, name, width))
        return "".join(pieces) + self._rest


def _gathered(value: Any) -> list[Any]:
    """Return the values in nested lists, in order. A part of a turn that is not an image has no value."""
    if type(value) is list:
        return [each for item in value for each in _gathered(item)]
    return [] if value is None else [value]


def _spelled(value: Any, name: str, width: int) -> str:
    if value is None or value == "":
        raise UnfitRecord("missing_image", "the record names no image", where=name)
    digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20
    if width and (digits or (isinstance(value, int) and not isinstance(value, bool))):
        return f"{int(value):0{width}d}"
    if width or isinstance(value, bool) or not isinstance(value, str | int):
        raise UnfitRecord("malformed_record", "this cannot be the name of an image", where=name, got=value)
    text = str(value)
    if elsewhere := url_fault(text, name):
        raise elsewhere
    check_text(text, name)
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise UnfitRecord("malformed_record", "this is not a file name", where=name, got=text)
    return text


def url_fault(text: str, name: str) -> UnfitRecord | None:
    """Return the error of an image that is named by a URL instead of a file name; None for a file name."""
    if text.startswith("data:"):
        hint = "Write the images to files, or into a column of a Parquet file, and name these."
        return UnfitRecord(
            "malformed_record",
            "expected the name of an image, found the image itself",
            where=name,
            got=text,
            hint=hint,
        )
    if _ADDRESS.match(text):
        hint = "Fetch the images first (img2dataset writes them as tars), and name the files."
        what = "an image is named by an address, but only files below the images folder are read"
        return UnfitRecord("unsafe_name", what, where=name, got=text, hint=hint)
    return None
