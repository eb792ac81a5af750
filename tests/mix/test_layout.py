"""Sizes: of units and shards under a memory budget, of epochs and last windows; and what is refused."""

import pytest

import vladata
from tests.conversion import convert, recipe
from tests.mix.made import mix, mixture, settings, tar_samples
from vladata.errors import PlanDiffers, SourceChanged, UsageError
from vladata.mixtures.prepare import prepare, table
from vladata.mixtures.run import begin

HALVES = {"a": 1, "b": 1}


@pytest.fixture
def places(corpora):
    return {name: corpora[name] for name in HALVES}


def test_less_memory_gives_more_and_smaller_units(places, tmp_path):
    spec = mixture(HALVES, epoch=2000)
    plans = [prepare(settings(spec, tmp_path, places, memory=m)) for m in (10**8, 5 * 10**6, 2 * 10**6, 1)]
    units = [plan.units for plan in plans]
    assert units == sorted(set(units))
    assert (units[0], units[-1]) == (1, 32), "never less than a window"
    assert [plan.job.layout.samples_per_shard for plan in plans[::3]] == [960, 64]


def test_memory_that_leaves_no_room_for_the_shards_is_said(places, tmp_path):
    spec = mixture(HALVES, epoch=2000)
    asked = settings(spec, tmp_path, places, memory=10**6, samples_per_shard=1024)
    prepared = prepare(asked)
    fits = prepared.job.layout.samples_per_shard
    assert fits < 1024
    assert prepared.remarks == (f"--memory leaves room for shards of {fits} samples, not 1,024.",)


@pytest.mark.parametrize(("asked", "nearest"), [(100, 64), (63, 64), (200, 192)])
def test_a_shard_of_no_whole_windows_is_refused(asked, nearest, places, tmp_path):
    with pytest.raises(
        UsageError, match="the samples of a shard must be a whole number of windows"
    ) as caught:
        prepare(settings(mixture(HALVES), tmp_path, places, samples_per_shard=asked))
    assert f"allowed: {nearest}, or another multiple of the window, 64" in str(caught.value)


@pytest.mark.parametrize(("epoch", "counts"), [(1, (1, 0)), (5, (3, 2)), (64, (32, 32)), (69, (35, 34))])
def test_a_last_window_that_is_not_full(epoch, counts, places, tmp_path):
    manifest = mix(mixture(HALVES, epoch=epoch), tmp_path / "out", places)
    assert tuple(source["used"] for source in manifest["sources"]) == counts
    assert len(list(tar_samples(tmp_path / "out"))) == epoch


def test_sizes_come_out_exactly(places, tmp_path):
    manifest = mix(mixture({"a": 77, "b": 13}, weights="sizes"), tmp_path / "out", places)
    assert [source["used"] for source in manifest["sources"]] == [77, 13]


def test_no_repeats_never_repeats(places, tmp_path):
    mix(mixture({"a": 1, "b": 3}, epoch="no_repeats"), tmp_path / "out", places)
    found = [(f["dataset"], f["episode"], f["step"]) for _, f in tar_samples(tmp_path / "out")]
    assert len(set(found)) == len(found) == 256  # the fourth window would need more of b than its 238


def test_a_limit_of_repeats(places, tmp_path):
    spec = mixture({"a": 1, "b": {"weight": 1, "repeats": 2}}, epoch=960)
    with pytest.raises(
        UsageError,
        match="an epoch would repeat the samples of this source more often than the mixture allows",
    ) as e:
        prepare(settings(spec, tmp_path, places))
    assert "source b, repeats: " in str(e.value)
    assert "; got 480; allowed: 476, which is 2 times its 238 samples." in str(e.value)
    assert prepare(settings(spec.model_copy(update={"epoch": 448}), tmp_path, places)).units == 1


def test_the_table_says_what_was_asked_for_and_what_comes(places, tmp_path):
    rows = table(prepare(settings(mixture(HALVES, epoch=960), tmp_path, places)))
    assert [(row["source"], row["requested"], row["realised"], row["samples"]) for row in rows] == [
        ("a", 0.5, 0.5, 480),
        ("b", 0.5, 0.5, 480),
    ]


def test_other_settings_are_refused_with_the_difference(places, tmp_path):
    spec = mixture(HALVES, epoch=300)
    with begin(settings(spec, tmp_path / "out", places)) as run:
        assert run.units == [0]
    with pytest.raises(PlanDiffers, match=r"layout\.seed: 0 there, 1 here"):
        mix(spec, tmp_path / "out", places, seed=1)
    with pytest.raises(PlanDiffers, match="window: 64 there, 32 here"):
        mix(mixture(HALVES, epoch=300, window=32), tmp_path / "out", places)


def test_two_robots_have_a_contract_each(robots, clean, tmp_path):
    convert(clean, tmp_path / "other", recipe=recipe(cameras=("third",)), split="val")
    given = {"one": robots["webdataset"], "other": tmp_path / "other"}
    mix(mixture({"one": 1, "other": 1}, epoch=32), tmp_path / "out", given, split="val")
    mixed = vladata.open(tmp_path / "out")
    contracts = {vladata.open(place).contract["digest"] for place in given.values()}
    assert set(mixed.contracts) == {sample.fields["contract"] for sample in mixed} == contracts
    assert len(contracts) == 2
    for name, value in (("contract", "contract"), ("statistics", "statistics")):
        with pytest.raises(UsageError, match="has 2 action contracts, each with its own " + value) as caught:
            getattr(mixed, name)
        assert ".contracts has all of them" in caught.value.hint


def test_a_source_that_changes_after_the_plan_is_noticed(places, corpora, tmp_path):
    with begin(settings(mixture(HALVES, epoch=300), tmp_path / "out", places)) as run:
        manifest = corpora["b"] / "manifest.json"
        before = manifest.read_bytes()
        manifest.write_bytes((corpora["c"] / "manifest.json").read_bytes())
        try:
            with pytest.raises(SourceChanged, match="changed after the mixture was planned"):
                run.convert_here()
        finally:
            manifest.write_bytes(before)


def test_a_mixture_of_a_mixture_has_unique_keys_with_repeats_on_both_levels(places, tmp_path):
    mix(mixture(HALVES, epoch=700), tmp_path / "inner", places)
    outer = {"inner": tmp_path / "inner", "b": places["b"]}
    manifest = mix(mixture({"inner": 1, "b": 1}, epoch=2000), tmp_path / "outer", outer)
    keys = [key for key, _ in tar_samples(tmp_path / "outer")]
    assert len(set(keys)) == len(keys) == 2000
    assert manifest["level"] == 2
    assert any("-r1-inner" in key for key in keys)
    assert any("-rr1" in key for key in keys)


def test_contracts_of_one_robot_and_a_corpus(robots, corpora, tmp_path):
    given = {"robot": robots["webdataset"], "d": corpora["d"]}
    mix(mixture({"robot": 1, "d": 1}, epoch=32), tmp_path / "out", given)
    mixed, robot = vladata.open(tmp_path / "out"), vladata.open(given["robot"])
    assert mixed.contract == robot.contract
    assert mixed.statistics == robot.statistics
    names = {sample.fields["contract"] for sample in mixed}
    assert names == {"", robot.contract["digest"]}
    with pytest.raises(UsageError, match="the dataset has no contract: none of its samples has actions"):
        _ = vladata.open(given["d"]).contract
