"""The measurement of one work in a process of its own, and of several works in turn.

The process times its own work, without its imports, and prints the result as a line of JSON. Its memory is VmHWM. (ru_maxrss is
wrong for this, since on Linux a process inherits it from the process that started it.)
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """One measurement.

    steps:   number of RLDS steps that became samples, or that were read if no samples are made.
    peak_mb: most memory in megabytes of 1,000,000 bytes.
    """

    steps: int
    seconds: float
    peak_mb: float
    work: str = ""

    @property
    def rate(self) -> float:
        return self.steps / self.seconds


@dataclass(frozen=True)
class Series:
    """The measurements of one work, one for each round."""

    each: tuple[Measured, ...]

    @property
    def steps(self) -> int:
        return self.each[0].steps

    @property
    def rate(self) -> float:
        return median(one.rate for one in self.each)

    @property
    def seconds(self) -> float:
        return median(one.seconds for one in self.each)

    @property
    def peak_mb(self) -> float:
        return max(one.peak_mb for one in self.each)

    def over(self, other: "Series") -> float:
        """Return the ratio of this rate to that of `other`, which was measured in the same rounds."""
        return median(one.rate / two.rate for one, two in zip(self.each, other.each, strict=True))


def in_turn(rounds: int, works: Mapping[str, Callable[[], Measured]]) -> dict[str, Series]:
    """Measure each work once in each round, every second round backwards, so that changes of the machine affect all works."""
    found: dict[str, list[Measured]] = {name: [] for name in works}
    for turn in range(rounds):
        for name in list(works)[:: -1 if turn % 2 else 1]:
            found[name].append(works[name]())
    return {name: Series(tuple(each)) for name, each in found.items()}


def process(module: str, *arguments: object) -> list[Measured]:
    """Return the measurements that a new process prints which runs `module` of this package."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    return [Measured(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]


def one(module: str, *arguments: object) -> Measured:
    """Return the only measurement of such a process."""
    (measured,) = process(module, *arguments)
    return measured


def tell(steps: int, seconds: float, work: str = "") -> None:
    """Print a measurement of this process as a line of JSON."""
    print(json.dumps(asdict(Measured(steps, seconds, peak_mb("self"), work))), flush=True)


def peak_mb(pid: int | str) -> float:
    """Return the most memory that a process held, in megabytes; 0 if the process has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    kibibytes = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), "0")
    return int(kibibytes) * 1024 / 1e6
