"""What cannot be tried again, and what a retry has to be told."""

import pytest

from tests.conversion import convert
from tests.rlds_data import write_bridge_like
from tests.robot.retrying import BAD, Killed, files, retried, rules, settings, written
from vladata.errors import NotADataset, PlanDiffers, UsageError
from vladata.robot.retry import Mended, outlook
from vladata.shards.storage import open_output
from vladata.spec import find


def test_where_the_source_lies_is_said_where_it_is_not_known(mended, tmp_path):
    source, out, fresh = mended
    moved = tmp_path / "moved"
    out.rename(moved)
    with pytest.raises(UsageError) as error:
        outlook(str(moved), Mended())
    assert str(error.value) == (
        f"{moved}: the source of this output is not known here.\n"
        "  Give the folder of bridge_dataset 1.0.0: --source FOLDER."
    )
    retried(moved, Mended(source=str(source)))
    assert files(moved) == fresh


def test_files_that_chose_are_asked_for_where_they_are_not_known(tmp_path):
    source = written(tmp_path / "in")
    ranges = tmp_path / "keep.json"
    ranges.write_text('{"train-00000-000000": [[0, 4]], "train-00003-000000": [[1, 5]]}')
    convert(source, tmp_path / "out", **settings(keep_ranges=str(ranges)))
    (tmp_path / "out").rename(tmp_path / "moved")
    with pytest.raises(UsageError, match=r"with a file of keep ranges(.|\n)*Give it: --keep-ranges FILE\."):
        outlook(str(tmp_path / "moved"), Mended(source=str(source)))
    found = outlook(str(tmp_path / "moved"), Mended(source=str(source), keep_ranges=str(ranges)))
    assert found.unchanged == found.units


def test_another_dataset_is_refused(mended, tmp_path):
    _, out, _ = mended
    other = write_bridge_like(tmp_path / "other", 2, 4, name="another")
    with pytest.raises(UsageError, match="this output was made from a different dataset"):
        outlook(str(out), Mended(source=str(other)))


def test_what_is_no_finished_output_is_refused(tmp_path, mended, killing):
    source, *_ = mended
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
    killing(32)
    with pytest.raises(Killed):
        retried(out)
    killing(-1)
    other = find.schema("bridge_dataset").model_copy(update={"quirks": ("one more",)})
    with pytest.raises(PlanDiffers, match="or convert again with --overwrite"):
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
    with pytest.raises(UsageError, match="the statistics cannot be kept: names of the action changed; got"):
        outlook(str(tmp_path / "out"), Mended(spec=other, keep_statistics=True))


def test_an_object_store_has_no_rename_and_is_tried_again_all_the_same(tmp_path):
    def there(name):
        output = open_output(f"memory://{tmp_path.name}/{name}")
        return {path: output.read(path) for path in output.names()}

    source = written(tmp_path / "in", BAD)
    out = f"memory://{tmp_path.name}/out"
    convert(source, out, **settings(order="source"))
    written(tmp_path / "in")
    assert outlook(out, Mended()).unchanged > 2
    retried(out)
    convert(source, f"memory://{tmp_path.name}/fresh", **settings(order="source"))
    assert there("out") == there("fresh")
    assert open_output(out).names(".vladata") == []
