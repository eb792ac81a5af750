"""The record of a corpus, in any layout: the interface from which pairs are made."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from vladata.corpora.examine import Image
from vladata.corpora.fields import Parts
from vladata.errors import DataError, FormatError, UnfitRecord

T = TypeVar("T")


class Record(Protocol):
    """One record, valid until the next one is asked for.

    number: its position in the file, from 0.
    key:    its own name, "" if it has none.
    fault:  None, or the reason why it cannot be used.
    lacks:  the first declared image that is missing, if all before it are there; "" if none is missing. Known once `own`
            was called.
    """

    number: int
    key: str
    fault: DataError | FormatError | None
    lacks: str

    def value(self, parts: Parts) -> Any:
        """Return the value at a path, or None."""

    def own(self) -> tuple[Image, ...]:
        """Return its images, in the order of the declaration and of the record's lists. Raises DataError if there is none, or
        if one is missing before another."""

    def pick(self, item: Any) -> Image:
        """Return the image that an item of a document's list is, or names."""


class Lost:
    """A lost record, of which only the fault is known."""

    __slots__ = ("fault", "key", "lacks", "number")

    def __init__(self, number: int, key: str, fault: DataError | FormatError) -> None:
        self.number, self.key, self.lacks = number, key, ""
        self.fault: DataError | FormatError | None = fault

    def value(self, parts: Parts) -> Any:
        """Return None."""
        return None

    def own(self) -> tuple[Image, ...]:
        """Raise UnfitRecord: a lost record has no image."""
        return ()

    def pick(self, item: Any) -> Image:
        """Raise UnfitRecord: a lost record has no image."""
        raise UnfitRecord("missing_image", "the record is lost", got=item)


class Stray(NamedTuple):
    """A file of an archive that is not a member of any record: passed over, and counted.

    what: its kind, such as "hidden file".   name: its name in the archive.
    """

    what: str
    name: str


def all_present(declared: Iterable[tuple[str, Sequence[T]]]) -> tuple[list[T], str]:
    """Return the images of a record, from its images for each declared name, and the first name without an image. Raises
    UnfitRecord if an image is missing before another, since the others would move to wrong places."""
    found: list[T] = []
    lacks = ""
    for name, images in declared:
        if not images:
            lacks = lacks or name
        elif lacks:
            raise UnfitRecord("missing_image", "an image is missing before another", where=lacks, got=name)
        found += images
    return found, lacks
