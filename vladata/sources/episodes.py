"""`vladata.episodes(SRC)`: the episodes of a dataset, one after another, raw or standardised by a schema.

Rule: only what the schema names is decoded. Whatever is wrong is raised, with file, record and byte: who wants to go on
past bad episodes, and have them booked, converts.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vladata.errors import FormatError
from vladata.records import Episode, Place
from vladata.sources.rlds import Reader, ShardFile, Source, decode_episode, open_source, scan_shard

if TYPE_CHECKING:
    from vladata.spec.dataset import DatasetSpec


def episodes(
    src: str | os.PathLike[str],
    schema: "str | os.PathLike[str] | DatasetSpec | None" = None,
    split: str = "train",
    reader: Reader = "native",
) -> Iterator[Episode]:
    """The episodes of a split expression, in the order of its files.

    schema: name of a shipped schema, path of a YAML file, or a spec: episodes are standardised. None: they are raw, texts
            decoded to str (bytes that are not UTF-8 stay bytes) and images left encoded.
    """
    source = open_source(src, reader)
    shards = source.shards(split)
    if schema is None:
        return _read(source, shards, None, _with_texts(source))
    wanted, finish = _standardiser(source, schema)
    return _read(source, shards, wanted, finish)


def _read(
    source: Source,
    shards: tuple[ShardFile, ...],
    wanted: frozenset[str] | None,
    finish: Callable[[Episode], Episode],
) -> Iterator[Episode]:
    for shard in shards:
        found = 0
        for record in scan_shard(source, shard):
            if record.number >= shard.stop < shard.expected:
                break  # the rest of the file is not wanted
            found += 1
            if record.number < shard.start:
                continue
            if record.fault is not None:
                raise record.fault
            place = Place(shard.file, shard.shard, record.number, record.offset, record.length)
            yield finish(decode_episode(source, shard.split, place, record.data, wanted))
        if found != shard.stop:
            raise FormatError(
                f"the file holds {found:,} records, dataset_info.json says {shard.expected:,}",
                where=source.folder.path(shard.file),
                hint="The file or dataset_info.json comes from another version: fetch both again.",
            )


def _standardiser(
    source: Source, schema: "str | os.PathLike[str] | DatasetSpec"
) -> tuple[frozenset[str], Callable[[Episode], Episode]]:
    """The columns that a schema needs, and what it makes of them."""
    from vladata.spec import find
    from vladata.transforms.standardise import standardise

    spec = find.schema(os.fspath(schema)) if isinstance(schema, str | os.PathLike) else schema
    return spec.columns(source.columns, None), lambda episode: standardise(episode, spec)


def _with_texts(source: Source) -> Callable[[Episode], Episode]:
    """What turns the texts of a raw episode into str."""
    texts = {name for name, leaf in source.columns.items() if leaf.kind == "text"}

    def decoded(values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: _text(value) if name in texts else value for name, value in values.items()}

    return lambda episode: replace(episode, steps=decoded(episode.steps), metadata=decoded(episode.metadata))


def _text(value: Any) -> Any:
    """Bytes as str where they are UTF-8, in lists too."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    return [_text(item) for item in value] if isinstance(value, list) else value
