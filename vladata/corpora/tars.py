"""Records of a tar: adjacent members with the same key, as in webdataset.

    000/0001.jpg   000/0001.txt   000/0001.json      key 000/0001, members jpg, txt, json
    0001.0.jpg     0001.1.jpg     0001.json          key 0001, members 0.jpg, 1.jpg, json

The key is the part of the name up to the first dot after the last slash, or up to the last dot if the declaration says so. Rule:
the bytes of a member are read while the archive is at it, and not kept; nothing is extracted or followed. An unsafe name, a link
instead of a member, and a member that appears twice make their record unfit.

Files that are not members of any record (strays.py) are counted but not read; they neither end nor split the record around them.
An unread file between two members of another record is treated in the same way; between two records it is a record without any
member, and rejected.

In an archive that is cut short or damaged, nothing after the fault is read, and the fault is a rejected record. The record before
the fault may lack members. It is kept if it has all members that the declaration reads, whole: its images and every text.
Otherwise it is this record that is rejected, with the fault as its reason. The end of an archive ends its last record. If several
archives were joined into one file, they are read one after the other.
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
"""The most keys of one archive that are held in memory."""
ASIDE = 64
"""The most entries that may be between two members of a record."""


def tar_records(corpus: Corpus, file: CorpusFile, examine: Examiner) -> Iterator[Record | Stray]:
    """Yield the records of one archive. If it cannot be read to its end, the last record has the fault."""
    yield from _Archive(corpus, file, examine).records()


class _Archive:
    """One archive while it is read.

    _record: the record whose members are being read; None before the first record and after the end.
    _aside:  entries after the last member of this record: other files within it, or the beginning of the next record.
    """

    def __init__(self, corpus: Corpus, file: CorpusFile, examine: Examiner) -> None:
        self._file, self._examine = file, examine
        self._members = Members(corpus.spec)
        self._strays = Strays(corpus.spec)
        self._record: TarRecord | None = None
        self._aside: list[tuple[str, str, Entry]] = []
        self._number = 0
        self._lacking: set[str] = set()  # keys of records that lacked a member
        self._apart: frozenset[str] = frozenset()  # keys whose members are not adjacent

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
        """Yield the records that end at an entry that is not a plain member of the open record."""
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
        """Return the open record of `key`. If there is none, begin one with the entries in `_aside`."""
        if self._record is None:
            self._record = TarRecord(self._number, key, self._members)
            self._number += 1
            for _, suffix, entry in self._aside:
                self._add(self._record, suffix, entry)
            self._aside.clear()
        return self._record

    def _ended(self, following: str) -> Iterator[Record | Stray]:
        """Yield the open record, and the records of the entries in `_aside`, except those with the key `following`."""
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
        """Yield the entries in `_aside`, which have one key, as a record if one is a file; else as strays."""
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
                "unsafe_name", "the name leads out of the archive", got=entry.name
            )
        else:
            record.add(suffix, entry, self._examine)

    def _whole(self, record: TarRecord) -> TarRecord:
        """Return a complete record. It becomes unfit if it lacks a member that is elsewhere in the archive."""
        if record.fault is None and not record.lacks_nothing():
            if not record.number:
                self._apart = self._keys_apart()
            if record.key in self._apart or record.key in self._lacking:
                record.fault = UnfitRecord(
                    "malformed_record",
                    "the members of this record are not adjacent in the archive",
                    got=", ".join(record.suffixes()) or "no member that is read",
                    allowed="members of a record side by side",
                    hint="Write the archive in the order of its names: `tar --sort=name -cf NEW.tar -C FOLDER .`",
                )
            elif len(self._lacking) < REMEMBERED:
                self._lacking.add(record.key)
        return record

    def _keys_apart(self) -> frozenset[str]:
        """Return the keys of the archive whose members are not adjacent. Called only if the first record lacks a member."""
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
