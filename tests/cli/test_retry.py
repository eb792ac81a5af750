"""`vladata retry`: what it says, where, and its exit codes."""

import shutil

import pytest

from tests.outcome import PLAIN
from tests.rlds_data import Faults, write_bridge_like
from tests.robot.retrying import files

OPTIONS = ["--recipe", "rt2-pali-x", "--order", "source", "--memory", "30KB", "--quiet"]
NOT_AN_IMAGE = Faults(not_images=[(5, 2)])


def made(folder, run, out, *more, faults=None, schema=PLAIN):
    shutil.rmtree(folder / "bridge_dataset", ignore_errors=True)
    source = write_bridge_like(folder, 6, 4, num_shards=3, faults=faults)
    return source, lambda: run("convert", "rlds2vla", source, out, "--schema", schema, *OPTIONS, *more)


@pytest.fixture
def mended(tmp_path, run):
    """An output with a rejected step, whose source was mended since: its folder."""
    _, convert = made(tmp_path, run, tmp_path / "out", faults=NOT_AN_IMAGE)
    assert convert().code == 3
    made(tmp_path, run, "")
    return tmp_path / "out"


def test_a_retry_says_what_it_keeps_and_what_moved(mended, tmp_path, run):
    """The bounds of rt2-pali-x are quantiles: one more step moves them."""
    before = files(mended)
    dry = run("retry", mended, "--dry-run")
    assert (dry.code, dry.err, files(mended)) == (0, "", before)
    lines = dry.out.splitlines()
    assert lines[0] == "Of 6 units, 0 stay as they are, and 6 are made again."
    assert lines[1].startswith(
        "All are made again: the action contract, whose digest is in every sample, has changed (bounds."
    )
    assert lines[2] == "Bounds that follow the data moved with it: --keep-statistics keeps those of OUT."
    assert lines[3] == "  episodes 6 read = 6 written, 0 filtered, 0 rejected"
    said = run("retry", mended, "--json")
    assert said.code == 0
    assert said.err.splitlines()[:3] == lines[:3]
    assert {name: said.json[name] for name in ("out", "units", "kept", "samples", "shards")} == {
        "out": str(mended),
        "units": 6,
        "kept": 0,
        "samples": 18,
        "shards": 6,
    }
    _, convert = made(tmp_path, run, tmp_path / "fresh")
    assert convert().code == 0
    assert files(mended) == files(tmp_path / "fresh")


def test_kept_statistics_keep_units(mended, run):
    said = run("retry", mended, "--keep-statistics", "--dry-run", "--json")
    assert (said.code, said.json["units"], said.json["kept"], said.json["why"]) == (0, 6, 5, [])


def test_what_is_still_rejected_is_said(tmp_path, run):
    _, convert = made(tmp_path, run, tmp_path / "out", faults=NOT_AN_IMAGE)
    convert()
    said = run("retry", tmp_path / "out", "--dry-run")
    assert said.code == 3
    assert said.out.splitlines()[0] == "Of 6 units, 6 stay as they are, and 0 are made again."
    assert said.err == "More would be rejected than --max-rejected 0 allows: 0 episodes, 1 step.\n"
    assert run("retry", tmp_path / "out", "--dry-run", "--max-rejected", "1").code == 0


def test_an_unknown_schema(mended, run):
    said = run("retry", mended, "--schema", "bridge_datasett")
    assert said.code == 2
    assert 'there is no schema "bridge_datasett"' in said.err


def test_a_web_output_is_refused_by_name(tmp_path, run):
    from tests.web.made import convert, shards

    convert(shards(tmp_path / "in", 4), tmp_path / "out")
    before = files(tmp_path / "out")
    said = run("retry", tmp_path / "out")
    assert (said.code, files(tmp_path / "out")) == (2, before)
    assert said.err == (
        f"UsageError: {tmp_path / 'out'}: only outputs of samples of robot episodes can be retried; got 'kind web'.\n"
        "  Convert it again: an existing index is used again.\n"
    )


def test_what_is_no_output(tmp_path, run):
    said = run("retry", tmp_path / "nothing")
    assert said.code == 1
    assert said.err.startswith(f"NotADataset: {tmp_path / 'nothing'}: there is no manifest.json")
    assert not (tmp_path / "nothing").exists()
