"""What is in the output folder already: refused, gone on with, or replaced; and never anything removed that is not ours."""

import pytest

from tests.damage import copied, edit, files, flip
from tests.outcome import convert_plainly, plainly, rejected, samples
from vladata.errors import OutputExists, PlanDiffers, UnknownName
from vladata.robot.run import begin
from vladata.runs.job_file import JOB, PLAN
from vladata.runs.verify import verify
from vladata.shards.storage import open_output


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def stopped(source, out, **settings):
    """A run that did all its units and was stopped before it committed."""
    with begin(plainly(source, out, **settings)) as run:
        run.convert_here()


def started_again(source, out, overwrite=False, **settings):
    """The same call again; how many units were left."""
    with begin(plainly(source, out, **settings), overwrite) as run:
        run.convert_here()
        run.commit()
        return len(run.units)


def names(out):
    return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())


def test_a_finished_dataset_is_refused(clean, out):
    convert_plainly(clean, out)
    before = names(out)
    with pytest.raises(OutputExists) as caught:
        convert_plainly(clean, out)
    assert str(caught.value) == (
        f"{out}: a finished dataset is here already.\n  Choose another folder, or replace it with --overwrite."
    )
    assert names(out) == before


def test_a_finished_dataset_is_replaced_where_that_is_asked_for(clean, out):
    convert_plainly(clean, out, samples_per_shard=5)
    assert started_again(clean, out, overwrite=True, split="val") == 1
    assert names(out) == [
        "README.md",
        "croissant.json",
        "index.arrow",
        "manifest.json",
        "rejected.jsonl",
        "val/bridge_dataset-val-00000-of-00001.tar",
    ]


def test_files_that_are_not_ours_are_refused(clean, out):
    out.mkdir()
    (out / "thesis.tex").write_text("x")
    for overwrite in (False, True):
        with pytest.raises(OutputExists) as caught:
            started_again(clean, out, overwrite)
        assert str(caught.value) == (
            f"{out}: the folder holds files that vladata did not write; got 'thesis.tex'; "
            "allowed: an empty or new folder, or an output of this command.\n  Choose another folder."
        )
    assert names(out) == ["thesis.tex"]


def test_files_that_are_not_ours_survive_a_replacement(clean, out):
    convert_plainly(clean, out)
    (out / "train" / "thesis.tex").write_text("x")
    started_again(clean, out, overwrite=True, split="val")
    assert "train/thesis.tex" in names(out)
    assert not list(out.glob("train/*.tar"))


def test_an_empty_folder_will_do(clean, out):
    out.mkdir()
    assert started_again(clean, out) == 1


def test_folders_that_only_an_attempt_made_go_again(clean, out):
    deep = out / "a" / "b"
    with pytest.raises(UnknownName):
        convert_plainly(clean, deep, split="tran")
    assert not out.exists()
    out.mkdir()
    with pytest.raises(UnknownName):
        convert_plainly(clean, deep, split="tran")
    assert list(out.iterdir()) == []


def test_other_settings_are_refused_with_the_difference(clean, out):
    stopped(clean, out)
    with pytest.raises(PlanDiffers) as caught:
        started_again(clean, out, seed=1, split="train[:2]", format="tfrecord")
    assert str(caught.value) == (
        f"{out}: an unfinished run with other settings is here: split: 'train' there, 'train[:2]' here; "
        "layout.format: 'webdataset' there, 'tfrecord' here; layout.seed: 0 there, 1 here.\n"
        "  Give the same settings to continue it, or --overwrite to start again."
    )
    assert started_again(clean, out) == 0


def test_other_settings_start_anew_where_that_is_asked_for(clean, out):
    stopped(clean, out, samples_per_shard=3)
    assert started_again(clean, out, overwrite=True, split="val") == 1
    assert names(out)[-1] == "val/bridge_dataset-val-00000-of-00001.tar"
    assert len(names(out)) == 6


def test_a_source_that_changed_under_an_unfinished_run(clean, tmp_path, out):
    source = copied(clean, tmp_path)
    stopped(source, out)

    def move(features):
        features["steps/action"][7] = 0.5

    edit(files(source)[0], 1, move)
    with pytest.raises(PlanDiffers, match="is here: the settings are equal, but the source has changed"):
        started_again(source, out)
    assert started_again(source, out, overwrite=True) == 1
    assert list(verify(open_output(str(out)))) == []


@pytest.mark.parametrize("part", [JOB, PLAN])
def test_what_a_damaged_run_wrote_is_not_known_and_not_removed(part, clean, out):
    stopped(clean, out)
    flip(out / part, (out / part).stat().st_size // 2)
    before = names(out)
    with pytest.raises(OutputExists) as caught:
        started_again(clean, out, overwrite=True, seed=1)
    assert str(caught.value) == (
        f"{out}: the unfinished run here is damaged, or of another version, so its files are not known.\n"
        "  Remove the folder yourself, or choose another."
    )
    assert names(out) == before


def test_damaged_settings_beside_a_manifest_do_not_cost_the_dataset(clean, out):
    convert_plainly(clean, out)
    (out / JOB).parent.mkdir()
    (out / JOB).write_text("{}")
    with pytest.raises(OutputExists, match="a finished dataset is here already"):
        convert_plainly(clean, out, seed=1)
    assert len(samples(out)) == 20
    assert rejected(out) == []


def test_a_damaged_manifest_is_not_replaced(clean, out):
    convert_plainly(clean, out)
    flip(out / "manifest.json", 100)
    before = names(out)
    with pytest.raises(
        OutputExists,
        match="the manifest here is damaged or of another version, so its files are not known",
    ):
        started_again(clean, out, overwrite=True)
    assert names(out) == before
