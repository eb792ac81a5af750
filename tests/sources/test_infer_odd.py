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
from vladata.sources.features import Leaf
from vladata.sources.infer import infer
from vladata.sources.misfits import misfits
from vladata.sources.readers import open_source
from vladata.sources.words import words_of
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate


@pytest.mark.parametrize("number", range(18))
def test_an_odd_tree(number, tmp_path):
    tree = odd(number)
    source = open_source(write_odd(tmp_path, tree, f"odd_{number}"))
    text = infer(source).text
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
        "features.json: no field of the steps looks like an action: one number or one row of numbers per step.\n"
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
    spec = validate(DatasetSpec, infer(source).text, "the draft")
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


@pytest.mark.parametrize("channels", [1, 4])
def test_pictures_without_three_colours_are_drafted_where_there_are_no_others(channels, tmp_path):
    pixels = np.arange(8 * 8 * channels, dtype=np.uint8).reshape(8, 8, channels)

    def features():
        f = tfds().features
        step = {"view": f.Image(shape=(8, 8, channels)), "action": np.float32, "task": f.Text()}
        return f.FeaturesDict({"steps": f.Dataset(step)})

    step = {"view": pixels, "action": np.float32(1), "task": "push it"}
    folder = write(tmp_path, "grey", features, {"train": lambda: iter([{"steps": [step, step]}])})
    text = infer(open_source(folder)).text
    assert "  primary: view  # guess: a picture, though it does not have three colours\n" in text
    convert(folder, tmp_path / "out", spec=validate(DatasetSpec, text, "the draft"))
    (sample,) = vladata.open(tmp_path / "out")
    assert len(sample.images["primary"]) > 0


@pytest.mark.parametrize(
    ("shape", "dtype", "end", "form"),
    [
        ((), np.bool_, True, "flag"),
        ((), np.int32, 1, "flag"),
        ((), np.float32, 1.0, "scalar_float"),
        ((3,), np.int32, [1, 0, 0], "one_hot3"),
    ],
)
def test_the_end_that_the_action_tells_comes_before_the_flags(shape, dtype, end, form, tmp_path):
    """is_terminal is on the last step of both episodes, and the robot ended only the second by itself."""

    def features():
        f = tfds().features
        step = {
            "view": f.Image(shape=(8, 8, 3)),
            "action": {
                "arm": f.Tensor(shape=(6,), dtype=np.float32),
                "terminate_it": f.Tensor(shape=shape, dtype=dtype),
            },
            "task": f.Text(),
            **dict.fromkeys(("is_last", "is_terminal"), np.bool_),
        }
        return f.FeaturesDict({"steps": f.Dataset(step)})

    def step(t, ended):
        told = np.array(end, dtype)
        action = {
            "arm": np.full(6, t, np.float32),
            "terminate_it": told if ended and t == 3 else np.zeros_like(told),
        }
        view = np.zeros((8, 8, 3), np.uint8)
        return {"view": view, "action": action, "task": "push it", "is_last": False, "is_terminal": t == 3}

    def episodes():
        return iter([{"steps": [step(t, ended) for t in range(4)]} for ended in (False, True)])

    folder = write(tmp_path, "told", features, {"train": episodes})
    spec = validate(DatasetSpec, infer(open_source(folder)).text, "the draft")
    assert (spec.terminate.path, spec.terminate.form) == ("action/terminate_it", form)
    assert spec.terminate.fallback == ("is_last",)
    assert len(spec.chain(None).names) == 6
    convert(folder, tmp_path / "out", spec=spec)
    told = [sample.fields["terminate"] for sample in vladata.open(tmp_path / "out")]
    assert sorted(told) == [0, 0, 0, 0, 0, 1]


def test_of_a_dictionary_the_words_are_taken_and_of_an_action_the_end_is_no_part(tmp_path):
    def features():
        f = tfds().features
        step = {
            "view": f.Image(shape=(8, 8, 3)),
            "action": {"arm": f.Tensor(shape=(6,), dtype=np.float32), "terminate": np.int32},
            "language_instruction": f.Sequence({"language": f.Text(), "text": f.Text()}),
        }
        return f.FeaturesDict({"steps": f.Dataset(step)})

    def step(t):
        return {
            "view": np.zeros((8, 8, 3), np.uint8),
            "action": {"arm": np.full(6, t, np.float32), "terminate": int(t == 2)},
            "language_instruction": [
                {"language": "en", "text": "push it"},
                {"language": "de", "text": "schieb"},
            ],
        }

    folder = write(
        tmp_path, "parts", features, {"train": lambda: iter([{"steps": [step(t) for t in range(4)]}])}
    )
    spec = validate(DatasetSpec, infer(open_source(folder)).text, "the draft")
    assert (spec.language.path, spec.terminate.path) == ("language_instruction/text", "action/terminate")
    assert len(spec.chain(None).names) == 6
    convert(folder, tmp_path / "out", spec=spec)
    assert {sample.fields["instruction"] for sample in vladata.open(tmp_path / "out")} == {"push it"}


@pytest.mark.parametrize(
    ("texts", "path"),
    [
        (("language", "language_instruction_1"), "language_instruction_1"),
        (("instruction_embedding_model", "prompt"), "prompt"),
        (("language", "scene"), "language"),
        (("task/description", "task/id", "task/language"), "task/description"),
        (("instruction/lang", "instruction/text"), "instruction/text"),
        (("caption", "language_code"), "caption"),
        (("annotation/goal", "annotation/subtask"), "annotation/goal"),
        (("observation/language", "observation/text"), "observation/language"),
    ],
)
def test_which_of_several_texts_is_the_instruction(texts, path):
    columns = {name: Leaf(f"steps/{name}", "text", "string", (), "", True, (None,), "Text") for name in texts}
    found = words_of(columns)
    assert found is not None
    assert found.path == path


@pytest.mark.parametrize(
    ("name", "shape", "lengths", "kind"),
    [
        ("instruction", (), (None, None), "ClassLabel"),
        ("instruction", (1,), (None,), "Tensor"),
        ("instruction_tokens", (64,), (None,), "Tensor"),
    ],
)
def test_integers_that_are_no_text(name, shape, lengths, kind):
    leaf = Leaf(f"steps/{name}", "number", "int64", shape, "none", True, lengths, kind)
    assert words_of({name: leaf}) is None
