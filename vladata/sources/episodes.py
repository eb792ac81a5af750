"""`vladata.episodes(SRC)`: the episodes of a dataset, one after another, raw or standardised by a schema.

Only the fields that the schema names are decoded. Every fault is raised, with file, record and byte; a conversion, instead,
counts bad episodes and continues.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from vladata.errors import FormatError, UnlistedEpisode
from vladata.records import Episode
from vladata.sources.readers import NATIVE, open_source
from vladata.sources.source import ShardFile, Source

if TYPE_CHECKING:
    from vladata.spec.dataset import DatasetSpec


def episodes(
    src: str | os.PathLike[str],
    schema: "str | os.PathLike[str] | DatasetSpec | None" = None,
    split: str = "train",
    reader: str = NATIVE,
    chain: str | None = None,
) -> Iterator[Episode]:
    """Return an iterator of the episodes of a split expression, in the order of its files.

    schema: the name of a shipped schema, the path of a YAML file, or a spec, by which episodes are standardised. None: episodes
            stay raw; texts are decoded to str (bytes that are not UTF-8 stay bytes), and images stay encoded.
    chain:  the name of the schema's action chain; None for its default.
    """
    source = open_source(src, reader)
    read = reading(source, schema, chain)
    return (episode for shard in source.shards(split) for episode in read(shard))


def reading(
    source: Source, schema: "str | os.PathLike[str] | DatasetSpec | None", chain: str | None
) -> Callable[[ShardFile], Iterator[Episode]]:
    """Return a function that reads the wanted episodes of a file. It serves all files of the source."""
    if schema is None:
        return partial(_read, source, None, _with_texts(source))
    from vladata.spec import find
    from vladata.spec.dataset import DatasetSpec
    from vladata.transforms.standardise import compile_chain

    named = os.fspath(schema) if isinstance(schema, os.PathLike) else schema
    spec = named if isinstance(named, DatasetSpec) else find.schema(named)
    standardise = compile_chain(spec, chain, source.step_columns, source.values)
    return partial(_read, source, standardise.wanted, standardise)


def _read(
    source: Source, wanted: frozenset[str] | None, finish: Callable[[Episode], Episode], shard: ShardFile
) -> Iterator[Episode]:
    found = 0
    for record in source.scan(shard):
        number = record.place.record
        if number >= shard.stop < shard.expected:
            break  # the rest of the file is not wanted
        if isinstance(record.fault, UnlistedEpisode):
            continue  # no split has it
        found += 1
        if not shard.start <= number < shard.stop:
            continue
        if record.fault is not None:
            raise record.fault
        yield finish(source.decode(shard.split, record.place, record.data, wanted))
    if found != shard.stop:
        raise FormatError(
            f"the file holds {found:,} records, but {source.counted_in} says {shard.expected:,}",
            where=f"{source.url}/{shard.file}",
            hint=f"The file or {source.counted_in} comes from a different version: fetch both again.",
        )


def _with_texts(source: Source) -> Callable[[Episode], Episode]:
    """Return a function that turns the texts of a raw episode into str."""
    texts = {name for name, leaf in source.columns.items() if leaf.kind == "text"}

    def decoded(values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: _text(value) if name in texts else value for name, value in values.items()}

    return lambda episode: replace(episode, steps=decoded(episode.steps), metadata=decoded(episode.metadata))


def _text(value: Any) -> Any:
    """Return bytes that are UTF-8 as str, also in lists; other values unchanged."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    return [_text(item) for item in value] if isinstance(value, list) else value
