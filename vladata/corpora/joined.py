"""Questions and their answers, which lie in two files, joined by the id that they share.

Both files are read in step. They nearly always have one order, so that a question finds its annotation at once; what comes
out of order waits, as JSON text, which takes a tenth of the memory of its objects. Whatever has not found its other half
when both files end is a record of its own, rejected: neither a question nor an annotation is lost.
"""

import json
from collections.abc import Iterator
from typing import Any

from vladata.corpora.annotations import FileRecords
from vladata.corpora.corpus import Corpus, CorpusFile, open_url
from vladata.corpora.examine import Examiner
from vladata.corpora.fields import follow
from vladata.corpora.record import Lost, Record
from vladata.errors import FormatError, SourceError, UnfitRecord
from vladata.formats.json_stream import Item, read_items
from vladata.sources.folder import explained

MOST_WAITING = 512 << 20
"""Bytes of questions and annotations that wait for their other half."""

ANNOTATIONS = 1 << 32
"""Where the numbers of records begin that are annotations and nothing else."""

Key = str | int


def question_records(corpus: Corpus, file: CorpusFile, examine: Examiner) -> Iterator[Record]:
    """The questions of a pair of files, in the order in which they and their annotations have both been read."""
    return _Join(corpus, file, examine).records()


class _Join:
    def __init__(self, corpus: Corpus, file: CorpusFile, examine: Examiner) -> None:
        assert corpus.spec.annotations is not None, "the spec's own check"
        self._spec, self._file, self._annotations = corpus.spec, file, corpus.spec.annotations
        self._make = FileRecords(corpus, examine)
        self._by = tuple(self._annotations.by.split("."))
        self._kept = {path.split(".")[0] for path in (*corpus.spec.reads, self._annotations.by)}
        self._waiting: tuple[dict[Key, tuple[int, str]], ...] = ({}, {})
        self._bytes = 0
        self._counts = [0, 0]

    def records(self) -> Iterator[Record]:
        sides = [
            _read(self._file.url, self._spec.records or ""),
            _read(self._file.annotations, self._annotations.records),
        ]
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

    def _taken(self, side: int, item: Item) -> Record | None:
        """The record that an item completes; None where its other half is still to come."""
        number = self._counts[side]
        self._counts[side] += 1
        if item.fault:
            return self._lost(side, item.fault, number)
        key = follow(item.value, self._by) if isinstance(item.value, dict) else None
        if not isinstance(key, str | int):
            what = f"a record without {self._annotations.by}"
            return self._lost(side, UnfitRecord("malformed_record", what, got=item.value), number)
        fields = {name: item.value[name] for name in item.value.keys() & self._kept}
        other = self._waiting[1 - side].pop(key, None)
        if other is None:
            return self._wait(side, key, number, fields)
        self._bytes -= len(other[1])
        halves = [(number, fields), (other[0], json.loads(other[1]))]
        (place, question), (_, annotation) = halves if side == 0 else reversed(halves)
        return self._whole(place, question, annotation)

    def _wait(self, side: int, key: Key, number: int, fields: dict[str, Any]) -> Record | None:
        waiting = self._waiting[side]
        if key in waiting:
            return self._lost(
                side, UnfitRecord("duplicate_key", f"{self._annotations.by} stands twice", got=key), number
            )
        text = json.dumps(fields)
        waiting[key] = number, text
        self._bytes += len(text)
        if self._bytes > MOST_WAITING:
            raise SourceError(
                "questions and annotations are in orders too different to be joined",
                where=f"{self._file.url}, {self._file.annotations}",
                allowed=f"{MOST_WAITING:,} bytes that wait",
                hint=f"Sort both by {self._annotations.by}.",
            )
        return None

    def _whole(self, number: int, question: dict[str, Any], annotation: dict[str, Any]) -> Record:
        for name in question.keys() & annotation.keys():
            if question[name] != annotation[name]:
                what = f"question and annotation do not agree on {name}"
                return Lost(
                    number, "", UnfitRecord("unmatched", what, got=f"{question[name]} and {annotation[name]}")
                )
        return self._make.record(number, "", question | annotation)

    def _left_over(self) -> Iterator[Record]:
        for side, what in enumerate(
            ("a question without its annotation", "an annotation without its question")
        ):
            for key, (number, _) in self._waiting[side].items():
                yield self._lost(
                    side, UnfitRecord("unmatched", what, where=f"{self._annotations.by} {key}"[:128]), number
                )

    def _lost(self, side: int, fault: Any, number: int | None = None) -> Record:
        """A record that is none."""
        number = self._counts[side] if number is None else number
        if side:
            number += ANNOTATIONS
            fault.where = f"annotations, {fault.where}" if fault.where else "annotations"
        return Lost(number, "", fault)


def _read(url: str, path: str) -> Iterator[Item]:
    with open_url(url) as opened, explained(url):
        yield from read_items(opened, path)
