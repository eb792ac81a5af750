"""A source that is damaged is never mixed: its index when it is planned, its shards when they are first read."""

import shutil

import numpy as np
import pytest

from tests.damage import flip
from tests.mix.made import mix, mixture, settings
from vladata.errors import ChecksumMismatch, SourceChanged, UsageError
from vladata.mixtures.prepare import prepare
from vladata.mixtures.ranges import unit_of
from vladata.plan.table import PlanFile

SPEC = mixture({"d": 1, "e": 1}, window=8, epoch=160)
SMALL = {"memory": 200_000}  # several units


@pytest.fixture
def places(corpora, tmp_path):
    return {name: shutil.copytree(corpora[name], tmp_path / name) for name in "de"}


def units(places, spec=SPEC, **more):
    plan = PlanFile(
        prepare(settings(spec, places["d"].parent / "out", places, **{**SMALL, **more})).plan_bytes
    )
    return [unit_of(plan.batch(n)) for n in range(len(plan))]


def test_an_index_that_is_damaged(places, tmp_path):
    flip(places["d"] / "index.arrow", 2000)
    with pytest.raises(ChecksumMismatch, match="the index is missing or damaged") as caught:
        prepare(settings(SPEC, tmp_path / "out", places))
    assert str(places["d"]) in caught.value.where


@pytest.mark.parametrize("byte", [600, 5000, -2000])
def test_a_shard_that_is_damaged(byte, places, tmp_path):
    """Somewhere in a text, an image or the end: nothing that reading would notice."""
    shard = sorted(places["e"].rglob("*.tar"))[1]
    flip(shard, byte)
    with pytest.raises(SourceChanged, match="the file is not the one that was written") as caught:
        mix(SPEC, tmp_path / "out", places, **SMALL)
    assert caught.value.where == f"source e, {shard}"
    assert f"vladata verify {places['e']}" in caught.value.hint
    assert not (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.parametrize("keep", [{}, {"keep": {"tasks": ["vqa"]}}], ids=["checked", "unchecked"])
def test_a_shard_that_is_gone(keep, places, tmp_path):
    """Also one of which too little is taken to be checked."""
    shard = sorted(places["d"].rglob("*.tar"))[2]
    shard.unlink()
    spec = mixture({"d": {"weight": 1, **keep}, "e": 1}, window=8, epoch=160)
    with pytest.raises(SourceChanged, match="the file is missing") as caught:
        mix(spec, tmp_path / "out", places, **SMALL)
    assert caught.value.where == f"source d, {shard}"


def test_each_shard_is_checked_once_by_the_first_unit_that_reads_of_it(places):
    found, seen = units(places), set()
    assert len(found) > 2
    for unit in found:
        reads = {(int(s), int(n)) for s, n in zip(unit.ranges.source, unit.ranges.shard, strict=True)}
        assert set(unit.checks) == reads - seen
        assert len(set(unit.checks)) == len(unit.checks)
        seen |= reads


def test_a_dataset_in_two_sources_is_checked_once(places):
    spec, given = mixture({"d": 1, "again": 1, "e": 1}, window=8), {**places, "again": places["d"]}
    checks = [check for unit in units(given, spec) for check in unit.checks]
    shards = len(list(places["d"].rglob("*.tar")))
    assert sorted(shard for source, shard in checks if source < 2) == list(range(shards))


def test_shards_of_which_little_is_taken_are_not_checked(places):
    """Every fifth sample of d is a question; e is taken whole."""
    spec = mixture({"d": {"weight": 1, "keep": {"tasks": ["vqa"]}}, "e": 1}, window=8, epoch=160)
    checked = [check for unit in units(places, spec) for check in unit.checks]
    assert {source for source, _ in checked} == {1}
    shards = np.concatenate([unit.ranges.shard[unit.ranges.source == 1] for unit in units(places, spec)])
    assert sorted(shard for _, shard in checked) == sorted(set(shards.tolist()))
    tars = {
        int(shard) for unit in units(places, spec) for shard in unit.ranges.shard[unit.ranges.source == 0]
    }
    asked = settings(spec, places["d"].parent / "out", places)
    assert prepare(asked).remarks == (
        f"d: the checksums of {len(tars)} of its tars are not checked, since less than half of their samples are taken. "
        f"To check them: vladata verify {places['d']}",
    )
    assert prepare(asked, virtual=True).remarks == ()


def test_records_have_checksums_of_their_own(robots, places):
    given = {"robot": robots["tfrecord"], "d": places["d"]}
    plan = prepare(settings(mixture({"robot": 1, "d": 1}), places["d"].parent / "out", given)).plan_bytes
    checks = [check for n in range(len(PlanFile(plan))) for check in unit_of(PlanFile(plan).batch(n)).checks]
    assert {source for source, _ in checks} == {1}


def test_a_plan_that_is_too_large(places):
    """A unit a window: ten million of them."""
    spec = mixture({"d": 1, "e": 1}, window=64, epoch=1 << 30)
    with pytest.raises(
        UsageError, match=r"the plan of 1,073,741,824 samples would take \d+ GB; allowed: 4 GB"
    ):
        units(places, spec, memory=1)
