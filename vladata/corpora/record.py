"""A record of a corpus, whatever its layout: what the pairs are made from."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from vladata.corpora.examine import Image
from vladata.corpora.fields import Parts
from vladata.errors import DataError, FormatError, UnfitRecord

T = TypeVar("T")


class Record(Protocol):
    """One record, good until the next one is asked for.

    number: its position in the file, from 0.
    key:    its own name, "" where it has none.
    fault:  None, or why it cannot be used.
    lacks:  the first of its declared images that it has not, while it has all before that one; "" where it has all. Known once
            `own` was asked for.
    """

    number: int
    key: str
    fault: DataError | FormatError | None
    lacks: str

    def value(self, parts: Parts) -> Any:
        """What lies at a path; None where nothing does."""

    def own(self) -> tuple[Image, ...]:
        """Its images, in the order in which the declaration and the record's lists name them. DataError where there is none,
        or where one is missing before another."""

    def pick(self, item: Any) -> Image:
        """The image that an item of a document's list is, or names."""


class Lost:
    """A record of which nothing is known but why it is lost."""

    __slots__ = ("fault", "key", "lacks", "number")

    def __init__(self, number: int, key: str, fault: DataError | FormatError) -> None:
        self.number, self.key, self.lacks = number, key, ""
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


def all_present(declared: Iterable[tuple[str, Sequence[T]]]) -> tuple[list[T], str]:
    """The images of a record from what it has of each declared one, and the first that it lacks. An image that is missing
    before another would leave the others in each other's places: UnfitRecord."""
    found: list[T] = []
    lacks = ""
    for name, images in declared:
        if not images:
            lacks = lacks or name
        elif lacks:
            raise UnfitRecord("missing_image", "an image is missing before another", where=lacks, got=name)
        found += images
    return found, lacks
