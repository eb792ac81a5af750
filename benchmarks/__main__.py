"""Run all benchmarks or the named ones: print a row for each measurement, then the machine and its other processes."""

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.bench import Bench, Row
from benchmarks.machine import Beside, machine

NAMES = (
    *(
        "convert",
        "index",
        "selection",
        "filters",
        "resize",
        "episodes",
        "pictures",
        "workers",
        "beam",
        "sync",
    ),
    *(
        "readers",
        "array_record",
        "reads",
        "windows",
        "codecs",
        "tasks",
        "web",
        "mix",
        "loaders",
        "large",
        "hdf5",
    ),
)
DOCTOR, FAST = "doctor", "fast"  # count findings: they need no data and no quiet machine, and run alone
HEAD = f"{'work':<46}{'rate':>10} {'unit':<8}{'peak_mb':>8}{'floor':>10}{'ratio':>8}"
IN_MEMORY = Path("/dev/shm")
ROOM = 1.5  # memory for the largest output and other files, in sizes of the large dataset


def main() -> None:
    given = _parsed()
    if DOCTOR in given.names:
        import_module(f"benchmarks.{DOCTOR}").table(given.seeds, _say)
        return
    if FAST in given.names:
        import_module(f"benchmarks.{FAST}").table(os.environ.get("VLADATA_REAL_DATA"), _say)
        return
    folder = given.data.absolute()
    episodes, rounds, limit = (40, 1, 10) if given.quick else (400, given.rounds, 100)
    small, large = data.small(folder, episodes), data.large(folder, episodes)
    scratch = _scratch(large)
    os.environ["VLADATA_CACHE"] = str(scratch / "cache")  # so that each run makes its own index
    try:
        bench = Bench(small, large, scratch, folder, rounds, limit, dict(given.python))
        report = _run(bench, given.names or NAMES, (lambda text: None) if given.json else _say)
    finally:
        shutil.rmtree(scratch)
    if given.json:
        print(json.dumps(report, indent=2))


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join(NAMES)}, all when none is given; or {DOCTOR}, {FAST}",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the rows")
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the data, once: shows that it runs, no figures"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each thing is measured")
    default = os.environ.get("VLADATA_BENCH_DATA", "out/bench")
    parser.add_argument(
        "--data", type=Path, default=Path(default), help="folder that keeps the data, 1.4 GB; mix 6 GB more"
    )
    parser.add_argument("--seeds", type=int, default=20, help="of doctor: how many datasets a fault")
    parser.add_argument(
        "--python",
        type=_python,
        action="append",
        default=[],
        metavar="PEER=PATH",
        help="of loaders: the interpreter that has a peer",
    )
    given = parser.parse_args()
    for name in given.names:
        if name not in (*NAMES, DOCTOR, FAST):
            parser.error(f'no benchmark is called "{name}"; there are {", ".join((*NAMES, DOCTOR, FAST))}')
        if name in (DOCTOR, FAST) and len(given.names) > 1:
            parser.error(f"{name} goes alone")
    return given


def _python(text: str) -> tuple[str, str]:
    peer, _, path = text.partition("=")
    return peer, path


def _scratch(large: Path) -> Path:
    """Return a new folder in memory if there is room for the outputs, else in the folder of temporary files."""
    need = ROOM * sum(file.stat().st_size for file in large.iterdir())
    roomy = IN_MEMORY.is_dir() and min(shutil.disk_usage(IN_MEMORY).free, _memory()) > need
    return Path(tempfile.mkdtemp(prefix="vladata-bench-", dir=IN_MEMORY if roomy else None))


def _memory() -> int:
    """Return the bytes of memory that are available."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))


def _run(bench: Bench, names: Sequence[str], say: Callable[[str], None]) -> dict[str, Any]:
    report: dict[str, Any] = {"machine": machine(), "outputs": str(bench.scratch), "rounds": bench.rounds}
    report |= {"load_before": os.getloadavg(), "benchmarks": {}}
    say(HEAD)
    for name in names:
        beside, rows = Beside(), []
        for row in import_module(f"benchmarks.{name}").main(bench):
            rows.append(vars(row))
            say(_text(row))
        report["benchmarks"][name] = {"rows": rows, **beside.read()}
        say(_beside(name, report["benchmarks"][name]))
    report["load_after"] = os.getloadavg()
    say(_closing(report))
    return report


def _say(text: str) -> None:
    print(text, flush=True)


def _text(row: Row) -> str:
    peak, floor, ratio = (_number(value) for value in (row.peak_mb, row.floor, row.ratio))
    return f"{row.work:<46}{_number(row.rate):>10} {row.unit:<8}{peak:>8}{floor:>10}{ratio:>8}".rstrip()


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def _beside(name: str, beside: Mapping[str, Any]) -> str:
    others, stolen = beside["others_cores"], beside["stolen_cores"]
    return f"# {name}: {beside['seconds']} s; other processes took {others} cores, other machines {stolen}\n"


def _closing(report: Mapping[str, Any]) -> str:
    there, before, after = report["machine"], report["load_before"], report["load_after"]
    versions = ", ".join(f"{name} {version}" for name, version in there["versions"].items())
    return (
        f"# {there['cpu']}, {there['cores']} cores, {there['memory_gb']} GB; {there['system']}\n"
        f"# load average {before[0]:.2f} before, {after[0]:.2f} after; {report['rounds']} rounds; "
        f"outputs in {report['outputs']}\n"
        f"# Python {there['python']}, {versions}"
    )


if __name__ == "__main__":
    main()
