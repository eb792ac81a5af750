"""Records of a tar: adjacent members that share a key, as webdataset groups them.

    000/0001.jpg   000/0001.txt   000/0001.json      key 000/0001, members jpg, txt, json
    0001.0.jpg     0001.1.jpg     0001.json          key 0001, members 0.jpg, 1.jpg, json

The key goes up to the first dot of the last part of the name, or to the last dot where the declaration says so. Rule: a
member's bytes are looked at while the archive is walked and not kept; nothing is extracted or followed. A name that leads
elsewhere, a link in the place of a member, a member that stands twice make their record unfit.

What is no member of any record is passed over and counted (strays.py tells it), and neither ends nor splits the record that
it stands in. So is a file that the declaration does not read, where it stands between two members of another record;
between two records it is a record that lacks everything, and rejected.

Where an archive is cut or damaged, nothing behind the fault is read, and the fault is a rejected record. Of the record before
it one cannot know whether a further member was to come. It is kept where nothing that the declaration reads can have been
lost: it has an image and every text member that is read of it, all of them whole. Otherwise it is the one that is rejected,
with the fault as its reason. The end of an archive ends its last record, whatever follows; archives that were joined are
read as one after the other.
"""

from collections.abc import Iterator

from vladata.corpora.corpus import Corpus, CorpusFile
from vladata.corpora.examine import LARGEST_IMAGE, Examiner
from vladata.corpora.image_files import leads_elsewhere
from vladata.corpora.record import Lost, Record, Stray
from vladata.corpora.strays import NOT_READ, Strays
from vladata.corpora.tar_record import Members, TarRecord
from vladata.errors import FormatError, UnfitRecord
from vladata.formats.foreign_tar import CUT, END, FILE, FOLDER, LINKS, Entry, walk
from vladata.sources.folder import explained

REMEMBERED = 1 << 17
"""Keys of one archive that are kept in mind at once."""
ASIDE = 64
"""Entries that may stand between two members of a record."""


def tar_records(corpus: Corpus, file: CorpusFile, examine: Examiner) -> Iterator[Record | Stray]:
    """The records of one archive; where it cannot be read to its end, the last one says so."""
    yield from _Archive(corpus, file, examine).records()


