"""Episodes of a robot dataset for a pipeline of your own."""

from collections.abc import Iterator
from dataclasses import replace

import apache_beam as beam

from vladata.beam.runners import noted
from vladata.records import Column, Episode
from vladata.sources.episodes import reading
from vladata.sources.readers import NATIVE, open_source
from vladata.sources.source import ShardFile, Source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.find import schema as find_schema


class ReadShard(beam.DoFn):
    """Read a ShardFile -> its Episodes, standardised if a schema is given."""

    def __init__(self, source: Source, spec: DatasetSpec | None, chain: str | None) -> None:
        self.source, self.spec, self.chain = source, spec, chain

    def process(self, shard: ShardFile) -> Iterator[Episode]:
        with noted():
            yield from map(_portable, reading(self.source, self.spec, self.chain)(shard))


def _portable(episode: Episode) -> Episode:
    """Return the episode with its images as bytes: slices of a record cannot travel between workers."""
    return replace(episode, steps={name: _bytes(column) for name, column in episode.steps.items()})


def _bytes(column: Column) -> Column:
    if isinstance(column, list):
        return [bytes(value) if isinstance(value, memoryview) else value for value in column]
    return column


class ReadEpisodes(beam.PTransform):
    """Begin a pipeline with the episodes of a robot dataset: PCollection[Episode].

    src:    the folder of the dataset (for TFDS a version folder or its parent), a path or an fsspec URL.
    schema: name or path of a dataset schema; None gives the raw episodes.
    split:  as TFDS writes it: "train", "train[:10%]", "train+val".
    chain:  the schema's action chain, None for its default.
    reader: the name of a reader, as in --reader.
    """

    def __init__(
        self,
        src: str,
        schema: str | None = None,
        split: str = "train",
        chain: str | None = None,
        reader: str = NATIVE,
    ) -> None:
        super().__init__()
        self.source = open_source(src, reader)
        self.spec = find_schema(schema) if schema else None
        self.split, self.chain = split, chain

    def expand(self, root: beam.Pipeline) -> beam.PCollection[Episode]:
        return (
            root
            | "Files" >> beam.Create(list(self.source.shards(self.split)))
            | "Spread" >> beam.Reshuffle()
            | "Read" >> beam.ParDo(ReadShard(self.source, self.spec, self.chain))
        )
