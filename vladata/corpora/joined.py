"""Questions and their answers, which are in two files, joined by the id that they share.

Both files are read side by side. They nearly always have the same order, so that a question finds its annotation immediately. A
record that comes out of order waits as JSON text, which takes a tenth of the memory of its objects. A record that has not found
its other half when both files end is rejected, so neither a question nor an annotation is lost.

Rule: a question has one annotation, and an annotation one question. Records whose id appears twice in either file are rejected,
since their order tells nothing. To find these, the ids of both files are read once before joining. Ids are compared by the rules
of ids.py.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from vladata.corpora.annotations import FileRecords
from vladata.corpora.corpus import Corpus, CorpusFile, open_url
from vladata.corpora.examine import Examiner
from vladata.corpora.fields import follow
from vladata.corpora.ids import WAY_OUT, Repeated, alike, id_of, kind_of, same
from vladata.corpora.record import Lost, Record
from vladata.errors import FormatError, SourceError, Unfit, UnfitRecord
from vladata.formats.json_stream import Item, read_items
from vladata.sources.folder import explained

MOST_WAITING = 512 << 20
"""The most bytes of questions and annotations that wait for their other half."""

ANNOTATIONS = 1 << 32
"""The first record number of annotations that have no question."""

SIDES = ("question", "annotation")


class _Half(NamedTuple):
    """A question or an annotation that waits. id: its id as the file has it.   fields: its fields as JSON text."""

    number: int
    id: Any
    fields: str


def question_records(corpus: Corpus, file: CorpusFile, examine: Examiner) -> Iterator[Record]:
    """Yield the questions of a pair of files, each as soon as it and its annotation have been read."""
    return _Join(corpus, file, examine).records()


class _Join:
    def __init__(self, corpus: Corpus, file: CorpusFile, examine: Examiner) -> None:
        assert corpus.spec.annotations is not None, "the spec's own check"
        self._spec, self._file, self._annotations = corpus.spec, file, corpus.spec.annotations
        self._make = FileRecords(corpus, examine)
        self._by = tuple(self._annotations.by.split("."))
        self._kept = {path.split(".")[0] for path in (*corpus.spec.reads, self._annotations.by)}
        self._waiting: tuple[dict[str, _Half], ...] = ({}, {})
        self._bytes = 0
        self._counts = [0, 0]
        self._repeated: tuple[Repeated, ...] = ()

    def records(self) -> Iterator[Record]:
        self._repeated = tuple(Repeated(self._ids(side)) for side in (0, 1))
        sides = [self._items(side) for side in (0, 1)]
        open_sides = [0, 1]
        while open_sides:
            for side in list(open_sides):
                try:
                    item = next(sides[side], None)
                except FormatError as fault:
                    yield self._lost(side, fault)
                    item = None
                if item is None:
                    open_sides.remove(side)
                elif record := self._taken(side, item):
                    yield record
        yield from self._left_over()

    def _items(self, side: int) -> Iterator[Item]:
        url = self._file.annotations if side else self._file.url
        path = self._annotations.records if side else self._spec.records or ""
        with open_url(url) as opened, explained(url):
            yield from read_items(opened, path)

    def _ids(self, side: int) -> Iterator[str]:
        """Yield the ids of one file, up to the place where it is damaged. side: 0 for questions, 1 for annotations."""
        try:
            for item in self._items(side):
                key = id_of(self._id(item), self._spec.ids)
                if key is not None:
                    yield key
        except FormatError:
            return

    def _id(self, item: Item) -> Any:
        return follow(item.value, self._by) if isinstance(item.value, dict) else None

    def _taken(self, side: int, item: Item) -> Record | None:
        """Return the record that an item completes, or None if its other half is still to come."""
        number = self._counts[side]
        self._counts[side] += 1
        if item.fault:
            return self._lost(side, item.fault, number)
        found = self._id(item)
        key = id_of(found, self._spec.ids)
        if key is None:
            return self._lost(side, self._no_id(item, found), number)
        for which, ids in enumerate(self._repeated):
            if key in ids:
                return self._lost(side, self._ambiguous(side, which, found), number)
        fields = {name: item.value[name] for name in item.value.keys() & self._kept}
        other = self._waiting[1 - side].pop(key, None)
        if other is None:
            self._wait(side, key, _Half(number, found, json.dumps(fields)))
            return None
        self._bytes -= len(other.fields)
        halves = [(number, fields), (other.number, json.loads(other.fields))]
        (place, question), (_, annotation) = halves if side == 0 else reversed(halves)
        return self._whole(place, question, annotation)

    def _no_id(self, item: Item, found: Any) -> UnfitRecord:
        by = self._annotations.by
        if found is None:
            return UnfitRecord("malformed_record", f"a record without {by}", got=item.value)
        allowed = "whole numbers, also as text" if self._spec.ids == "number" else "numbers and text"
        return UnfitRecord(
            "malformed_record", "the id cannot be joined", where=by, got=found, allowed=allowed
        )

    def _ambiguous(self, side: int, which: int, found: Any) -> UnfitRecord:
        what = f"several {SIDES[which]}s have this id, so it is unknown which {SIDES[1 - which]} belongs to which"
        reason: Unfit = "duplicate_key" if side == which else "unmatched"
        return UnfitRecord(reason, what, where=self._annotations.by, got=found)

    def _wait(self, side: int, key: str, half: _Half) -> None:
        self._waiting[side][key] = half
        self._bytes += len(half.fields)
        if self._bytes > MOST_WAITING:
            raise SourceError(
                "the orders of questions and annotations are too different to join them",
                where=f"{self._file.url}, {self._file.annotations}",
                allowed=f"{MOST_WAITING:,} bytes that wait",
                hint=f"Sort both by {self._annotations.by}.",
            )

    def _whole(self, number: int, question: dict[str, Any], annotation: dict[str, Any]) -> Record:
        for name in question.keys() & annotation.keys():
            one, other = question[name], annotation[name]
            if not same(one, other, self._spec.ids):
                what, hint = f"question and annotation do not agree on {name}", ""
                if alike(one) is not None and alike(one) == alike(other):
                    what, hint = f"{what}: it is {kind_of(one)} and {kind_of(other)}", WAY_OUT
                got = f"{one!r} and {other!r}"
                return Lost(number, "", UnfitRecord("unmatched", what, got=got, hint=hint))
        return self._make.record(number, "", annotation | question)

    def _left_over(self) -> Iterator[Record]:
        loose = [{alike(half.id): half.id for half in waiting.values()} for waiting in self._waiting]
        for side, what in enumerate(
            ("a question without its annotation", "an annotation without its question")
        ):
            for half in self._waiting[side].values():
                where = f"{self._annotations.by} {half.id!r}"[:128]
                other = loose[1 - side].get(alike(half.id))
                fault = UnfitRecord("unmatched", what, where=where)
                if other is not None and self._spec.ids == "exact":
                    fault.what += f"; its id is {kind_of(half.id)}, and {SIDES[1 - side]} {other!r} has {kind_of(other)}"
                    fault.hint = WAY_OUT
                yield self._lost(side, fault, half.number)

    def _lost(self, side: int, fault: Any, number: int | None = None) -> Record:
        """Return a lost record with the error `fault`."""
        number = self._counts[side] if number is None else number
        if side:
            number += ANNOTATIONS
            fault.where = f"annotations, {fault.where}" if fault.where else "annotations"
        return Lost(number, "", fault)
