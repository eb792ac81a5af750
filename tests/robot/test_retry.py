"""What was rejected, tried again: equal to a fresh conversion byte for byte, whatever stayed of the one before."""

import shutil
from itertools import count

import pytest

from tests.annotations.made import write_jsonl
from tests.conversion import convert
from tests.rlds_data import Faults
from tests.robot.retrying import BAD, Killed, files, retried, rules, settings, written
from vladata.errors import NotADataset
from vladata.robot.retry import Mended, outlook
from vladata.robot.settings import Kept
from vladata.runs.verify import verify
from vladata.shards.manifest import read_manifest
from vladata.shards.storage import open_output
from vladata.spec import find


@pytest.mark.parametrize("order", ["source", "shuffled"])
@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_a_mended_file(fmt, order, tmp_path):
    """Found by the index and found while it was written; the number of episodes stays, so that many units do."""
    given = settings(format=fmt, order=order)
    source = written(tmp_path / "in", BAD)
    before = convert(source, tmp_path / "out", **given)
    assert before["ledger"]["steps"]["rejected"] == 3
    assert written(tmp_path / "in") == source
    said = []
    manifest = retried(tmp_path / "out", told=said.append)
    (told,) = said
    assert manifest.ledger["steps"]["rejected"] == 0
    assert told.units == len(told.prepared.plan)
    assert 2 < told.unchanged < told.units
    assert told.why == ()
    convert(source, tmp_path / "fresh", **given)
    assert files(tmp_path / "out") == files(tmp_path / "fresh")
    assert [*verify(open_output(str(tmp_path / "out")))] == []


def test_units_that_stay_are_not_written(mended):
    """Their shards are the same files, under new names where there are more shards now."""
    _, out, fresh = mended
    before = {path.stat().st_ino: path.name for path in out.rglob("*.tar")}
    retried(out)
    stayed = [path for path in out.rglob("*.tar") if path.stat().st_ino in before]
    assert len(stayed) > 5
    assert files(out) == fresh


def test_a_retry_that_is_killed_at_any_moment_goes_on(mended, tmp_path, killing):
    """At every change of a file, one after the other, and then a second time in what is left to do."""
    _, out, fresh = mended
    shutil.copytree(out, tmp_path / "kept")
    ended = 0
    for last in count(0, 3):
        shutil.rmtree(out)
        shutil.copytree(tmp_path / "kept", out)
        for more in (0, 1):
            killing(last + more)
            try:
                retried(out)
            except Killed:
                ended += 1
            else:
                break
        killing(-1)
        if not more:
            break
        if read_manifest_or_none(out) is None or files(out) != fresh:
            retried(out)
        assert files(out) == fresh, last
    assert ended > 20


def read_manifest_or_none(out):
    try:
        return read_manifest(open_output(str(out)))
    except NotADataset:
        return None


def test_a_damaged_shard_does_not_stay(mended):
    _, out, fresh = mended
    shard = min(out.rglob("*.tar"))
    data = bytearray(shard.read_bytes())
    data[600] ^= 1
    shard.write_bytes(data)
    retried(out)
    assert files(out) == fresh


def test_a_damaged_index_leaves_nothing_to_stay(mended):
    _, out, fresh = mended
    (out / "index.arrow").write_bytes(b"")
    assert outlook(str(out), Mended()).unchanged == 0
    retried(out)
    assert files(out) == fresh


def test_nothing_was_mended(tmp_path):
    source = written(tmp_path / "in", BAD)
    convert(source, tmp_path / "out", **settings())
    before = files(tmp_path / "out")
    found = outlook(str(tmp_path / "out"), Mended())
    assert found.unchanged == found.units
    retried(tmp_path / "out")
    assert files(tmp_path / "out") == before


def test_where_statistics_move_nothing_stays_and_that_is_said(tmp_path):
    given = settings(recipe=rules("min_max"), order="source")
    source = written(tmp_path / "in", BAD)
    convert(source, tmp_path / "out", **given)
    written(tmp_path / "in", seed=1)
    before = files(tmp_path / "out")
    found = outlook(str(tmp_path / "out"), Mended())
    assert files(tmp_path / "out") == before, "an outlook touches nothing"
    assert (found.unchanged, len(found.why)) == (0, 1)
    assert found.why[0].startswith(
        "the action contract, whose digest is in every sample, has changed (bounds.low[0]: "
    )
    retried(tmp_path / "out")
    convert(source, tmp_path / "fresh", **given)
    assert files(tmp_path / "out") == files(tmp_path / "fresh")


