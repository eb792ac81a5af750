"""The graph of every conversion: units of a planned job, done by whatever runner."""

from collections.abc import Sequence

import apache_beam as beam

from vladata.beam.do_units import DoUnits
from vladata.beam.runners import run_here
from vladata.runs.attempt import OpenUnits
from vladata.shards.manifest import ShardEntry


def build(
    root: beam.Pipeline, open_units: OpenUnits, url: str, units: Sequence[int]
) -> beam.PCollection[ShardEntry]:
    """open_units: a wing's own, vladata.robot.unit.open_units for robot episodes."""
    return root | "Units" >> DoUnits(open_units, url, units)


def run(open_units: OpenUnits, url: str, units: Sequence[int]) -> None:
    """Does `units` of the job in the output folder `url`, in this process."""
    run_here(lambda root: build(root, open_units, url, units))
