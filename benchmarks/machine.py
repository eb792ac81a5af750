"""The machine of the measurements, the versions, and the other processes: a ratio needs a quiet machine, even within one run."""

import os
import platform
import resource
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "vladata",
    "numpy",
    "protobuf",
    "google-crc32c",
    "pyarrow",
    "simplejpeg",
    "pillow",
    "apache-beam",
    "tensorflow",
    "tensorflow-cpu",
    "tensorflow-datasets",
    "webdataset",
)


def machine() -> dict[str, Any]:
    """Return the processor, the number of cores that this process may use, the memory, Python and versions."""
    return {
        "cpu": _field("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(_field("/proc/meminfo", "MemTotal").split()[0]) * 1024 / 1e9, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


class Beside:
    """The load of other processes from the making of this object to `read`.

    cores:  mean number of cores that other processes kept busy.
    stolen: mean number of cores that the host gave to other machines.
    """

    def __init__(self) -> None:
        self._start = _now()

    def read(self) -> dict[str, float]:
        wall, busy, stolen, ours = (now - then for now, then in zip(_now(), self._start, strict=True))
        cores = {"others_cores": max(0.0, busy - ours) / wall, "stolen_cores": stolen / wall}
        return {"seconds": round(wall, 1), **{name: round(value, 2) for name, value in cores.items()}}


def _now() -> tuple[float, float, float, float]:
    """Return seconds: by the clock; busy on all cores; stolen; busy for this process and its ended child processes."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, stolen, *_ = map(int, file.readline().split()[1:])
    ticks = os.sysconf("SC_CLK_TCK")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    ours = sum(one.ru_utime + one.ru_stime for one in used)
    return time.monotonic(), (user + nice + system + irq + softirq) / ticks, stolen / ticks, ours


def _field(file: str, name: str) -> str:
    lines = Path(file).read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "0")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
