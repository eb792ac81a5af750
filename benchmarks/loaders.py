"""`vladata.load`, compared with other loaders and with the bare decoder, which is the limit: the same JPEGs, batches of 32.

Kept equal: 24,000 samples of about 28 KB, 256 x 256, from the converted small dataset; random order; 224 x 224 uint8; the same
decoding call for all (peers.py). `floor` is the limit: two threads that decode JPEGs from memory. Each is measured in turn, alone
in a process. peak_mb is the largest sum of the proportional memory (PSS) of its processes; "first batch" counts from the end of
the imports. Peers that are not installed are named and skipped; `--python lerobot=PATH` gives a peer its own Python interpreter.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import command, peer_data
from benchmarks.bench import Bench, Row
from benchmarks.measure import ROOT, Measured, Series, in_turn

WORKS = (
    ("limit", 0),
    ("ours", 2),
    *(
        (name, workers)
        for name in ("torch_arrow", "webdataset", "grain", "hugging_face", "lerobot")
        for workers in (0, 2)
    ),
)
LOOK_EVERY = 0.25  # seconds
PEERS = ROOT / "benchmarks" / "peers.py"


@dataclass(frozen=True)
class Loaded(Measured):
    """A measured loader. first_s: seconds from the end of the imports to the first batch."""

    first_s: float = 0.0


def main(bench: Bench) -> Iterator[Row]:
    folder = bench.disk / "loaders"
    output = folder / "output"
    if not (output / "manifest.json").exists():
        command.convert(bench.small, output)
    peer_data.write(output, folder)
    if "lerobot" in bench.pythons and not (folder / "lerobot").exists():
        maker = [bench.pythons["lerobot"], ROOT / "benchmarks" / "peer_data.py", "--lerobot", folder]
        subprocess.run(list(map(str, maker)), check=True)
    works = {}
    for name, workers in WORKS:
        measured = partial(_measured, bench, folder, name, workers)
        if missing := _missing(measured):
            print(f"# {name}: {missing}", file=sys.stderr, flush=True)
            continue
        works[name if name in ("limit", "ours") else f"{name}, {workers} workers"] = measured
    yield from _rows(in_turn(bench.rounds, works))


def _rows(found: dict[str, Series]) -> Iterator[Row]:
    limit = found["limit"]
    for name, series in found.items():
        yield Row(f"load: {name}", series.rate, "samples/s", series.peak_mb, limit.rate, series.over(limit))
    for name, series in found.items():
        if name != "limit":
            firsts = [each.first_s for each in series.each if isinstance(each, Loaded)]
            yield Row(f"first batch: {name}", median(firsts), "s", series.peak_mb)


def _missing(measured: "partial[Loaded]") -> str:
    """Run a peer with a few samples, and return the reason if it cannot run; else ""."""
    try:
        measured(samples=64)
    except RuntimeError as fault:
        return str(fault)
    return ""


def _measured(bench: Bench, folder: Path, name: str, workers: int, samples: int = 9_600) -> Loaded:
    """Measure one peer in a process of its own."""
    python = bench.pythons.get(name, sys.executable)
    asked = [python, PEERS, name, folder, "--workers", workers, "--samples", samples]
    place = {**os.environ, "PYTHONPATH": str(ROOT)} if python == sys.executable else dict(os.environ)
    process = subprocess.Popen(
        list(map(str, asked)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=place,
        start_new_session=True,
    )
    over, peak = threading.Event(), [0.0]

    def watch() -> None:
        while not over.wait(LOOK_EVERY):
            peak[0] = max(peak[0], sum(map(_pss_mb, _tree(process.pid))))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        out, err = process.communicate()
    finally:
        over.set()
        watcher.join()
    line = next((line for line in out.splitlines() if line.startswith('{"first_s"')), None)
    if line is None:
        raise RuntimeError((err.strip().splitlines() or ["it says nothing"])[-1])
    told = json.loads(line)
    return Loaded(told["samples"], told["seconds"], peak[0], name, told["first_s"])


def _tree(pid: int) -> list[int]:
    """Return the ids of a process and of its descendants."""
    found, left = [], [pid]
    while left:
        found.append(one := left.pop())
        for tasks in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                left += map(int, tasks.read_text().split())
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def _pss_mb(pid: int) -> float:
    """Return the memory of a process in megabytes, with its share of shared pages; 0 if the process has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0.0
    kibibytes = next((line.split()[1] for line in lines if line.startswith("Pss:")), "0")
    return int(kibibytes) * 1024 / 1e6
