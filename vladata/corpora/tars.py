"""Records of a tar: adjacent members that share a key, as webdataset groups them.

    000/0001.jpg   000/0001.txt   000/0001.json      key 000/0001, members jpg, txt, json
    0001.0.jpg     0001.1.jpg     0001.json          key 0001, members 0.jpg, 1.jpg, json

The key goes up to the first dot of the last part of the name. Rule: a member's bytes are looked at while the archive is walked
and not kept; nothing is extracted or followed. A name that leads elsewhere, a link, a device, a member that stands twice
make their record unfit. What is no member of any record (a file without a dot, or with nothing before it) is a record of
its own, rejected, so that every file of the archive is accounted for. Folders are not.

Where an archive is cut or damaged, nothing behind the fault is read, and the fault is a rejected record. Of the record before
it one cannot know whether a further member was to come. It is kept where nothing that the declaration reads can have been
lost: it has an image and every text member that is read of it, all of them whole. Otherwise it is the one that is rejected,
with the fault as its reason. The end of an archive ends its last record, whatever follows; archives that were joined are
read as one after the other.
"""

from collections.abc import Iterator
from typing import Any

from vladata.corpora.corpus import Corpus, CorpusFile
from vladata.corpora.examine import LARGEST_IMAGE, Examiner, Image, too_large
from vladata.corpora.fields import LONGEST_RECORD, Parts, decoded, follow, taken_apart
from vladata.corpora.image_files import leads_elsewhere
from vladata.corpora.record import Lost, Record, all_present
from vladata.errors import DataError, FormatError, UnfitRecord
from vladata.formats.foreign_tar import CUT, END, FILE, FOLDER, Entry, walk
from vladata.formats.json_record import parse_record
from vladata.sources.folder import explained
from vladata.spec.corpus import CorpusSpec
from vladata.spec.corpus_pairs import Interleaved

MOST_MEMBERS = 256


class Members:
    """Which members of a record are of use. images: in their order; texts: with those of JSON."""

    def __init__(self, spec: CorpusSpec) -> None:
        paths = [taken_apart(path, spec) for path in spec.reads]
        self.images = spec.image.data if spec.image else ()
        self.image_set = frozenset(self.images)
        self.choices: dict[
            str, list[str]
        ] = {}  # what stands before the endings -> members of which a record has one
        for suffix in self.images:
            self.choices.setdefault(suffix.rpartition(".")[0], []).append(suffix)
        self.texts = frozenset(parts[0] for parts in paths) - self.image_set
        self.documents = any(isinstance(pair, Interleaved) for pair in spec.pairs)


class TarRecord:
    """The members of one key."""

    __slots__ = ("_images", "_members", "_texts", "fault", "key", "lacks", "number")

    def __init__(self, number: int, key: str, members: Members) -> None:
        self.number, self.key, self.lacks = number, key, ""
        self.fault: DataError | FormatError | None = None
        self._members = members
        self._images: dict[str, Image | DataError] = {}
        self._texts: dict[str, Any] = {}

    def add(self, suffix: str, entry: Entry, examine: Examiner) -> None:
        """Takes in a member while its bytes are there."""
        members = self._members
        if entry.kind is not FILE:
            self.fault = self.fault or UnfitRecord(
                "not_a_file", "a member is no plain file", where=entry.name, got=entry.kind
            )
        elif suffix in self._images or suffix in self._texts:
            self.fault = self.fault or UnfitRecord("duplicate_key", "a member stands twice", where=entry.name)
        elif len(self._images) >= MOST_MEMBERS:
            what = "a record of too many images"
            self.fault = self.fault or UnfitRecord("too_large", what, allowed=f"{MOST_MEMBERS:,}")
        elif suffix in members.image_set or (
            members.documents and suffix.rpartition(".")[2] in members.image_set
        ):
            try:
                if entry.data is None:
                    raise too_large(entry.size)
                self._images[suffix] = examine(entry.data, "", entry.offset)
            except DataError as fault:
                fault.where = suffix
                self._images[suffix] = fault
        elif suffix in members.texts:
            self._texts[suffix] = self._text(suffix, entry)

    def lacks_nothing(self) -> bool:
        """Whether no member that is read could be missing: there is each image, and every text."""
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
        """What lies at a path; None where nothing does."""
        found = self._texts.get(parts[0])
        return found if len(parts) == 1 or found is None else follow(found, parts[1:])

    def own(self) -> tuple[Image, ...]:
        """Those of the declared members that are there."""
        found, self.lacks = all_present(map(self._one_of, self._members.choices.values()))
        if not found:
            allowed = ", ".join(self._members.images)
            raise UnfitRecord("missing_image", "the record has no image", allowed=allowed)
        return tuple(map(_whole, found))

    def _one_of(self, choice: list[str]) -> tuple[str, list[Image | DataError]]:
        """The member of the record that is one of `choice`."""
        there = [suffix for suffix in choice if suffix in self._images]
        if len(there) > 1:
            hint = f"Declare which one is meant: `image: {{data: [{there[0]}]}}`."
            what = "several members of the record are declared as one image"
            raise UnfitRecord("malformed_record", what, got=", ".join(there), hint=hint)
        return choice[0], [self._images[suffix] for suffix in there]

    def pick(self, item: Any) -> Image:
        """The member that `item` names: by what follows the key and a dot, or by its whole name."""
        if not isinstance(item, str):
            raise UnfitRecord("missing_image", "an image is not named", got=item)
        name = item.rpartition("/")[2]
        found = self._images.get(name.lower()) or self._images.get(name.partition(".")[2].lower())
        if found is None:
            raise UnfitRecord("missing_image", "the record has no such member", got=item)
        return _whole(found)


def tar_records(corpus: Corpus, file: CorpusFile, examine: Examiner) -> Iterator[Record]:
    """The records of one archive; where it cannot be read to its end, the last one says so."""
    members = Members(corpus.spec)
    record: TarRecord | None = None
    number, current = 0, ""
    with file.open() as opened, explained(file.url):
        try:
            for entry in walk(opened, LARGEST_IMAGE):
                if entry.kind is FOLDER:
                    continue
                name = entry.name
                slash = name.rfind("/") + 1
                dot = name.find(".", slash)
                key = name[:dot]
                if record is None or key != current or dot <= slash:
                    if record is not None:
                        yield record
                        number += 1
                        record = None
                    if entry.kind is END:  # has no name, so that it always comes here
                        continue
                    if dot <= slash:
                        yield Lost(number, name[:256], _stray(name))
                        number += 1
                        continue
                    record, current = TarRecord(number, key, members), key
                if (".." in name or name[0] == "/" or "\\" in name or "\0" in name) and leads_elsewhere(name):
                    record.fault = record.fault or UnfitRecord(
                        "unsafe_name", "a name that leads elsewhere", got=name
                    )
                    continue
                record.add(name[dot + 1 :].lower(), entry, examine)
        except FormatError as fault:
            if record is not None and entry.kind is not CUT and record.lacks_nothing():
                yield record
                number += 1
                record = None
            yield Lost(number, record.key if record else "", fault)


def _stray(name: str) -> DataError:
    if leads_elsewhere(name):
        return UnfitRecord("unsafe_name", "a name that leads elsewhere", got=name)
    return UnfitRecord(
        "malformed_record",
        "a file that is no member of a record",
        got=name,
        allowed="KEY.jpg, KEY.txt and the like",
    )


def _whole(found: Image | DataError) -> Image:
    if isinstance(found, DataError):
        raise found
    return found
