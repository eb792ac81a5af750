"""Mixtures: the same bytes from one worker and two, from a plain loop and from Beam, and after SIGKILL at random moments."""

import os
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crash.disk import Disk
from tests.crash.job import SmallJob, children, ended, go_on
from tests.files import snapshot
from tests.mix.made import mix, mixture, settings, virtual, web
from vladata.errors import OutputError
from vladata.mixtures.run import begin

ALL = os.environ.get("VLADATA_CRASH") == "all"
MOMENTS = range(20 if ALL else 3)
FILES = {"README.md", "croissant.json", "index.arrow", "manifest.json", "rejected.jsonl", "train"}
WEIGHTS = {"a": 66, "b": 34}
EPOCH, SHARD, MEMORY = 2000, 64, 300_000  # so little memory that each shard is a unit of its own


@dataclass(frozen=True)
class MixJob(SmallJob):
    """`vladata mix --materialize` of the two corpora in `source`."""

    def arguments(self, out: Path) -> list[str]:
        spec = ["--mixture", str(self.source / "mixed.yaml"), "--root", str(self.source)]
        layout = ["--memory", f"{MEMORY}B", "--samples-per-shard", str(SHARD)]
        return ["mix", str(out), *spec, *layout, "--materialize", *self.options]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A folder with two corpora, and a mixture of them that repeats both."""
    folder = tmp_path_factory.mktemp("mixed")
    for name, count in {"a": 120, "b": 50}.items():
        (web(folder / "made" / name, name, count)).rename(folder / name)
    (folder / "mixed.yaml").write_text(
        f"name: mixed\nweights: shares\nepoch: {EPOCH}\nsources: {{a: 66, b: 34}}\n"
    )
    return folder


@pytest.fixture(scope="module")
def places(mixed):
    return {name: mixed / name for name in WEIGHTS}


LAYOUT = {"samples_per_shard": SHARD, "memory": MEMORY}
SPEC = mixture(WEIGHTS, epoch=EPOCH)


def alike(found):
    """The files, where the manifest's bytes are those of every run: it names no place."""
    assert {name.partition("/")[0] for name in found} == FILES
    return found


@pytest.fixture(scope="module")
def expected(places, tmp_path_factory):
    """What a plain loop in this process makes."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    mix(SPEC, out, places, **LAYOUT)
    return alike(snapshot(out))


@pytest.mark.parametrize("options", [("--workers", "1"), ("--workers", "2"), ("--", "--runner=FnApiRunner")])
def test_whoever_does_the_units(options, mixed, expected, tmp_path):
    code, said = MixJob(mixed, ("--quiet", *options)).run(tmp_path / "out")
    assert code == 0, said  # on a runner, Beam says which extras are not there
    assert snapshot(tmp_path / "out") == expected


@pytest.fixture(scope="module")
def moment(mixed, tmp_path_factory):
    """moment(seed): some seconds, 0 to as many as the job takes with two workers."""
    start = time.monotonic()
    ended(MixJob(mixed, ("--quiet", "--workers", "2")).start(tmp_path_factory.mktemp("timed") / "out"))
    duration = time.monotonic() - start
    return lambda seed: random.Random(seed).uniform(0.3 * duration, duration)


@pytest.mark.parametrize("seed", MOMENTS)
def test_a_killed_job(seed, moment, mixed, places, expected, tmp_path):
    """All of it for an even seed, else its supervisor alone; then as any runner would."""
    out = tmp_path / "out"
    process = MixJob(mixed, ("--quiet", "--workers", str(1 + seed // 2 % 2))).start(out)
    time.sleep(moment(seed))
    (os.kill if seed % 2 else os.killpg)(process.pid, signal.SIGKILL)
    ended(process)
    if seed % 4 == 0:
        MixJob(mixed).resume(out)
    else:
        go_on(out, lambda: mix(SPEC, out, places, **LAYOUT))
    assert snapshot(out) == expected


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_worker(seed, moment, mixed, expected, tmp_path):
    process = MixJob(mixed, ("--quiet", "--workers", "2")).start(tmp_path / "out")
    time.sleep(moment(seed))
    for worker in children(process)[seed % 2 :][:1]:
        os.kill(worker, signal.SIGKILL)
    assert ended(process) == (0, "")
    assert snapshot(tmp_path / "out") == expected


def begun(out, places, units):
    """A run that was stopped when so many units were done."""
    with begin(settings(SPEC, out, places, **LAYOUT)) as run:
        do = run._kind.open_units(run.url)
        for unit in run.units[:units]:
            do(unit)


def test_a_run_goes_on_from_what_is_there(places, expected, tmp_path):
    begun(tmp_path / "out", places, 7)
    with begin(settings(SPEC, tmp_path / "out", places, **LAYOUT)) as run:
        assert len(run.units) == -(-EPOCH // SHARD) - 7
        run.convert_here()
        run.commit()
    assert snapshot(tmp_path / "out") == expected


# For the enumeration: 4 shards, each a unit.
SHORT = mixture(WEIGHTS, epoch=250)
OTHER = mixture({"a": 1, "b": 1}, epoch=130)
KINDS = {
    "shards": lambda out, places: mix(SHORT, out, places, overwrite=True, **LAYOUT),
    "virtual": lambda out, places: virtual(SHORT, out, places, overwrite=True),
}
BEFORE = {
    "nothing": lambda out, places: None,
    "shards": lambda out, places: mix(OTHER, out, places, **LAYOUT),
    "virtual": lambda out, places: virtual(OTHER, out, places),
    "half a run": lambda out, places: begun(out, places, 2),
}


@pytest.mark.parametrize("way", ["killed", "cut"])
@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("kind", KINDS)
def test_many_a_call_may_be_the_last(kind, before, way, places, tmp_path):
    """Over nothing, over the other kind, over half a run: what follows gives the same files as if nothing had been."""
    fresh = tmp_path / "fresh" / "out"
    KINDS[kind](fresh, places)
    for k in range(1, 10_000, 1 if ALL else 4 if kind == "virtual" else 13):
        out = tmp_path / f"{k}" / "out"
        BEFORE[before](out, places)
        disk = Disk(way, k)
        disk.during(lambda out=out: KINDS[kind](out, places), tmp_path / f"{k}")
        if disk.count < k:
            break
        KINDS[kind](out, places)
        assert snapshot(out) == snapshot(fresh), f"{way} at call {k}"
    assert k > 10


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk(kind, places, tmp_path):
    """The command fails with an error of ours, and the same command goes on when there is room."""
    fresh, failed = tmp_path / "fresh" / "out", 0
    KINDS[kind](fresh, places)
    for k in range(1, 100, 9):
        out = tmp_path / f"{k}" / "out"
        try:
            Disk("full", k).during(lambda out=out: KINDS[kind](out, places), tmp_path / f"{k}")
        except OutputError:
            failed += 1
        KINDS[kind](out, places)
        assert snapshot(out) == snapshot(fresh)
    assert failed > 1
