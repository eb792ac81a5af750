"""The units of a planned job as a PTransform."""

from collections.abc import Iterable, Iterator

import apache_beam as beam

from vladata.beam.runners import noted
from vladata.convert.job import open_job
from vladata.convert.receipts import ShardReceipt
from vladata.convert.unit import Conversion


class ConvertUnit(beam.DoFn):
    """int (a unit's number) -> ShardReceipt of each shard that the unit wrote.

    url: the output folder, where the job and its plan lie.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def setup(self) -> None:
        with noted():
            output, job, self.plan = open_job(self.url)
            self.convert = Conversion(output, job)

    def process(self, number: int) -> Iterator[ShardReceipt]:
        with noted():
            receipt = self.convert(self.plan[number])
        yield from receipt.shards


class ConvertUnits(beam.PTransform):
    """Begins a pipeline with units of a conversion; gives a ShardReceipt for each shard written.

        with vladata.convert.run.begin(settings) as run:
            with beam.Pipeline() as pipeline:
                receipts = pipeline | ConvertUnits(run.url, run.units)
            run.commit()

    url:   the output folder, where the job and its plan lie.
    units: numbers of the units to do.
    """

    def __init__(self, url: str, units: Iterable[int]) -> None:
        super().__init__()
        self.url, self.units = url, list(units)

    def expand(self, root: beam.Pipeline) -> beam.PCollection[ShardReceipt]:
        return (
            root
            | "Units" >> beam.Create(self.units)
            | "Spread" >> beam.Reshuffle()
            | "Convert" >> beam.ParDo(ConvertUnit(self.url))
        )
