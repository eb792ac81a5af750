"""`vladata convert` as a user runs it: the time from start to end, and the memory of each of its processes.

Memory is read 20 times a second from VmHWM, which never falls, so only the growth in the last 50 ms of a process is missed.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.bench import RECIPE, SCHEMA
from benchmarks.measure import ROOT, Measured, Series, peak_mb

LOOK_EVERY = 0.05  # seconds


@dataclass(frozen=True)
class Commanded(Measured):
    """A measured command. peak_mb: memory of the largest worker.   parent_mb: memory of the process that the user started."""

    parent_mb: float = 0.0


def convert(source: Path, out: Path, workers: int = 1) -> Commanded:
    """Convert `source`, with its index from the cache if it is there."""
    command = [sys.executable, "-m", "vladata.cli.main", "convert", "rlds2vla", str(source), str(out)]
    return _timed([*command, "--schema", str(SCHEMA), "--recipe", RECIPE, "--workers", str(workers)])


def convert_web(source: Path, out: Path) -> Commanded:
    """Convert a web corpus with one worker, which makes the index first. The cache is next to `out`, and is removed with it."""
    command = [sys.executable, "-m", "vladata.cli.main", "convert", "web2vla", str(source), str(out)]
    cache = {"VLADATA_CACHE": str(out.parent / "cache")}
    return _timed([*command, "--schema", "cc3m", "--recipe", RECIPE], cache)


def _timed(command: list[str], environment: Mapping[str, str] | None = None) -> Commanded:
    command = [*command, "--json", "--quiet"]
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, **(environment or {})}
    )
    with _Watch(process.pid) as watch:
        summary, _ = process.communicate()
        seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"exit code {process.returncode}: {' '.join(command)}")
    worker_mb = max(watch.workers.values(), default=0.0)
    return Commanded(json.loads(summary)["samples"], seconds, worker_mb, "", watch.parent)


def beyond(small: Series, large: Series) -> tuple[float, float]:
    """Return (steps a second of the steps that only `large` has, seconds before the first step).

    They are computed from the medians of both, since the differences of single rounds are mostly noise.
    """
    rate = (large.steps - small.steps) / (large.seconds - small.seconds)
    return rate, small.seconds - small.steps / rate


@dataclass
class _Watch:
    """The memory of a process and of its child processes, while the block runs."""

    pid: int
    parent: float = 0.0
    workers: dict[int, float] = field(default_factory=dict)

    def __enter__(self) -> "_Watch":
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            self.parent = max(self.parent, peak_mb(self.pid))
            for pid in _children(self.pid):
                self.workers[pid] = max(self.workers.get(pid, 0.0), peak_mb(pid))


def _children(pid: int) -> list[int]:
    found = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in tasks.read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found
