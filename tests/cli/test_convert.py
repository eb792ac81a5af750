"""`vladata convert rlds2vla`: what it says, where, and its exit codes."""

import shutil
import subprocess
import sys

import fsspec
import numpy as np
import orjson
import pytest

import vladata
from tests.damage import copied, edit, files, flip, payload_at
from tests.outcome import PLAIN, plainly
from vladata.cli.allowance import allowance
from vladata.images import probe
from vladata.robot.run import begin

OPTIONS = ["--schema", PLAIN, "--recipe", "rt2-pali-x"]


@pytest.fixture(scope="module")
def spoiled(clean, tmp_path_factory):
    """Of 4 episodes of 6 steps one is corrupt, and of the others one step of 18 holds a NaN."""
    source = copied(clean, tmp_path_factory.mktemp("spoiled"))

    def spoil(features):
        features["steps/action"][8] = np.nan

    edit(files(source)[0], 0, spoil)
    flip(files(source)[1], payload_at(files(source)[1], 1) + 5)
    return source


@pytest.fixture(scope="module")
def done(spoiled, tmp_path_factory):
    """All but committed, so that a command has little left to do."""
    out = tmp_path_factory.mktemp("done") / "out"
    with begin(plainly(spoiled, out)) as run:
        run.convert_here()
    return out


@pytest.fixture
def out(done, tmp_path):
    return shutil.copytree(done, tmp_path / "out")


LEDGER = """\
  episodes 4 read = 3 written, 0 filtered, 1 rejected
  steps    18 read = 14 written, 3 filtered, 1 rejected
  filtered last_step: 0 episodes, 3 steps
  rejected corrupt_record: 1 episode, 0 steps
  rejected not_finite: 0 episodes, 1 step
"""


def test_the_summary_for_people(spoiled, out, run):
    said = run("convert", "rlds2vla", spoiled, out, *OPTIONS)
    first, _, rest = said.out.partition("\n")
    assert first.startswith(f"{out}: 14 samples in 1 shard, ")
    assert rest == LEDGER
    assert said.code == 3
    assert said.err == (
        "More was rejected than --max-rejected 0 allows: 1 episode, 1 step. See rejected.jsonl.\n"
    )


def test_the_summary_for_programs(spoiled, out, run):
    said = run("convert", "rlds2vla", spoiled, out, *OPTIONS, "--json", "--max-rejected", "1")
    assert (said.code, said.err) == (0, "")
    summary = said.json
    assert list(summary) == [
        "out",
        "name",
        "samples",
        "shards",
        "bytes",
        "splits",
        "ledger",
        "contract",
        "clipping",
        "annotations",
        "seconds",
    ]
    assert (summary["out"], summary["name"], summary["samples"]) == (str(out), "bridge_dataset", 14)
    assert summary["bytes"] == sum(path.stat().st_size for path in out.glob("train/*"))
    assert summary["ledger"]["episodes"] == {"read": 4, "written": 3, "filtered": 0, "rejected": 1}


MISSING = (
    "Part of the source is missing: 1 of 4 episodes (25%) and 1 of 18 steps (5.6%) that were read were rejected as faulty "
    "(rejected.jsonl lists them)."
)


@pytest.mark.parametrize("fmt", ["webdataset", "rlds"])
def test_after_exit_code_3_inspect_and_the_card_begin_with_what_is_missing(spoiled, tmp_path, run, fmt):
    out = tmp_path / "out"
    assert run("convert", "rlds2vla", spoiled, out, *OPTIONS, "--format", fmt).code == 3
    assert run("inspect", out).out.splitlines()[0] == MISSING
    _, _, card = (out / "README.md").read_text().split("---\n", 2)
    assert card.strip().splitlines()[2] == f"**{MISSING}**"


def test_quiet_says_nothing(spoiled, out, run):
    said = run("convert", "rlds2vla", spoiled, out, *OPTIONS, "--quiet")
    assert (said.code, said.out, said.err) == (3, "", "")


def test_verbose_says_more_on_standard_error(spoiled, out, run):
    said = run("convert", "rlds2vla", spoiled, out, *OPTIONS, "--verbose", "--json", "--max-rejected", "1")
    assert said.json["samples"] == 14
    assert [line.split()[0] for line in said.err.splitlines()] == ["Index", "Plan:"]


@pytest.mark.parametrize(
    ("allowed", "code"),
    [("0", 3), ("1", 0), ("100", 0), ("0%", 3), ("5%", 3), ("24.9%", 3), ("25%", 0), ("100%", 0)],
)
def test_what_may_be_rejected(allowed, code):
    """A quarter of the episodes, and a 18th of the steps."""
    counts = {"episodes": {"read": 4, "rejected": 1}, "steps": {"read": 18, "rejected": 1}}
    assert allowance(None, None, allowed).exceeded(counts) is (code == 3)


def test_many_steps_of_few_episodes():
    counts = {"episodes": {"read": 4, "rejected": 0}, "steps": {"read": 18, "rejected": 3}}
    assert allowance(None, None, "2").exceeded(counts)
    assert not allowance(None, None, "3").exceeded(counts)
    assert allowance(None, None, "16%").exceeded(counts)
    assert not allowance(None, None, "17%").exceeded(counts)


def test_the_exit_code_for_a_share(spoiled, out, run):
    assert run("convert", "rlds2vla", spoiled, out, *OPTIONS, "--max-rejected", "25%").code == 0


