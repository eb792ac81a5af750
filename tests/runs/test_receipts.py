"""A receipt is believed only when it is whole, and while its shards are there as it says."""

import shutil

import pytest

from tests.damage import flip
from tests.files import files
from tests.outcome import convert_plainly, plainly
from vladata.robot.run import begin
from vladata.runs.receipts import RECEIPTS, read_receipt, receipt_names, unfinished
from vladata.shards.storage import open_output

LAYOUT = {"memory": 1, "samples_per_shard": 3}  # an episode a unit, 2 shards each


@pytest.fixture(scope="module")
def stopped(clean, tmp_path_factory):
    """Every unit is done, nothing is committed."""
    out = tmp_path_factory.mktemp("stopped") / "out"
    with begin(plainly(clean, out, **LAYOUT)) as run:
        run.convert_here()
    return out


@pytest.fixture(scope="module")
def expected(clean, tmp_path_factory):
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    convert_plainly(clean, out, **LAYOUT)
    return files(out)


@pytest.fixture
def out(stopped, tmp_path):
    return shutil.copytree(stopped, tmp_path / "out")


def shard(out, number):
    return next(out.glob(f"train/*-0000{number}-of-*"))


def receipt(out, unit):
    return out / receipt_names(open_output(str(out)))[unit]


def shorten(file):
    file.write_bytes(file.read_bytes()[:-1])


DAMAGE = {
    "a flipped bit in a shard": lambda out: flip(shard(out, 2), 700),
    "a shard that is cut": lambda out: shorten(shard(out, 3)),
    "a shard that is gone": lambda out: shard(out, 2).unlink(),
    "a flipped bit in a receipt": lambda out: flip(receipt(out, 1), -300),
    "a receipt that is cut": lambda out: shorten(receipt(out, 1)),
    "an empty receipt": lambda out: receipt(out, 1).write_bytes(b""),
    "a receipt that is gone": lambda out: receipt(out, 1).unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_unit_is_done_again_and_no_other(damage, clean, out, expected):
    DAMAGE[damage](out)
    with begin(plainly(clean, out, **LAYOUT)) as run:
        assert run.units == [1]
        run.convert_here()
        run.commit()
    assert files(out) == expected


def test_a_receipt_that_is_not_believed_goes(out):
    flip(receipt(out, 1), -300)
    shard(out, 6).unlink()
    output = open_output(str(out))
    assert unfinished(output, 4) == [1, 3]
    assert sorted(receipt_names(output)) == [0, 2]


def test_a_receipt_comes_back(out):
    output = open_output(str(out))
    found = read_receipt(output, receipt_names(output)[1])
    assert (found.unit, found.samples, found.rejected) == (1, 5, ())
    assert [s.path for s in found.shards] == [f"train/{shard(out, n).name}" for n in (2, 3)]
    assert found.rows.column_names == ["shard", "offset", "length", "episode", "step"]
    assert found.rows["shard"].to_pylist() == [0, 0, 0, 1, 1]


def test_other_files_among_the_receipts_are_none(out):
    (out / RECEIPTS / "notes.txt").write_text("x")
    assert sorted(receipt_names(open_output(str(out)))) == [0, 1, 2, 3]
