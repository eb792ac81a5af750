"""A record of a corpus, whatever its layout: what the pairs are made from."""

from typing import Any, NamedTuple, Protocol

from vladata.corpora.examine import Image
from vladata.corpora.fields import Parts
from vladata.errors import DataError, FormatError, UnfitRecord


class Record(Protocol):
    """One record, good until the next one is asked for.

    number: its position in the file, from 0.
    key:    its own name, "" where it has none.
    fault:  None, or why it cannot be used.
    """

    number: int
    key: str
    fault: DataError | FormatError | None

    def value(self, parts: Parts) -> Any:
        """What lies at a path; None where nothing does."""

    def own(self) -> tuple[Image, ...]:
        """Its image, or images where the declaration's path is a list. DataError where it is unfit."""

    def pick(self, item: Any) -> Image:
        """The image that an item of a document's list is, or names."""


class Lost:
    """A record of which nothing is known but why it is lost."""

    __slots__ = ("fault", "key", "number")

    def __init__(self, number: int, key: str, fault: DataError | FormatError) -> None:
        self.number, self.key = number, key
        self.fault: DataError | FormatError | None = fault

    def value(self, parts: Parts) -> Any:
        """Nothing."""
        return None

    def own(self) -> tuple[Image, ...]:
        """No image."""
        return ()

    def pick(self, item: Any) -> Image:
        """No image."""
        raise UnfitRecord("missing_image", "the record is lost", got=item)


class Stray(NamedTuple):
    """A file of an archive that is no member of any record: passed over, and counted.

    what: what it is, "hidden file".   name: as the archive has it.
    """

    what: str
    name: str
