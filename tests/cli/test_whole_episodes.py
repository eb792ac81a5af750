"""What the commands say of whole episodes: dry run, summary, inspect; no action contract, which no file would use."""

import pytest

from tests.whole import two_cameras
from vladata.spec.dataset import DatasetSpec

OPTIONS = ("--format", "lerobot", "--samples-per-shard", 6, "--pictures", "video", "--workers", 1)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return two_cameras.written(tmp_path_factory.mktemp("source"), empty_at=((2, 4),))


@pytest.fixture
def command(source, tmp_path, run, monkeypatch):
    monkeypatch.setenv("VLADATA_CACHE", str(tmp_path / "cache"))
    spec: DatasetSpec = two_cameras.schema()
    (tmp_path / "mine.yaml").write_text(spec.model_dump_json(exclude_none=True, by_alias=True))
    given = ("convert", "rlds2vla", source, tmp_path / "out", "--schema", tmp_path / "mine.yaml", *OPTIONS)
    return lambda *more: run(*given, "--max-rejected", 1, *more)


def test_a_dry_run_counts_episodes_steps_files_and_bytes(command):
    said = command("--dry-run")
    first = said.out.splitlines()[0]
    assert "4 episodes (1 of 3 cut at steps left out) of 15 steps in 9 files, from " in first.replace(
        " kB", ""
    )
    assert "samples" not in said.out
    assert "a shard mixes" not in said.out
    told = command("--dry-run", "--json").json
    assert told["written"] == {"episodes": 3, "stretches": 4, "cut": 1}
    assert not {"quality", "contract", "clipping"} & set(told)


def test_the_output_is_what_the_dry_run_said_and_holds_no_contract(command, tmp_path, run):
    planned, done = command("--dry-run", "--json").json, command("--json").json
    names = ("written", "samples", "shards", "ledger")
    assert {name: planned[name] for name in names} == {name: done[name] for name in names}
    assert "contract" not in done
    told = run("inspect", tmp_path / "out", "--json").json
    assert "contract" not in told
    assert told["statistics"]["action"]["count"] == 15
    refused = run("inspect", tmp_path / "out", "--episode", "train-00000-000000")
    assert (refused.code, "holds whole episodes: --sheet, --task" in refused.err) == (2, True)
    text = run("inspect", tmp_path / "out").out
    assert "4 episodes of 15 steps" in text
    assert run("verify", tmp_path / "out").code == 0
    manifest = (tmp_path / "out/manifest.json").read_text()
    assert not [name for name in ('"contract"', '"clipping"', '"prompts"') if name in manifest]


def test_what_needs_samples_says_what_reads_the_folder(command, tmp_path, run):
    command()
    said = run("retry", tmp_path / "out")
    assert (said.code, "only outputs of samples of robot episodes" in said.err) == (2, True)
    (tmp_path / "mix.yaml").write_text("name: m\nweights: shares\nsources: {only: {weight: 1}}\nwindow: 2\n")
    said = run(
        "mix", tmp_path / "mixed", "--mixture", tmp_path / "mix.yaml", "--set", f"only={tmp_path / 'out'}"
    )
    assert said.code != 0
    assert "LeRobotDataset reads it" in said.err, said.err
