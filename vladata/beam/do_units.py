"""The units of a planned job as a PTransform."""

from collections.abc import Iterable, Iterator

import apache_beam as beam

from vladata.beam.runners import noted
from vladata.robot import unit
from vladata.runs.attempt import OpenUnits
from vladata.shards.manifest import ShardEntry


class DoUnit(beam.DoFn):
    """Convert a unit: int (its number) -> ShardEntry of each shard that it wrote.

    open_units: opens the job of the output folder `url`, which also holds its plan.
    """

    def __init__(self, open_units: OpenUnits, url: str) -> None:
        self.open_units, self.url = open_units, url

    def setup(self) -> None:
        with noted():
            self.do = self.open_units(self.url)

    def process(self, number: int) -> Iterator[ShardEntry]:
        with noted():
            receipt = self.do(number)
        yield from receipt.shards


class DoUnits(beam.PTransform):
    """Begin a pipeline with units of any job; the result is a ShardEntry for each shard written.

    open_units, url: as in DoUnit.   units: numbers of the units to do.
    """

    def __init__(self, open_units: OpenUnits, url: str, units: Iterable[int]) -> None:
        super().__init__()
        self.open_units, self.url, self.units = open_units, url, list(units)

    def expand(self, root: beam.Pipeline) -> beam.PCollection[ShardEntry]:
        return (
            root
            | "Units" >> beam.Create(self.units)
            | "Spread" >> beam.Reshuffle()
            | "Convert" >> beam.ParDo(DoUnit(self.open_units, self.url))
        )


class ConvertUnits(DoUnits):
    """Begin a pipeline with units of a robot conversion; the result is a ShardEntry for each shard written.

        with vladata.begin(SRC, OUT, schema=..., recipe=...) as run:
            with beam.Pipeline() as pipeline:
                receipts = pipeline | ConvertUnits(run.url, run.units)
            run.commit()

    url:   the output folder, which holds the job and its plan.
    units: numbers of the units to do.
    """

    def __init__(self, url: str, units: Iterable[int]) -> None:
        super().__init__(unit.open_units, url, units)
