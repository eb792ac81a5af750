"""What was rejected, tried again: equal to a fresh conversion byte for byte, whatever stayed of the one before."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.conversion import convert
from tests.rlds_data import Faults, jpeg, write_bridge_like
from vladata.robot.retry import Mended, retry
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec import find
from vladata.spec.read import validate_data
from vladata.spec.recipe import RecipeSpec

EPISODES, SHARDS = 12, 4
SMALL = 60_000  # bytes of memory: units of few episodes
FIXED = {"low": [-0.1] * 6 + [0.0], "high": [0.1] * 6 + [1.0]}
"""Bounds that no statistics move, so that no contract does."""


def rules(bounds="fixed", **images):
    plain = find.recipe("rt2-pali-x").model_dump(mode="json")
    plain["action"]["bounds"] = FIXED if bounds == "fixed" else bounds
    plain["images"] |= {"size": 48, **images}
    return validate_data(RecipeSpec, plain, "mine.yaml")


def broken_jpeg():
    """A picture whose header and end are right, and that does not decode."""

    whole = jpeg(np.random.default_rng(0), 64)
    return whole[: len(whole) // 2] + b"\xff\xd9"


def written(folder, faults=None, **more):
    shutil.rmtree(Path(folder) / "bridge_dataset", ignore_errors=True)
    return write_bridge_like(folder, EPISODES, (5, 6, 4), num_shards=SHARDS, faults=faults, **more)


def files(out):
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(Path(out).rglob("*"))
        if path.is_file()
    }


def retried(out, mended=None, told=lambda outlook: None):
    with retry(str(out), mended or Mended(), told=told) as run:
        run.convert_here()
        return run.commit()


def settings(**more):
    return {"recipe": rules(), "memory": SMALL, "samples_per_shard": 7, **more}


BAD = Faults(images={(10, 1): broken_jpeg(), (10, 2): broken_jpeg()}, not_images=[(11, 2)])


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


@pytest.fixture
def mended(tmp_path):
    """A source that was mended after it was converted: (source, out, what a fresh conversion is)."""
    source = written(tmp_path / "in", BAD)
    convert(source, tmp_path / "out", **settings(order="source"))
    written(tmp_path / "in")
    convert(source, tmp_path / "fresh", **settings(order="source"))
    return source, tmp_path / "out", files(tmp_path / "fresh")


def test_units_that_stay_are_not_written(mended, monkeypatch):
    """Their shards are the same files, under new names where there are more shards now."""
    _, out, fresh = mended
    before = {path.stat().st_ino: path.name for path in out.rglob("*.tar")}
    retried(out)
    stayed = [path for path in out.rglob("*.tar") if path.stat().st_ino in before]
    assert len(stayed) > 5
    assert files(out) == fresh


class Killed(BaseException):
    """The end of a process, as far as this one can tell."""


@pytest.fixture
def killing(monkeypatch):
    """killing(n) ends this process, so to speak, at the n-th change of a file of an output."""

    def after(last):
        at = count()

        def dying(real):
            def call(self, *given, **more):
                if next(at) == last:
                    raise Killed
                return real(self, *given, **more)

            return call

        for name in ("write", "move", "remove", "sync"):
            monkeypatch.setattr(LocalOutput, name, dying(REAL[name]))

    return after


REAL = {name: getattr(LocalOutput, name) for name in ("write", "move", "remove", "sync")}


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
    assert ended > 50


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
        "the action contract, whose digest stands in every sample, is another (bounds.low[0]: "
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
    for mended in (told, other):
        retried(tmp_path / "out", Mended(spec=mended))
        fresh = tmp_path / mended.camera_keys("primary")[0].rpartition("/")[2]
        convert(source, fresh, **settings(spec=mended))
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


def test_where_the_source_lies_is_said_where_it_is_not_known(mended, tmp_path):
    source, out, fresh = mended
    moved = tmp_path / "moved"
    out.rename(moved)
    with pytest.raises(UsageError) as error:
        outlook(str(moved), Mended())
    assert str(error.value).startswith("what this output was converted from is not known here")
    assert "Say where bridge_dataset 1.0.0 lies: --source FOLDER." in str(error.value)
    retried(moved, Mended(source=str(source)))
    assert files(moved) == fresh


def test_files_that_chose_are_asked_for_where_they_are_not_known(tmp_path):
    source = written(tmp_path / "in")
    ranges = tmp_path / "keep.json"
    ranges.write_text('{"train-00000-000000": [[0, 4]], "train-00003-000000": [[1, 5]]}')
    convert(source, tmp_path / "out", **settings(keep_ranges=str(ranges)))
    (tmp_path / "out").rename(tmp_path / "moved")
    with pytest.raises(UsageError, match=r"chosen by a file.*\n? *Give it: --keep-ranges FILE\."):
        outlook(str(tmp_path / "moved"), Mended(source=str(source)))
    found = outlook(str(tmp_path / "moved"), Mended(source=str(source), keep_ranges=str(ranges)))
    assert found.unchanged == found.units


def test_another_dataset_is_refused(mended, tmp_path):
    _, out, _ = mended
    other = write_bridge_like(tmp_path / "other", 2, 4, name="another")
    with pytest.raises(UsageError, match="this output was made from another dataset"):
        outlook(str(out), Mended(source=str(other)))


def test_what_is_no_finished_output_is_refused(tmp_path, mended, killing):
    source, out, _ = mended
    with pytest.raises(NotADataset, match=r"there is no manifest\.json"):
        retried(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
    killing(6)
    with pytest.raises(Killed):
        convert(source, tmp_path / "half", **settings())
    killing(-1)
    with pytest.raises(NotADataset, match=r"there is no manifest\.json"):
        retried(tmp_path / "half")


def test_a_retry_with_other_settings_is_not_gone_on_with(mended, killing):
    _, out, fresh = mended
    killing(60)
    with pytest.raises(Killed):
        retried(out)
    killing(-1)
    other = find.schema("bridge_dataset").model_copy(update={"quirks": ("one more",)})
    with pytest.raises(PlanDiffers, match="or convert anew with --overwrite"):
        retried(out, Mended(spec=other))
    retried(out)
    assert files(out) == fresh


def test_kept_statistics_need_the_same_dimensions(tmp_path):
    source = written(tmp_path / "in")
    convert(source, tmp_path / "out", **settings(recipe=rules("min_max")))
    spec = find.schema("bridge_dataset")
    chain = spec.chain()
    names = (*chain.names[:-2], "other", chain.names[-1])
    chains = {**spec.actions.chains, spec.actions.default: chain.model_copy(update={"names": names})}
    other = spec.model_copy(update={"actions": spec.actions.model_copy(update={"chains": chains})})
    with pytest.raises(UsageError, match="the statistics cannot be kept: names of the action changed"):
        outlook(str(tmp_path / "out"), Mended(spec=other, keep_statistics=True))
