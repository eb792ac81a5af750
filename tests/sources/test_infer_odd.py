"""A draft of any tree passes `schemas check --source`, converts, has the words that are there, and names what it leaves out."""

import re

import numpy as np
import pytest

import vladata
from tests.conversion import convert
from tests.rlds_data import tfds, write
from tests.sources.odd_trees import STEPS, odd, write_odd
from vladata.errors import SourceError
from vladata.sources.compare import differences
from vladata.sources.infer import infer
from vladata.sources.misfits import misfits
from vladata.sources.readers import open_source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate


@pytest.mark.parametrize("number", range(18))
def test_an_odd_tree(number, tmp_path):
    tree = odd(number)
    source = open_source(write_odd(tmp_path, tree, f"odd_{number}"))
    text = infer(source)
    spec = validate(DatasetSpec, text, "the draft")
    assert [*differences(spec, source), *misfits(spec, source)] == []
    named = {name for name in source.columns if _names(text, name)}
    assert named == set(source.columns)
    if tree.place == "padded" and "instruction" not in tree.name.lower():
        assert spec.language.constant  # integers of any other name are numbers
        words = {spec.language.constant}
    elif tree.place == "nowhere":
        assert (spec.language.path, spec.language.constant) == (None, "do the task")
        words = {"do the task"}
    else:
        assert spec.language.constant is None
        words = {"do thing 0", "do thing 1"}
    manifest = convert(source.url, tmp_path / "out", spec=spec)
    assert manifest["ledger"]["steps"]["rejected"] == 0
    assert manifest["ledger"]["steps"]["written"] == 2 * (STEPS - 1)
    assert {sample.fields["instruction"] for sample in vladata.open(tmp_path / "out")} == words
    assert sum(sample.fields["terminate"] for sample in vladata.open(tmp_path / "out")) == 2


def _names(text, name):
    return re.search(rf"(^|[ '\"\[])({re.escape(name)})([ '\":,\]]|$)", text, re.MULTILINE)


def test_an_action_that_no_chain_can_use_is_shown(tmp_path):
    def features():
        f = tfds().features
        step = {"image": f.Image(shape=(16, 16, 3)), "action": f.Tensor(shape=(4, 7), dtype=np.float32)}
        return f.FeaturesDict({"steps": f.Dataset(step)})

    step = {"image": np.zeros((16, 16, 3), np.uint8), "action": np.zeros((4, 7), np.float32)}
    folder = write(tmp_path, "chunks", features, {"train": lambda: iter([{"steps": [step]}])})
    with pytest.raises(SourceError) as caught:
        infer(open_source(folder))
    assert str(caught.value) == (
        "features.json: no field of the steps looks like an action: one number or one row of numbers a step.\n"
        "  The steps have: action float32[4,7], image image[16,16,3]. Write a schema by hand: docs/schemas.md."
    )


@pytest.mark.parametrize(("kind", "primary"), [("pixels", "camera"), ("list", "camera[0]")])
def test_raw_pixels_and_a_list_of_pictures_are_cameras(kind, primary, tmp_path):
    picture = np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3)

    def features():
        f = tfds().features
        camera = (
            f.Tensor(shape=(16, 16, 3), dtype=np.uint8)
            if kind == "pixels"
            else f.Sequence(f.Image(shape=(16, 16, 3)))
        )
        return f.FeaturesDict(
            {"steps": f.Dataset({"camera": camera, "action": np.float32, "task": f.Text()})}
        )

    step = {
        "camera": picture if kind == "pixels" else [picture, picture],
        "action": np.float32(1),
        "task": "push it",
    }
    folder = write(tmp_path, kind, features, {"train": lambda: iter([{"steps": [step, step]}])})
    source = open_source(folder)
    spec = validate(DatasetSpec, infer(source), "the draft")
    assert (dict(spec.cameras), spec.language.path, spec.terminate.path) == (
        {"primary": primary},
        "task",
        None,
    )
    assert [*differences(spec, source), *misfits(spec, source)] == []
    convert(folder, tmp_path / "out", spec=spec)
    (sample,) = vladata.open(tmp_path / "out")
    assert (sample.fields["instruction"], sample.fields["terminate"]) == ("push it", 1)
    assert len(sample.images["primary"]) > 0
