"""Episodes of an RLDS dataset for somebody's own pipeline."""

from collections.abc import Iterator
from dataclasses import replace

import apache_beam as beam

from vladata.beam.runners import noted
from vladata.records import Column, Episode, Place
from vladata.sources.rlds import ShardFile, Source, decode_episode, open_source, scan_shard
from vladata.spec.dataset import DatasetSpec
from vladata.spec.find import schema as find_schema
from vladata.transforms.standardise import compile_chain


class ReadShard(beam.DoFn):
    """ShardFile -> its Episodes, standardised where a schema is given."""

    def __init__(self, source: Source, spec: DatasetSpec | None, chain: str | None) -> None:
        self.source, self.spec, self.chain = source, spec, chain

    def process(self, shard: ShardFile) -> Iterator[Episode]:
        available = self.source.step_columns
        wanted = self.spec.columns(available, self.chain) if self.spec else None
        standardise = compile_chain(self.spec, self.chain, available) if self.spec else None
        with noted():
            for record in scan_shard(self.source, shard):
                if not shard.start <= record.number < shard.stop:
                    continue
                if record.fault:
                    raise record.fault
                place = Place(shard.file, shard.shard, record.number, record.offset, record.length)
                episode = decode_episode(self.source, shard.split, place, record.data, wanted)
                yield _portable(standardise(episode) if standardise else episode)


def _portable(episode: Episode) -> Episode:
    """The episode with its images as bytes: slices of a record cannot travel between workers."""
    return replace(episode, steps={name: _bytes(column) for name, column in episode.steps.items()})


def _bytes(column: Column) -> Column:
    if isinstance(column, list):
        return [bytes(value) if isinstance(value, memoryview) else value for value in column]
    return column


class ReadEpisodes(beam.PTransform):
    """Begins a pipeline with the episodes of an RLDS dataset: PCollection[Episode].

    src:    version folder or its parent, a path or an fsspec URL.
    schema: name or path of a dataset schema; None gives the raw episodes.
    split:  as TFDS writes it: "train", "train[:10%]", "train+val".
    chain:  the schema's action chain, None for its default.
    """

    def __init__(
        self, src: str, schema: str | None = None, split: str = "train", chain: str | None = None
    ) -> None:
        super().__init__()
        self.source = open_source(src)
        self.spec = find_schema(schema) if schema else None
        self.split, self.chain = split, chain

    def expand(self, root: beam.Pipeline) -> beam.PCollection[Episode]:
        return (
            root
            | "Files" >> beam.Create(list(self.source.shards(self.split)))
            | "Spread" >> beam.Reshuffle()
            | "Read" >> beam.ParDo(ReadShard(self.source, self.spec, self.chain))
        )
