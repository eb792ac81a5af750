"""Parts of `vladata mix`, each alone in a process: `python -m benchmarks.mixing WHAT OUT NAME=FOLDER ... [--keep 10%] [--cap N]`.

plan     from the sources' manifests and indexes to a plan in memory; every sample once, the largest source first
units    the units of a mixture 50/50, in a plain loop, after the plan
floor    the members of the sources' tars, one after another, into new tars of 1,000 samples: no plan, no order, no checks
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.measure import tell
from vladata.mixtures.prepare import prepare
from vladata.mixtures.run import begin
from vladata.mixtures.settings import MixSettings
from vladata.spec.mixture import MixtureSpec

EPOCH = 24_000
BLOCK, SAMPLES_PER_TAR = 512, 1_000


def plan(given: argparse.Namespace, places: Mapping[str, str]) -> None:
    sources: dict[str, Any] = {name: {"weight": 1} for name in places}
    largest = sources[next(iter(sources))]
    if given.keep:
        largest["keep"] = {"similarity": given.keep}
    if given.cap:
        largest["cap"] = given.cap
    spec = MixtureSpec.model_validate({"name": "bench", "weights": "times_steps", "sources": sources})
    start = time.perf_counter()
    prepared = prepare(MixSettings(spec, given.out, places), virtual=True)
    tell(prepared.job.samples, time.perf_counter() - start, f"{len(prepared.plan_bytes) / 1e6:,.0f} MB plan")


def units(given: argparse.Namespace, places: Mapping[str, str]) -> None:
    sources = dict.fromkeys(places, 1)
    spec = MixtureSpec.model_validate(
        {"name": "bench", "weights": "shares", "epoch": EPOCH, "sources": sources}
    )
    with begin(MixSettings(spec, given.out, places)) as run:
        start = time.perf_counter()
        run.convert_here()
        tell(run.prepared.job.samples, time.perf_counter() - start)


def floor(given: argparse.Namespace, places: Mapping[str, str]) -> None:
    start, count = time.perf_counter(), 0
    out: Any = None
    tars = [tar for place in dict.fromkeys(places.values()) for tar in sorted(Path(place).rglob("*.tar"))]
    for sample in (sample for tar in tars for sample in _samples(tar.read_bytes())):
        if count % SAMPLES_PER_TAR == 0:
            _close(out)
            Path(given.out).mkdir(parents=True, exist_ok=True)
            out = (Path(given.out) / f"{count // SAMPLES_PER_TAR:06d}.tar").open("wb", buffering=1 << 20)
        assert out
        out.write(sample)
        count += 1
    _close(out)
    tell(count, time.perf_counter() - start)


def _samples(data: bytes) -> Iterator[memoryview]:
    """Yield the members of each sample with their headers, up to and including its JSON."""
    view, start, at = memoryview(data), 0, 0
    while data[at]:
        size = int(data[at + 124 : at + 135], 8)
        ends = data[at : at + 100].rstrip(b"\0").endswith(b".json")
        at += BLOCK + -(-size // BLOCK) * BLOCK
        if ends:
            yield view[start:at]
            start = at


def _close(file: Any) -> None:
    if file:
        file.write(bytes(2 * BLOCK))
        file.close()


WORKS: Mapping[str, Callable[[argparse.Namespace, Mapping[str, str]], None]] = {
    "plan": plan,
    "units": units,
    "floor": floor,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=WORKS)
    parser.add_argument("out")
    parser.add_argument("places", nargs="+")
    parser.add_argument("--keep", default="", help="the best share of the largest source, by similarity")
    parser.add_argument("--cap", type=int, default=0, help="the most samples of the largest source")
    given = parser.parse_args()
    WORKS[given.what](given, dict(place.split("=", 1) for place in given.places))


if __name__ == "__main__":
    main()