class _Archive:
    """One archive while it is walked.

    _record: the record whose members are coming; None before the first and behind an end.
    _aside:  entries behind its last member that are not its own: strays in it, or the beginning of the next one.
    """

    def __init__(self, corpus: Corpus, file: CorpusFile, examine: Examiner) -> None:
        self._file, self._examine = file, examine
        self._members = Members(corpus.spec)
        self._strays = Strays(corpus.spec)
        self._record: TarRecord | None = None
        self._aside: list[tuple[str, str, Entry]] = []
        self._number = 0
        self._lacking: set[str] = set()  # keys of records that lacked a member
        self._apart: frozenset[str] = frozenset()  # keys that are known to come again

    def records(self) -> Iterator[Record | Stray]:
        with self._file.open() as opened, explained(self._file.url):
            try:
                for entry in walk(opened, LARGEST_IMAGE):
                    if entry.kind is FILE:
                        key, suffix = self._strays.member(entry.name)
                        if self._record is not None and key == self._record.key:
                            if self._aside:
                                yield from self._passed_over()
                            self._add(self._record, suffix, entry)
                            continue
                    yield from self._other(entry)
            except FormatError as fault:
                yield from self._broken_off(fault)

    def _other(self, entry: Entry) -> Iterator[Record | Stray]:
        """What an entry ends, begins or is that is no plain member of the open record."""
        if entry.kind is END:
            yield from self._ended("")
            self._lacking.clear()
            return
        if entry.kind is FOLDER:
            yield Stray("folder", entry.name)
            return
        key, suffix = self._strays.member(entry.name)
        if not suffix and not key:
            yield Stray(self._strays.kind(entry.name), entry.name)
            return
        is_read = self._members.reads(suffix) or _is_unsafe(entry.name)
        if self._record is not None and key == self._record.key:
            yield from self._passed_over()
            if is_read or entry.kind is CUT:
                self._add(self._record, suffix, entry)
            else:
                yield Stray(entry.kind, entry.name)
        elif is_read and entry.kind not in LINKS:
            yield from self._ended(key)
            self._add(self._begun(key), suffix, entry)
        elif not is_read and entry.kind not in (FILE, CUT):
            yield Stray(entry.kind, entry.name)
        else:
            if len(self._aside) >= ASIDE or (
                self._record is None and self._aside[-1:] and key != self._aside[-1][0]
            ):
                yield from self._ended(key)
            self._aside.append((key, suffix, entry._replace(data=None)))

    def _begun(self, key: str) -> TarRecord:
        """The record of `key`, open; what stands aside of this key is its own."""
        if self._record is None:
            self._record = TarRecord(self._number, key, self._members)
            self._number += 1
            for _, suffix, entry in self._aside:
                self._add(self._record, suffix, entry)
            self._aside.clear()
        return self._record

    def _ended(self, following: str) -> Iterator[Record | Stray]:
        """The open record, and those that the entries aside are, but for the key that follows."""
        if self._record is not None:
            yield self._whole(self._record)
        aside, self._record, self._aside = self._aside, None, []
        for key, suffix, entry in aside:
            if self._aside and self._aside[-1][0] != key:
                yield from self._alone()
            self._aside.append((key, suffix, entry))
        if self._aside and self._aside[-1][0] != following:
            yield from self._alone()

    def _alone(self) -> Iterator[Record | Stray]:
        """What entries of one key are that nothing goes with: a record that lacks everything, or links."""
        if any(entry.kind is FILE for _, _, entry in self._aside):
            yield self._whole(self._begun(self._aside[0][0]))
            self._record = None
        else:
            yield from self._passed_over()

    def _passed_over(self) -> Iterator[Stray]:
        for _, _, entry in self._aside:
            yield Stray(NOT_READ if entry.kind is FILE else entry.kind, entry.name)
        self._aside.clear()

    def _add(self, record: TarRecord, suffix: str, entry: Entry) -> None:
        if _is_unsafe(entry.name):
            record.fault = record.fault or UnfitRecord(
                "unsafe_name", "a name that leads elsewhere", got=entry.name
            )
        else:
            record.add(suffix, entry, self._examine)

    def _whole(self, record: TarRecord) -> TarRecord:
        """A record to which nothing comes any more; one that lacks a member which stands elsewhere is unfit for that."""
        if record.fault is None and not record.lacks_nothing():
            if not record.number:
                self._apart = self._keys_apart()
            if record.key in self._apart or record.key in self._lacking:
                record.fault = UnfitRecord(
                    "malformed_record",
                    "the members of this record are not adjacent in the archive",
                    got=", ".join(record.suffixes()) or "none that is read",
                    allowed="members of a record side by side",
                    hint="Write the archive in the order of its names: `tar --sort=name -cf NEW.tar -C FOLDER .`",
                )
            elif len(self._lacking) < REMEMBERED:
                self._lacking.add(record.key)
        return record

    def _keys_apart(self) -> frozenset[str]:
        """Keys of the archive whose members are not adjacent; asked where its very first record lacks one."""
        seen: set[str] = set()
        back: set[str] = set()
        current = ""
        with self._file.open() as opened:
            try:
                for entry in walk(opened, 0):
                    if entry.kind is END or len(seen) >= REMEMBERED:
                        break
                    key, suffix = self._strays.member(entry.name)
                    if entry.kind is FILE and key != current and self._members.reads(suffix):
                        if key in seen:
                            back.add(key)
                        seen.add(key)
                        current = key
            except FormatError:
                pass  # the walk over the records says it
        return frozenset(back)

    def _broken_off(self, fault: FormatError) -> Iterator[Record | Stray]:
        record = self._record
        if record is not None and (self._aside or (not record.cut and record.lacks_nothing())):
            yield from self._ended(self._aside[-1][0] if self._aside else "")
            record = None
        key = record.key if record else self._aside[-1][0] if self._aside else ""
        yield Lost(record.number if record else self._number, key, fault)


def _is_unsafe(name: str) -> bool:
    return (".." in name or name[0] == "/" or "\\" in name or "\0" in name) and leads_elsewhere(name)
