"""What a benchmark gets (Bench) and gives (Row)."""

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
    """small, large: RLDS version folders; the large one has the small one's records four times.
    scratch: folder for outputs, in memory where the machine has room.   disk: folder on a disk, for outputs as well.
    rounds:  how often each thing is measured.   limit: episodes for what takes a millisecond a step.
    pythons: name of a peer -> the interpreter that has it.
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
        """A folder that is not there yet, gone again afterwards."""
        folder = Path(tempfile.mkdtemp(dir=self.disk if disk else self.scratch))
        try:
            yield folder / "out"
        finally:
            shutil.rmtree(folder)


@dataclass(frozen=True)
class Row:
    """work: what was done.   rate, unit: how fast it went, or what the unit says.   peak_mb: most memory that it held.
    floor: the rate that it is held against.   ratio: rate to floor.
    """

    work: str
    rate: float
    unit: str = "steps/s"
    peak_mb: float | None = None
    floor: float | None = None
    ratio: float | None = None


def row(work: str, series: Series, floor: Series | None = None) -> Row:
    """The row of a thing measured, held against another that was measured in turn with it."""
    against = (floor.rate, series.over(floor)) if floor else (None, None)
    return Row(work, series.rate, "steps/s", series.peak_mb, *against)
