"""Counts of each source in batches: of the samples as they are read from the shards, with tarfile alone."""

import json
from collections import Counter
from fractions import Fraction

import pytest

import vladata
from tests.mix.made import mix, mixture, settings, tar_samples
from vladata.errors import SpecError
from vladata.mixtures.batches import batch_counts, nearest_exact
from vladata.mixtures.prepare import prepare

SHARES = {"a": 5, "b": 2, "c": 1}


@pytest.fixture
def places(corpora):
    return {name: corpora[name] for name in SHARES}


def read(out, size):
    """Source -> fewest and most of its samples in a whole batch of the shards in order."""
    names = [key.partition("-")[0] for key, _ in tar_samples(out)]
    batches = [Counter(names[at : at + size]) for at in range(0, len(names) - size + 1, size)]
    return {name: (min(b[name] for b in batches), max(b[name] for b in batches)) for name in SHARES}


def test_the_figures_are_those_of_the_shards_and_stand_in_the_card(places, tmp_path):
    spec = mixture(SHARES, epoch=1000, window=40)
    asked = settings(spec, tmp_path / "out", places, memory=200_000)  # several units
    prepared = prepare(asked)
    assert prepared.units > 3
    mix(spec, tmp_path / "out", places, memory=200_000)
    found = batch_counts(prepared.job, prepared.plan_bytes)
    assert [each.batch for each in found] == [8, 16, 32, 40]
    assert [each.counts for each in found] == [read(tmp_path / "out", size) for size in (8, 16, 32, 40)]
    assert found[-1].counts == {"a": (25, 25), "b": (10, 10), "c": (5, 5)}
    assert found[0].counts["a"][0] < 5 < found[0].counts["a"][1]
    card = (tmp_path / "out" / "README.md").read_text()
    least, most = found[0].counts["a"]
    assert f"| a | {least} to {most} |" in card
    assert "| samples of | batches of 8 | batches of 16 | batches of 32 | batches of 40 |" in card
    assert "every batch whose size is a multiple of\n40 has it too" in card


def test_an_epoch_of_less_than_a_batch_has_no_figures(places, tmp_path):
    prepared = prepare(settings(mixture(SHARES, epoch=7), tmp_path, places))
    assert batch_counts(prepared.job, prepared.plan_bytes) == []
    mix(mixture(SHARES, epoch=7), tmp_path / "out", places)
    assert "Smallest and largest" not in (tmp_path / "out" / "README.md").read_text()


def test_a_batch_size_is_the_window(places, tmp_path):
    prepared = prepare(settings(mixture(SHARES, epoch=1000), tmp_path, places, batch_size=24))
    assert (prepared.job.window, prepared.job.mixture["window"], prepared.remarks) == (24, 24, ())
    exact = {each.batch: each.counts for each in batch_counts(prepared.job, prepared.plan_bytes)}[24]
    assert exact == {"a": (15, 15), "b": (6, 6), "c": (3, 3)}


@pytest.mark.parametrize(("asked", "nearest"), [(20, 16), (22, 24), (3, 8)])
def test_a_batch_size_that_cannot_hold_the_ratio_names_the_nearest_that_can(asked, nearest, places, tmp_path):
    prepared = prepare(settings(mixture(SHARES, epoch=1000), tmp_path, places, batch_size=asked))
    (remark,) = prepared.remarks
    assert remark.endswith(f"The nearest batch size with exactly these shares is {nearest}.")
    assert f"In batches of {asked} each source has its share to within one sample" in remark
    exact = prepare(settings(mixture(SHARES, epoch=1000), tmp_path, places, batch_size=nearest))
    assert exact.remarks == ()


def test_shares_that_no_batch_holds(places, tmp_path):
    spec = mixture({"a": 30000, "b": 30001, "c": 10007}, epoch=1000)
    (remark,) = prepare(settings(spec, tmp_path, places, batch_size=64)).remarks
    assert remark.endswith("No batch size up to 65,536 has exactly these shares.")


def test_from_a_program(places, tmp_path):
    manifest = vladata.mix(tmp_path / "out", mixture(SHARES, epoch=100), places, batch_size=16)
    assert (
        json.loads((tmp_path / "out" / "manifest.json").read_text())["window"] == manifest.part.window == 16
    )
    with pytest.raises(SpecError, match="batch_size"):
        vladata.mix(tmp_path / "no", mixture(SHARES), places, batch_size=70_000)


def test_the_nearest():
    thirds = [Fraction(1, 3), Fraction(2, 3)]
    assert [nearest_exact(thirds, size) for size in (1, 4, 5, 32)] == [3, 3, 6, 33]
