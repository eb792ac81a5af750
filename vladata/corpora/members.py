"""The fields that the records of a source really have: members of tars, columns, features, keys of JSON.

It is for a person who writes a declaration, or whose declaration does not fit. Rule: only the beginning of the first file is
read.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vladata.corpora.annotations import fields_of, items_of
from vladata.corpora.corpus import Corpus, CorpusFile, open_url, tfds_features
from vladata.corpora.file_kinds import other_kind
from vladata.corpora.parquet import ARROW_FAULTS, damaged
from vladata.corpora.strays import Strays
from vladata.errors import FormatError
from vladata.formats.foreign_tar import FILE, walk
from vladata.sources.folder import explained

RECORDS = 100
MOST = 200
"""The most names that are listed."""
DEEPEST = 3


def members(corpus: Corpus) -> dict[str, str]:
    """Return field of the records of the first file -> how often it appears, or its type, in words.

    Raises FormatError if the file does not have the declared layout.
    """
    file = corpus.files[0]
    if fault := other_kind(corpus, file):
        fault.where = file.name
        raise fault
    with explained(file.url):
        found = _READERS[corpus.spec.layout](corpus, file)
    return dict(islice(found.items(), MOST))


def _of_tar(corpus: Corpus, file: CorpusFile) -> Mapping[str, str]:
    strays, counts, keys = Strays(corpus.spec), Counter[str](), set[str]()
    with file.open() as opened:
        try:
            for entry in walk(opened, 0):
                key, suffix = strays.member(entry.name)
                if entry.kind is not FILE or not key:
                    continue
                keys.add(key)
                if len(keys) > RECORDS:
                    keys.discard(key)
                    break
                counts[suffix] += 1
        except FormatError:
            pass  # the rows of the file say it
    return {suffix: f"in {count:,} of {len(keys):,} records" for suffix, count in counts.items()}


def _of_parquet(corpus: Corpus, file: CorpusFile) -> Mapping[str, str]:
    with file.open() as opened:
        try:
            schema = pq.ParquetFile(opened).schema_arrow
        except ARROW_FAULTS as fault:
            raise damaged(fault) from None
    return dict(pair for field in schema for pair in _columns(field.name, field.type, 1))


def _columns(name: str, kind: pa.DataType, depth: int) -> Iterator[tuple[str, str]]:
    inner = kind.value_type if pa.types.is_list(kind) or pa.types.is_large_list(kind) else kind
    if pa.types.is_struct(inner) and depth < DEEPEST:
        for field in inner:
            yield from _columns(f"{name}.{field.name}", field.type, depth + 1)
    else:
        yield name, str(kind)[:64]


def _of_tfds(corpus: Corpus, file: CorpusFile) -> Mapping[str, str]:
    return {path.replace("/", "."): leaf.tfds_class for path, leaf in tfds_features(file).leaves.items()}


def _of_json(corpus: Corpus, file: CorpusFile) -> Mapping[str, str]:
    spec, found = corpus.spec, Counter[str]()
    lists = [
        (file.url, path)
        for path in (["images", "annotations"] if spec.layout == "coco" else [spec.records or ""])
    ]
    if spec.annotations:
        lists.append((file.annotations, spec.annotations.records))
    said: dict[str, str] = {}
    for url, path in lists:
        records = 0
        found.clear()
        with open_url(url) as opened, explained(url):
            try:
                for item in islice(items_of(opened, url, path, fields_of(spec)), RECORDS):
                    records += 1
                    found.update(list(dict.fromkeys(_keys("", item.value, 1))))
            except FormatError:
                pass  # the rows of the file say it
        head = f"{path}: " if len(lists) > 1 else ""
        said |= {f"{head}{name}": f"in {count:,} of {records:,} records" for name, count in found.items()}
    return said


def _keys(name: str, value: Any, depth: int) -> Iterator[str]:
    items = value[:1] if isinstance(value, list) else [value]
    if items and isinstance(items[0], dict) and depth <= DEEPEST:
        for key, inner in items[0].items():
            yield from _keys(f"{name}.{key}" if name else str(key), inner, depth + 1)
    elif name:
        yield name[:64]


_READERS: dict[str, Callable[[Corpus, CorpusFile], Mapping[str, str]]] = {
    "webdataset": _of_tar,
    "parquet": _of_parquet,
    "tfds": _of_tfds,
    "json": _of_json,
    "questions": _of_json,
    "coco": _of_json,
}
