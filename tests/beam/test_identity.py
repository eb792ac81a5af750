"""The foundation: every way to run a job gives the same bytes, to the last file.

A plain loop over the functions is the reference; workers, runners, hash seeds, time zones, locales, the order of folders and
the place of the source must not be seen in the output.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import vladata
from tests.files import files
from tests.rlds_data import write_bridge_like
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.spec import find

OPTIONS = "--schema bridge_dataset --recipe rt2-pali-x --memory 60kB --samples-per-shard 5 --quiet"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("identity"), episodes=7, steps=(8, 5, 6), num_shards=2)


def plain_loop(source: Path, out: Path, fmt: str = "webdataset") -> dict[str, bytes]:
    settings = Settings(
        str(source),
        str(out),
        find.schema("bridge_dataset"),
        find.recipe("rt2-pali-x"),
        format=fmt,
        memory=60_000,
        samples_per_shard=5,
    )
    with begin(settings) as run:
        run.convert_here()
        run.commit()
    return files(out)


def command(source: Path, out: Path, *options: str, **environment: str) -> dict[str, bytes]:
    main = [sys.executable, "-m", "vladata.cli.main", "convert", "rlds2vla", str(source), str(out)]
    cache = {"VLADATA_CACHE": str(out.parent / "cache")}
    done = subprocess.run(
        [*main, *OPTIONS.split(), *options],
        env={**os.environ, **cache, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return files(out)


@pytest.fixture(scope="module")
def expected(source, tmp_path_factory):
    found = plain_loop(source, tmp_path_factory.mktemp("plain") / "out")
    assert sum(name.endswith(".tar") for name in found) > 5
    return found


@pytest.mark.parametrize(
    "options",
    [
        ("--workers", "1"),
        ("--workers", "2"),
        ("--", "--runner=PortableRunner", "--job_endpoint=embed", "--environment_type=LOOPBACK"),
    ],
    ids=["one worker", "two workers", "PortableRunner with LOOPBACK workers"],
)
def test_runners(options, source, expected, tmp_path):
    assert command(source, tmp_path / "out", *options) == expected


NO_BEAM = """import importlib.util, sys
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "apache_beam" else found(name, package)
sys.modules["apache_beam"] = None
"""
"""Python imports sitecustomize as it starts: in that process, and in each worker, Beam can neither be found nor imported."""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_without_beam(workers, source, expected, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(NO_BEAM)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    assert command(source, tmp_path / "out", "--workers", workers, PYTHONPATH=path) == expected


def test_surroundings(source, expected, tmp_path):
    strange = {"PYTHONHASHSEED": "12345", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "tr_TR.UTF-8"}
    assert command(source, tmp_path / "out", **strange) == expected


class Backwards:
    """os.scandir the other way round."""

    def __init__(self, entries):
        with entries:
            self.entries = iter(list(entries)[::-1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def __iter__(self):
        return self.entries

    def __next__(self):
        return next(self.entries)


def test_the_order_of_folders(source, expected, tmp_path, monkeypatch):
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path=".": Backwards(scandir(path)))
    assert plain_loop(source, tmp_path / "out") == expected


def test_the_place_of_the_source(source, expected, tmp_path):
    elsewhere = tmp_path / "other" / source.parent.name / source.name
    shutil.copytree(source, elsewhere)
    assert plain_loop(elsewhere, tmp_path / "out") == expected


def test_tfrecord(source, tmp_path):
    expected = plain_loop(source, tmp_path / "plain", "tfrecord")
    assert command(source, tmp_path / "out", "--format", "tfrecord", "--workers", "2") == expected


def test_another_seed_is_another_order(source, expected, tmp_path):
    out = tmp_path / "out"
    command(source, out, "--seed", "1")
    plain_loop(source, tmp_path / "seed 0")
    ours, others = ([sample.key for sample in vladata.open(folder)] for folder in (out, tmp_path / "seed 0"))
    assert ours != others
    assert sorted(ours) == sorted(others)
