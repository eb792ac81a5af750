"""The input (Bench) and output (Row) of a benchmark."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import Series

SCHEMA = Path(__file__).with_name("synth_robot.yaml")
RECIPE = "rt2-pali-x"


@dataclass(frozen=True)
class Bench:
    """The input of a benchmark.

    small, large: RLDS version folders; the large one has the records of the small one four times.
    scratch: folder for outputs, in memory if the machine has room.
    disk:    folder for outputs on a disk.
    rounds:  number of measurements of each work.
    limit:   number of episodes for work that takes a millisecond a step.
    pythons: name of a peer -> the Python interpreter that has it.
    """

    small: Path
    large: Path
    scratch: Path
    disk: Path
    rounds: int
    limit: int
    pythons: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def out(self, disk: bool = False) -> Iterator[Path]:
        """Give the path of a folder that does not exist yet, and remove the folder afterwards."""
        folder = Path(tempfile.mkdtemp(dir=self.disk if disk else self.scratch))
        try:
            yield folder / "out"
        finally:
            shutil.rmtree(folder)


@dataclass(frozen=True)
class Row:
    """A line of the result.

    work:    the name of the work.
    rate:    its speed, or another number of the unit.
    peak_mb: the most memory that it held.
    floor:   the rate that it is compared with.
    ratio:   rate divided by floor.
    """

    work: str
    rate: float
    unit: str = "steps/s"
    peak_mb: float | None = None
    floor: float | None = None
    ratio: float | None = None


def row(work: str, series: Series, floor: Series | None = None) -> Row:
    """Return the row of a work, compared with `floor`, which was measured in turn with it."""
    against = (floor.rate, series.over(floor)) if floor else (None, None)
    return Row(work, series.rate, "steps/s", series.peak_mb, *against)