def test_statistics_can_be_kept(tmp_path):
    """Of the first output, also by a second retry."""
    given = settings(recipe=rules("min_max"), order="source")
    source = written(tmp_path / "in", BAD)
    first = convert(source, tmp_path / "out", **given)
    written(tmp_path / "in")
    said = []
    for _ in range(2):
        manifest = retried(tmp_path / "out", Mended(keep_statistics=True), said.append)
        assert manifest["contract"] == first["contract"]
        assert manifest["statistics"] == first["statistics"]
        assert manifest["source"]["measured"] == f"train of manifest {first['digest'][:16]}"
    assert 2 < said[0].unchanged < said[0].units == said[1].unchanged
    kept = Kept(first["statistics"], first["contract"], f"train of manifest {first['digest'][:16]}")
    convert(source, tmp_path / "fresh", **given, kept=kept)
    assert files(tmp_path / "out") == files(tmp_path / "fresh")
    assert [*verify(open_output(str(tmp_path / "out")))] == []
    retried(tmp_path / "out")
    convert(source, tmp_path / "measured", **given)
    assert files(tmp_path / "out") == files(tmp_path / "measured"), "and given up again"


def test_a_mended_schema(tmp_path):
    """What only tells or selects leaves units as they are; what makes samples does not."""
    source = written(tmp_path / "in")
    convert(source, tmp_path / "out", **settings())
    spec = find.schema("bridge_dataset")
    told = spec.model_copy(update={"quirks": ("one more",)})
    found = outlook(str(tmp_path / "out"), Mended(spec=told))
    assert found.unchanged == found.units
    other = told.model_copy(update={"cameras": {"primary": "observation/image_1"}})
    assert outlook(str(tmp_path / "out"), Mended(spec=other)).unchanged == 0
    for spec in (told, other):
        retried(tmp_path / "out", Mended(spec=spec))
        fresh = tmp_path / spec.camera_keys("primary")[0].rpartition("/")[2]
        convert(source, fresh, **settings(spec=spec))
        assert files(tmp_path / "out") == files(fresh)


def test_mended_errata(tmp_path):
    source = written(tmp_path / "in")
    errata = tmp_path / "errata.json"
    errata.write_text('{"train-00000-000000": {"instruction": "take it"}}')
    given = settings(order="source", errata=str(errata))
    convert(source, tmp_path / "out", **given)
    errata.write_text('{"train-00000-000000": {"instruction": "put it"}}')
    said = []
    retried(tmp_path / "out", told=said.append)
    assert said[0].unchanged == said[0].units - 1
    convert(source, tmp_path / "fresh", **given)
    assert files(tmp_path / "out") == files(tmp_path / "fresh")


def test_mended_annotations(tmp_path):
    """Only units of episodes that the tables say something else of are made anew."""
    source = written(tmp_path / "in")
    table, rows = (
        tmp_path / "plans.jsonl",
        [row("train-00000-000000", "go"), row("train-00001-000001", "take it")],
    )
    write_jsonl(table, rows)
    given = settings(order="source", annotations=(str(table),))
    convert(source, tmp_path / "out", **given)
    write_jsonl(table, [rows[0], row("train-00001-000001", "put it down")])
    said = []
    retried(tmp_path / "out", told=said.append)
    assert said[0].unchanged == said[0].units - 1
    convert(source, tmp_path / "fresh", **given)
    assert files(tmp_path / "out") == files(tmp_path / "fresh")
    (tmp_path / "again.jsonl").write_bytes(table.read_bytes())
    found = outlook(str(tmp_path / "out"), Mended(annotations=(str(tmp_path / "again.jsonl"),)))
    assert found.unchanged == found.units


def row(episode, plan):
    return {"episode": episode, "start": 0, "field": "plan", "value": plan}


@pytest.mark.parametrize("at", [(0, 2), (11, 2)], ids=["first", "last"])
def test_turns_of_tasks_move_with_a_step_before_them(at, tmp_path):
    """With shares, whose turn it is follows from how many samples come before: one more at the beginning moves all."""
    asked = rules()
    action = asked.tasks["action"]
    dealt = {
        "action": action.model_copy(update={"share": 3}),
        "other": action.model_copy(update={"share": 2, "kind": "action", "target": "do {action}"}),
    }
    given = settings(order="source", recipe=asked.model_copy(update={"tasks": dealt}))
    source = written(tmp_path / "in", Faults(not_images=[at]))
    convert(source, tmp_path / "out", **given)
    written(tmp_path / "in")
    said = []
    retried(tmp_path / "out", told=said.append)
    assert (said[0].unchanged > 2) is (at[0] == 11)
    convert(source, tmp_path / "fresh", **given)
    assert files(tmp_path / "out") == files(tmp_path / "fresh")
