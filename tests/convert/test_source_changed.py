"""A source that changes after it was indexed: indexed anew, or an error; never wrong data."""

import os

import pytest

import vladata
from tests.damage import copied, edit, files, flip, payload_at, records, rewrite
from tests.outcome import convert_plainly, ledger, plainly, samples
from vladata.convert.run import begin
from vladata.errors import CorruptRecord, MissingFile, SourceChanged


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
        "other data is in its place.\n"
        "  The files changed since they were indexed: run the command again, and they are indexed anew."
    )
    assert not (out / "manifest.json").exists()


def test_a_change_between_index_and_convert(source, out):
    file = files(source)[0]
    with pytest.raises(SourceChanged, match="another record begins here"), begin(plainly(source, out)) as run:
        rewrite(file, [b"short", *records(file)])
        run.convert_here()
    assert not (out / "manifest.json").exists()


def test_a_file_that_is_cut_between_index_and_convert(source, out):
    with (
        pytest.raises(SourceChanged, match="the record that was indexed is not there"),
        begin(plainly(source, out)) as run,
    ):
        os.truncate(files(source)[0], 5000)
        run.convert_here()


def test_a_file_that_goes_between_index_and_convert(source, out):
    with pytest.raises(MissingFile, match="there is no such file"), begin(plainly(source, out)) as run:
        files(source)[0].unlink()
        run.convert_here()


def test_a_bit_that_turns_over_between_index_and_convert(source, out):
    file = files(source)[0]
    with (
        pytest.raises(CorruptRecord, match=f"{file.name}, byte 0: the checksum of a record's data"),
        begin(plainly(source, out)) as run,
    ):
        flip(file, payload_at(file, 0) + 100)
        run.convert_here()
    # The next run sees it when it indexes, and does without the episode; what the first one had planned is not this.
    manifest = convert_plainly(source, out.with_name("again"))
    assert ledger(manifest)["corrupt_record"] == ("rejected", 1, 0)
