"""The conversion graph: units of a planned job, done by whatever runner."""

from collections.abc import Sequence

import apache_beam as beam

from vladata.beam.convert_units import ConvertUnits
from vladata.beam.runners import run_here
from vladata.runs.receipts import ShardReceipt


def build(root: beam.Pipeline, url: str, units: Sequence[int]) -> beam.PCollection[ShardReceipt]:
    return root | "Units" >> ConvertUnits(url, units)


def run(url: str, units: Sequence[int]) -> None:
    """Does `units` of the job in the output folder `url`, in this process."""
    run_here(lambda root: build(root, url, units))
