"""A source that changes after it was indexed: indexed again, or an error; never wrong data."""

import os

import pytest

import vladata
from tests.damage import copied, edit, files, flip, payload_at, records, rewrite
from tests.outcome import convert_plainly, ledger, plainly, samples
from vladata.errors import CorruptRecord, MissingFile, SourceChanged
from vladata.robot.run import begin


@pytest.fixture
def source(clean, tmp_path):
    return copied(clean, tmp_path)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def unnoticed(file, change):
    """Changes a file and puts its time back, so that the index passes for one of it."""
    before = os.stat(file)
    change()
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert os.stat(file).st_size == before.st_size


def move(features):
    features["steps/action"][:] = 0.25


def test_a_change_before_a_run_is_indexed_anew(source, out):
    convert_plainly(source, out)
    edit(files(source)[0], 1, move)
    again = out.with_name("again")
    convert_plainly(source, again)
    moved = [s.fields["action"] for s in vladata.open(again) if s.fields["episode"] == "train-00000-000001"]
    assert moved == [[0.25] * 7] * 5
    assert len(samples(again)) == 20


def test_records_that_changed_places(source, out):
    convert_plainly(source, out.with_name("before"))
    file = files(source)[0]
    first, second = records(file)
    rewrite(file, [second, first])
    manifest = convert_plainly(source, out)
    assert ledger(manifest)["steps"] == (24, 20, 4, 0)
    texts = {s.fields["episode"]: s.fields["instruction"] for s in vladata.open(out)}
    before = {s.fields["episode"]: s.fields["instruction"] for s in vladata.open(out.with_name("before"))}
    assert texts["train-00000-000000"] == before["train-00000-000001"]


def test_another_record_under_the_same_size_and_time(source, out):
    """The worst case: nothing but the checksum in the index tells."""
    file = files(source)[0]
    convert_plainly(source, out.with_name("before"))
    unnoticed(file, lambda: edit(file, 1, move))
    with pytest.raises(SourceChanged) as caught:
        convert_plainly(source, out)
    assert str(caught.value) == (
        f"{file.name}, record 1, byte {payload_at(file, 1) - 12:,}: the record that was indexed is not there: "
        "different data is in its place.\n"
        "  The files changed after they were indexed: run the command again, and they are indexed again."
    )
    assert not (out / "manifest.json").exists()


def changed_after_the_index(source, out, change):
    with begin(plainly(source, out)) as run:
        change(files(source)[0])
        run.convert_here()


CHANGES = {
    "another record in front": (
        lambda file: rewrite(file, [b"short", *records(file)]),
        SourceChanged,
        "not there: a different record begins here; got|a different record begins here",
    ),
    "cut": (
        lambda file: os.truncate(file, 5000),
        SourceChanged,
        "the record that was indexed is not there: ",
    ),
    "gone": (lambda file: file.unlink(), MissingFile, "the file or folder does not exist"),
    "a bit": (
        lambda file: flip(file, payload_at(file, 0) + 100),
        CorruptRecord,
        "00000-of-00002, byte 0: the checksum of a record's data does not match",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_between_index_and_convert(name, source, out):
    change, error, says = CHANGES[name]
    with pytest.raises(error, match=says):
        changed_after_the_index(source, out, change)
    assert not (out / "manifest.json").exists()


def test_after_a_bit_turned_over_the_next_run_does_without_the_episode(source, out):
    with pytest.raises(CorruptRecord):
        changed_after_the_index(source, out, CHANGES["a bit"][0])
    manifest = convert_plainly(source, out.with_name("again"))
    assert ledger(manifest)["corrupt_record"] == ("rejected", 1, 0)
