"""The index of one file of a corpus: one part of the index of the corpus.

Every fault of a record is found here, before anything is planned: a broken image, a missing text, an unsafe name. Each becomes
a row with its reason. A file that is cut short, or of another kind than declared, gives the rows before the fault and one row
for the fault.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass

import pyarrow as pa

from vladata.corpora import passed_over
from vladata.corpora.annotations import json_records
from vladata.corpora.coco import coco_records
from vladata.corpora.corpus import Corpus, CorpusFile
from vladata.corpora.examine import Examiner
from vladata.corpora.fields import language_tag, name_of, number, taken_apart
from vladata.corpora.file_kinds import other_kind
from vladata.corpora.joined import question_records
from vladata.corpora.pairs import pair_maker
from vladata.corpora.parquet import parquet_records
from vladata.corpora.pictures import Pictures
from vladata.corpora.record import Lost, Record, Stray
from vladata.corpora.similarity import scored, scorer
from vladata.corpora.table import RowBuilder
from vladata.corpora.tars import tar_records
from vladata.corpora.tfds import tfds_records
from vladata.errors import DataError, FormatError, UnfitRecord

LONGEST_KEY = 256
READERS: dict[str, Callable[[Corpus, CorpusFile, Examiner], Iterator[Record | Stray]]] = {
    "webdataset": tar_records,
    "parquet": parquet_records,
    "json": json_records,
    "questions": question_records,
    "coco": coco_records,
    "tfds": tfds_records,
}


@dataclass(frozen=True, slots=True)
class CorpusIndexing:
    """The settings of the index of a corpus.

    source: the corpus.
    looks:  True if each image gets a perceptual hash, for which it is decoded.
    model:  the model or function that gives a similarity if the corpus has none (similarity.py); "" for no model.
    """

    source: Corpus
    looks: bool = False
    model: str = ""

    def indexer(self) -> "CorpusIndexer":
        """Open the indexer, which makes the rows."""
        return CorpusIndexer(self)


class CorpusIndexer:
    """A maker of the rows of the files of one corpus."""

    def __init__(self, indexing: CorpusIndexing) -> None:
        self.corpus = indexing.source
        self._score = scorer(indexing.model) if indexing.model else None
        spec = self.corpus.spec
        self._examine = Examiner(indexing.looks)
        self._pairs = pair_maker(spec)
        self._key = taken_apart(spec.key, spec) if spec.key else None
        self._similarity = taken_apart(spec.similarity, spec) if spec.similarity else None
        tells = spec.language.field if spec.language else None
        self._language = taken_apart(tells, spec) if tells else None
        self._constant = (spec.language.constant if spec.language else None) or ""

    def part(self, file: CorpusFile, most: int | None = None) -> pa.Table:
        """Return the rows of every record of one file, or of its first `most` records."""
        table = RowBuilder(file.name, file.shard)
        records = _records(self.corpus, file, self._examine)
        strays: Counter[str] = Counter()
        left = -1 if most is None else most
        while left and (record := next(records, None)) is not None:
            if isinstance(record, Stray):
                strays[record.what] += 1
                continue
            self._add(table, file, record)
            left -= 1
        rows = passed_over.noted(table.whole(), strays)
        return scored(rows, Pictures(self.corpus).read, self._score) if self._score else rows

    def _add(self, table: RowBuilder, file: CorpusFile, record: Record) -> None:
        """Add the rows of one record."""
        key = record.key[:LONGEST_KEY]
        if self._key is not None:
            key = name_of(record.value(self._key)) or key
        if record.fault is not None:
            _reject(table, file, record, 0, key, record.fault)
            return
        language = self._constant
        if self._language is not None:
            language = language_tag(record.value(self._language))
        similarity = None if self._similarity is None else number(record.value(self._similarity))
        pair = 0
        try:
            for made in self._pairs(record):
                if isinstance(made, DataError):
                    _reject(table, file, record, pair, key, made)
                else:
                    task, context, question, answers, images = made
                    table.add(
                        record.number,
                        pair,
                        key,
                        task,
                        language,
                        context,
                        question,
                        answers,
                        images,
                        similarity,
                    )
                pair += 1
        except (DataError, FormatError) as fault:
            _reject(table, file, record, pair, key, fault)
            return
        if not pair:
            _reject(
                table,
                file,
                record,
                0,
                key,
                UnfitRecord("missing_text", "the record has no pair"),
            )


def _records(corpus: Corpus, file: CorpusFile, examine: Examiner) -> Iterator[Record | Stray]:
    """Return the records of one file. A file of another kind than declared is a single lost record."""
    fault = other_kind(corpus, file)
    if fault:
        return iter((Lost(0, "", fault),))
    return READERS[corpus.spec.layout](corpus, file, examine)


def _reject(
    table: RowBuilder, file: CorpusFile, record: Record, pair: int, key: str, fault: DataError | FormatError
) -> None:
    table.add(record.number, pair, key, reason=fault.reason, says=_says(file, record, key, fault))


def _says(file: CorpusFile, record: Record, key: str, fault: DataError | FormatError) -> str:
    """Return the text of a fault after its place, which the code that found the fault does not know.

    The key comes from the data, so it is cut like all data in a message.
    """
    named = f" ({key[:64]})" if key else ""
    where = f"{file.name}, record {record.number}{named}"
    found = copy(fault)
    found.where = f"{where}, {fault.where}" if fault.where else where
    return str(found).encode("utf-8", "backslashreplace").decode()
