"""One record of a tar: the members of one key, read while the archive is at them."""

from typing import Any

from vladata.corpora.examine import Examiner, Image, too_large
from vladata.corpora.fields import LONGEST_RECORD, Parts, decoded, follow, taken_apart
from vladata.corpora.record import all_present
from vladata.errors import DataError, FormatError, UnfitRecord
from vladata.formats.foreign_tar import CUT, FILE, Entry
from vladata.formats.json_record import parse_record
from vladata.spec.corpus import CorpusSpec
from vladata.spec.corpus_pairs import Interleaved

MOST_MEMBERS = 256
NAMED = 8
"""The most members that an error lists."""


class Members:
    """The members of a record that the declaration reads.

    images:  the suffixes of image members, in order.
    texts:   the suffixes of text and JSON members.
    choices: declared image -> the suffixes of its possible members, of which a record has one.
    """

    def __init__(self, spec: CorpusSpec) -> None:
        paths = [taken_apart(path, spec) for path in spec.reads]
        self.images = spec.image.data if spec.image else ()
        self.image_set = frozenset(self.images)
        self.choices: dict[str, list[str]] = {}
        for suffix in self.images:
            self.choices.setdefault(suffix.rpartition(".")[0], []).append(suffix)
        self.texts = frozenset(parts[0] for parts in paths) - self.image_set
        self.documents = any(isinstance(pair, Interleaved) for pair in spec.pairs)

    def images_in(self, suffix: str) -> bool:
        """Return True if the member is an image of the record."""
        return suffix in self.image_set or (self.documents and suffix.rpartition(".")[2] in self.image_set)

    def reads(self, suffix: str) -> bool:
        """Return True if the declaration reads this member."""
        return suffix in self.texts or self.images_in(suffix)


class TarRecord:
    """The members with one key. cut: True if the archive ends within one of them."""

    __slots__ = ("_images", "_members", "_others", "_texts", "cut", "fault", "key", "lacks", "number")

    def __init__(self, number: int, key: str, members: Members) -> None:
        self.number, self.key, self.lacks = number, key, ""
        self.fault: DataError | FormatError | None = None
        self._members = members
        self._images: dict[str, Image | DataError] = {}
        self._texts: dict[str, Any] = {}
        self._others: list[str] = []
        self.cut = False

    def add(self, suffix: str, entry: Entry, examine: Examiner) -> None:
        """Read a member while the archive is at it."""
        members = self._members
        if entry.kind is not FILE:
            self.cut = entry.kind is CUT
            self.fault = self.fault or UnfitRecord(
                "not_a_file", "a member is not a plain file", where=entry.name, got=entry.kind
            )
        elif suffix in self._images or suffix in self._texts:
            self.fault = self.fault or UnfitRecord(
                "duplicate_key", "a member appears twice", where=entry.name
            )
        elif len(self._images) >= MOST_MEMBERS:
            what = "a record of too many images"
            self.fault = self.fault or UnfitRecord("too_large", what, allowed=f"{MOST_MEMBERS:,}")
        elif members.images_in(suffix):
            try:
                if entry.data is None:
                    raise too_large(entry.size)
                self._images[suffix] = examine(entry.data, "", entry.offset)
            except DataError as fault:
                fault.where = suffix
                self._images[suffix] = fault
        elif suffix in members.texts:
            self._texts[suffix] = self._text(suffix, entry)
        elif len(self._others) < NAMED:
            self._others.append(suffix)

    def suffixes(self) -> list[str]:
        """Return the suffixes of up to NAMED members of the record, those that are read first."""
        return [*self._images, *self._texts, *self._others][:NAMED]

    def lacks_nothing(self) -> bool:
        """Return True if every image and every text member that is read is there."""
        choices = () if self._members.documents else self._members.choices.values()
        images = all(any(suffix in self._images for suffix in choice) for choice in choices)
        return bool(self._images) and images and self._members.texts <= self._texts.keys()

    def _text(self, suffix: str, entry: Entry) -> Any:
        if entry.data is None or entry.size > LONGEST_RECORD:
            allowed = f"{LONGEST_RECORD:,} bytes"
            self.fault = self.fault or UnfitRecord(
                "too_large", "a member is too large", where=suffix, got=entry.size, allowed=allowed
            )
            return None
        data = bytes(entry.data)
        try:
            return parse_record(data, suffix) if suffix.endswith("json") else decoded(data, suffix)
        except DataError as fault:
            self.fault = self.fault or fault
            return None

    def value(self, parts: Parts) -> Any:
        """Return the value at a path, or None if there is none."""
        found = self._texts.get(parts[0])
        return found if len(parts) == 1 or found is None else follow(found, parts[1:])

    def own(self) -> tuple[Image, ...]:
        """Return the images of the declared members."""
        found, self.lacks = all_present(map(self._one_of, self._members.choices.values()))
        if not found:
            raise self._no_image()
        return tuple(map(_whole, found))

    def _one_of(self, choice: list[str]) -> tuple[str, list[Image | DataError]]:
        """Return the first suffix of `choice`, and the image of the record with a suffix of `choice` ([] if there is none)."""
        there = [suffix for suffix in choice if suffix in self._images]
        if len(there) > 1:
            hint = f"Declare the one to use: `image: {{data: [{there[0]}]}}`."
            what = "several members of the record are declared as one image"
            raise UnfitRecord("malformed_record", what, got=", ".join(there), hint=hint)
        return choice[0], [self._images[suffix] for suffix in there]

    def _no_image(self) -> UnfitRecord:
        members = self._members
        hint = ""
        if any(suffix.rpartition(".")[2] in members.image_set for suffix in self._others):
            base = self.key.rpartition("/")[2][:64]
            hint = (
                f'The key ends at the first dot, so that all files "{base}.*" are one record: name them without further dots, '
                "or declare `key_ends: last_dot`; or name the member in `image: {data: [...]}`."
            )
        return UnfitRecord(
            "missing_image",
            "the record has no image",
            got=f"members {', '.join(self.suffixes())}",
            allowed=", ".join(members.images),
            hint=hint,
        )

    def pick(self, item: Any) -> Image:
        """Return the member that `item` names, by its suffix or by its whole name, which begins with the key of the record."""
        if not isinstance(item, str):
            raise UnfitRecord("missing_image", "an image is not named", got=item)
        name = item.rpartition("/")[2]
        found = self._images.get(name.lower())
        if found is None:
            key, suffix = f"/{item.removesuffix(name)}{name.partition('.')[0]}", name.partition(".")[2]
            own = f"/{self.key}"
            if own.endswith(key) or key.endswith(own):  # either name may lack the folder
                found = self._images.get(suffix.lower())
        if found is None:
            raise UnfitRecord("missing_image", "the record has no such member", got=item)
        return _whole(found)


def _whole(found: Image | DataError) -> Image:
    if isinstance(found, DataError):
        raise found
    return found