def test_a_dry_run_writes_nothing(spoiled, tmp_path, run):
    said = run("convert", "rlds2vla", spoiled, tmp_path / "deep" / "out", *OPTIONS, "--dry-run")
    assert said.code == 3  # as the conversion would end
    lines = said.out.splitlines()
    assert lines[0].startswith("14 samples in 1 shard, from ")
    assert lines[0].endswith(" of records in 1 unit")
    assert lines[1].startswith("  a worker holds at most ")
    assert lines[2] == (
        "  shuffle quality: each shard holds steps of about 3 episodes; a perfect shuffle would give 3. "
        "28.6% of the samples follow one of the same episode"
    )
    assert lines[3].startswith("  bins used: dx 256 of 256 (14% of the steps clipped), dy 256 of 256")
    assert lines[4:] == LEDGER.splitlines()
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_for_programs(spoiled, tmp_path, run):
    said = run(
        *("convert", "rlds2vla", spoiled, tmp_path / "out", *OPTIONS, "--dry-run", "--json"),
        *("--workers", 2, "--max-rejected", 1),
    )
    summary = said.json
    assert (said.code, said.err, list(tmp_path.iterdir())) == (0, "", [])
    assert {name: summary[name] for name in ("samples", "shards", "units", "workers")} == {
        "samples": 14,
        "shards": 1,
        "units": 1,
        "workers": 2,
    }
    records = sum(file.stat().st_size for file in files(spoiled)) - 16 * 4
    assert 0 < summary["source_bytes"] < records
    assert summary["memory_per_worker"] > summary["source_bytes"]
    assert summary["ledger"]["reasons"]["not_finite"] == {"outcome": "rejected", "episodes": 0, "steps": 1}
    assert set(summary["quality"]) == {"episodes_a_shard", "perfect", "neighbours"}


def test_a_dry_run_leaves_an_object_store_alone(spoiled, tmp_path, run):
    said = run("convert", "rlds2vla", spoiled, f"memory://{tmp_path.name}/out", *OPTIONS, "--dry-run")
    assert said.code == 3
    assert fsspec.filesystem("memory").find(f"/{tmp_path.name}") == []


def test_a_dry_run_beside_an_unfinished_run_does_not_touch_it(spoiled, out, run):
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert run("convert", "rlds2vla", spoiled, out, *OPTIONS, "--dry-run", "--seed", 9).code == 3
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_a_real_process_from_nothing(spoiled, tmp_path):
    """Everything at once: workers that index, workers that convert, JSON alone on standard output, exit code 3."""
    main = [sys.executable, "-m", "vladata.cli.main", "convert", "rlds2vla", spoiled, tmp_path / "out"]
    cache = {"VLADATA_CACHE": str(tmp_path / "cache"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [*main, *OPTIONS, "--json", "--workers", "2"], capture_output=True, text=True, check=False, env=cache
    )
    assert done.returncode == 3
    assert orjson.loads(done.stdout)["samples"] == 14
    assert done.stderr.splitlines()[-1].startswith("More was rejected than --max-rejected 0 allows: ")
    assert "Traceback" not in done.stderr


@pytest.fixture
def here(monkeypatch):
    """The command does its work in a plain loop in this process: the same bytes, without the seconds of a worker."""

    def converted(settings, running, overwrite):
        with begin(settings, overwrite) as run:
            run.convert_here()
            return run.commit()

    monkeypatch.setattr("vladata.cli.conversion.convert", converted)


@pytest.mark.parametrize(
    ("option", "value", "name", "found"),
    [
        ("--format", "tfrecord", "format", "tfrecord"),
        ("--order", "source", "order", "source"),
        ("--seed", "5", "seed", 5),
        ("--samples-per-shard", "7", "samples_per_shard", 7),
        ("--memory", "1.5MiB", "memory", 1_572_864),
        ("--split", "val", "splits", {"val": {"shards": 1, "samples": 10}}),
    ],
)
def test_an_option_reaches_the_manifest(option, value, name, found, here, clean, tmp_path, run):
    said = run("convert", "rlds2vla", clean, tmp_path / "out", *OPTIONS, option, value)
    assert said.code == 0
    assert vladata.open(tmp_path / "out").manifest.as_json()[name] == found


def test_limit_takes_the_first_episodes(here, clean, tmp_path, run):
    said = run("convert", "rlds2vla", clean, tmp_path / "out", *OPTIONS, "--limit", "3", "--json")
    assert said.json["ledger"]["episodes"]["read"] == 3
    assert {sample.fields["episode"] for sample in vladata.open(tmp_path / "out")} == {
        "train-00000-000000",
        "train-00000-000001",
        "train-00001-000000",
    }


@pytest.mark.parametrize(("size", "sides"), [("48", (48, 48)), ("48x40", (48, 40))])
def test_image_size_makes_every_image_anew(size, sides, here, clean, tmp_path, run):
    said = run("convert", "rlds2vla", clean, tmp_path / "out", *OPTIONS, "--image-size", size)
    assert said.code == 0
    assert {probe(sample.images["primary"]) for sample in vladata.open(tmp_path / "out")} == {sides}


STRETCHED = (
    "Camera primary: pictures of 64 x 64 are stretched to 48 x 40, which changes their aspect ratio; fit: pad or "
    "fit: crop keeps it."
)


def test_a_lost_aspect_is_told(clean, tmp_path, run):
    def told(size):
        said = run(
            "convert", "rlds2vla", clean, tmp_path / "out", *OPTIONS, "--dry-run", "--image-size", size
        )
        return said.err.splitlines().count(STRETCHED)

    assert (told("48x40"), told("48")) == (1, 0)


def test_overwrite(here, spoiled, out, run):
    command = ["convert", "rlds2vla", spoiled, out, *OPTIONS, "--quiet"]
    assert run(*command).code == 3
    again = run(*command)
    assert (again.code, again.err.partition(": ")[0]) == (1, "OutputExists")
    assert run(*command, "--overwrite", "--split", "val").code == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "README.md",
        "croissant.json",
        "index.arrow",
        "manifest.json",
        "rejected.jsonl",
        "val",
    ]
