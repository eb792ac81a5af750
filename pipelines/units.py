"""The graph of every conversion: the units of a planned job, on any runner."""

from collections.abc import Sequence

import apache_beam as beam

from vladata.beam.do_units import DoUnits
from vladata.beam.runners import run_here
from vladata.runs.attempt import OpenUnits
from vladata.shards.manifest import ShardEntry


def build(
    root: beam.Pipeline, open_units: OpenUnits, url: str, units: Sequence[int]
) -> beam.PCollection[ShardEntry]:
    """Return the graph. open_units: opens a job of this kind, such as vladata.robot.unit.open_units for robot episodes."""
    return root | "Units" >> DoUnits(open_units, url, units)


def run(open_units: OpenUnits, url: str, units: Sequence[int]) -> None:
    """Do `units` of the job in the output folder `url`, in this process."""
    run_here(lambda root: build(root, open_units, url, units))
