"""The interface of a record of a corpus, in any layout. Pairs are made from it."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from vladata.corpora.examine import Image
from vladata.corpora.fields import Parts
from vladata.errors import DataError, FormatError, UnfitRecord

T = TypeVar("T")


class Record(Protocol):
    """One record. It is valid until the next one is read.

    number: its position in the file, from 0.
    key:    its own name; "" if it has none.
    fault:  the reason why it cannot be used; None for a record that can be used.
    lacks:  the first declared image that is missing, if all images before it are there; "" if none is missing. Call `own` first.
    """

    number: int
    key: str
    fault: DataError | FormatError | None
    lacks: str

    def value(self, parts: Parts) -> Any:
        """Return the value at a path, or None if there is none."""

    def own(self) -> tuple[Image, ...]:
        """Return its images, in the order of the declaration and of the record's lists.

        Raises DataError if there is no image, or if an image is missing before another.
        """

    def pick(self, item: Any) -> Image:
        """Return the image of an item in a document's list: the item is the image or its name."""


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
    """A file of an archive that is not a member of any record. It is counted, but not read.

    what: its kind, such as "hidden file".   name: its name in the archive.
    """

    what: str
    name: str


def all_present(declared: Iterable[tuple[str, Sequence[T]]]) -> tuple[list[T], str]:
    """Return all images of a record, and the first declared name without an image ("" if each has one).

    declared: (name, its images) of each declared image, in order.
    Raises UnfitRecord if an image is missing before another, since the later images would move to wrong places.
    """
    found: list[T] = []
    lacks = ""
    for name, images in declared:
        if not images:
            lacks = lacks or name
        elif lacks:
            raise UnfitRecord("missing_image", "an image is missing before another", where=lacks, got=name)
        found += images
    return found, lacks
