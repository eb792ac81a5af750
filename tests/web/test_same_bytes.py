"""Every way to run a web job gives the same bytes, to the last file; a plain loop is the reference."""

import shutil

import pytest

from tests.crash.job import ended
from tests.files import snapshot
from tests.web.job import KEEP, plain_loop, start, wanted
from tests.web.made import recipe, shards
from vladata.beam.running import WEB, hire
from vladata.commands.web2vla import convert as convert_web
from vladata.commands.web2vla import dry_run
from vladata.errors import OutputExists, PlanDiffers
from vladata.web.run import begin
from vladata.web.unit import open_units

FEWER = {**KEEP, "size": {"min": 11}}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return shards(tmp_path_factory.mktemp("corpus"), 120, per_shard=25)


@pytest.fixture(scope="module")
def expected(source, tmp_path_factory):
    out = tmp_path_factory.mktemp("loop") / "out"
    plain_loop(source, out)
    files = snapshot(out)
    assert len([name for name in files if name.endswith(".tar")]) > 8
    return files


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one worker", "two workers"])
def test_the_command(options, source, expected, tmp_path):
    code, said = ended(start(source, tmp_path / "out", *options))
    assert (code, said) == (0, "")
    assert snapshot(tmp_path / "out") == expected


def test_another_machine(source, expected, tmp_path):
    """Other hashes, time zone, language, and the corpus at another place."""
    moved = shutil.copytree(source, tmp_path / "elsewhere" / "corpus")
    odd = {"PYTHONHASHSEED": "7", "TZ": "Pacific/Chatham", "LC_ALL": "C"}
    code, said = ended(start(moved, tmp_path / "out", **odd))
    assert (code, said) == (0, "")
    assert snapshot(tmp_path / "out") == expected


def test_supervised_processes_from_a_program(source, expected, tmp_path, monkeypatch):
    monkeypatch.setenv("VLADATA_CACHE", str(tmp_path / "cache"))
    told = []
    with hire(2, modules=WEB) as running:
        convert_web(wanted(source, tmp_path / "out"), running, planned=told.append)
    assert [prepared.samples for prepared in told] == [120]
    assert snapshot(tmp_path / "out") == expected


@pytest.mark.parametrize("indexed", [False, True], ids=["index too", "index here"])
def test_a_beam_runner(indexed, source, expected, tmp_path, monkeypatch):
    monkeypatch.setenv("VLADATA_CACHE", str(tmp_path / "cache"))
    if indexed:
        plain_loop(source, tmp_path / "first")
    with hire(beam=("--runner=FnApiRunner", "--direct_num_workers=1"), modules=WEB) as running:
        convert_web(wanted(source, tmp_path / "out"), running)
    assert snapshot(tmp_path / "out") == expected


def test_a_dry_run_makes_an_index_and_no_output(source, tmp_path, monkeypatch):
    monkeypatch.setenv("VLADATA_CACHE", str(tmp_path / "cache"))
    with hire(1, modules=WEB) as running:
        prepared = dry_run(wanted(source, tmp_path / "out"), running)
    assert prepared.samples == 120
    assert prepared.units == 4
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


def test_a_run_that_was_stopped_goes_on(source, expected, tmp_path):
    with begin(wanted(source, tmp_path / "out")) as run:
        convert = open_units(run.url)
        for number in run.units[1::2]:
            convert(number)
        left = run.units[::2]
    with begin(wanted(source, tmp_path / "out")) as run:
        assert run.units == left
        run.convert_here()
        run.commit()
    assert snapshot(tmp_path / "out") == expected


def test_a_damaged_shard_is_made_again(source, expected, tmp_path):
    out = tmp_path / "out"
    with begin(wanted(source, out)) as run:
        run.convert_here()
    (*_, shard) = sorted(out.glob("train/*.tar"))
    shard.write_bytes(shard.read_bytes()[:-1])
    with begin(wanted(source, out)) as run:
        assert len(run.units) == 1
        run.convert_here()
        run.commit()
    assert snapshot(out) == expected


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seed": 3}, "layout.seed: 0 there, 3 here"),
        ({"format": "tfrecord"}, "layout.format: 'webdataset' there, 'tfrecord' here"),
        ({"split": "val"}, "split: 'train' there, 'val' here"),
        ({"recipe": recipe({"keep": KEEP}, size=48)}, "recipe.images.size: nothing there, 48 here"),
        ({"recipe": recipe({"keep": FEWER})}, "recipe.web.keep.size.min: 10 there, 11 here"),
        ({"corpus": "cc12m"}, "corpus.spec.name: 'cc3m' there, 'cc12m' here"),
    ],
    ids=["seed", "format", "split", "image size", "filter", "corpus"],
)
def test_other_settings_are_refused_with_the_difference(change, told, source, tmp_path):
    with begin(wanted(source, tmp_path / "out")):
        pass
    before = snapshot(tmp_path / "out")
    with pytest.raises(PlanDiffers) as caught:
        begin(wanted(source, tmp_path / "out", **change))
    assert told in str(caught.value)
    assert snapshot(tmp_path / "out") == before


def test_a_finished_output_is_refused_and_replaced_when_that_is_asked_for(source, tmp_path):
    plain_loop(source, tmp_path / "out")
    with pytest.raises(OutputExists, match="a finished dataset is here already"):
        begin(wanted(source, tmp_path / "out"))
    with begin(wanted(source, tmp_path / "out", split="val"), overwrite=True) as run:
        run.convert_here()
        run.commit()
    assert not list(tmp_path.glob("out/train/*"))
    assert list(tmp_path.glob("out/val/*"))
