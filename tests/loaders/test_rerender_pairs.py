"""Every pair of recipes that ship: an output of one, rendered as the other, is what the conversion with the other wrote.

The pairs that cannot be had are refused before a sample is read, and the message names what is not there.
"""

import json
import pickle

import numpy as np
import pytest

import vladata
from tests.conversion import convert
from tests.loaders.columns import columns_of
from tests.rlds_data import write_bridge_like
from tests.said import LENGTHS, NOTES
from vladata.errors import UsageError
from vladata.loaders.rendering.rerender import Rerender
from vladata.spec import find

NAMES = [name for name in find.names("recipe") if name != "rt2-language-table"]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Recipe -> its output of the same episodes, opened."""
    folder = tmp_path_factory.mktemp("pairs")
    source = write_bridge_like(folder, len(LENGTHS), LENGTHS, size=32)
    rows = [
        {"episode": f"train-00000-{number:06d}", "start": 0, "field": field, "value": value}
        for number in range(len(LENGTHS))
        for field, value in NOTES.items()
    ]
    (folder / "notes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for name in NAMES:
        # All have the table, so that what a recipe does not say of it is not told from what was never there.
        convert(
            source,
            folder / name,
            recipe=find.recipe(name),
            annotations=(str(folder / "notes.jsonl"),),
            seed=3,
        )
    return {name: vladata.open(folder / name) for name in NAMES}


OWN_IMAGES = {
    "ecot": "ecot openvla",
    "episodes": "episodes openvla rt2-cot rt2-pali-x rt2-palm-e",
    "octo": "octo openvla rt2-cot rt2-pali-x rt2-palm-e",
    "openvla": "openvla",
    "pi0-fast": "openvla pi0-fast",
    "rt1": "openvla rt1 rt2-cot rt2-pali-x rt2-palm-e",
    "rt1-x": "openvla rt1 rt1-x rt2-cot rt2-pali-x rt2-palm-e",
    "rt2-cot": "openvla rt2-cot rt2-pali-x rt2-palm-e",
    "rt2-pali-x": "openvla rt2-cot rt2-pali-x rt2-palm-e",
    "rt2-palm-e": "openvla rt2-cot rt2-pali-x rt2-palm-e",
    "vla0": "openvla rt2-cot rt2-pali-x rt2-palm-e vla0",
}
"""Stored -> what can be had where the caller says how images are made."""
WITH_IMAGES = {
    "ecot": "ecot openvla",  # of one rule
    "episodes": "episodes openvla rt2-cot rt2-pali-x rt2-palm-e",
    "octo": "octo",
    "openvla": "openvla",
    "pi0-fast": "pi0-fast",
    "rt1": "rt1",
    "rt1-x": "rt1 rt1-x",
    "rt2-cot": "openvla rt2-cot rt2-pali-x rt2-palm-e",  # untouched: openvla's are made in loading
    "rt2-pali-x": "openvla rt2-cot rt2-pali-x rt2-palm-e",
    "rt2-palm-e": "openvla rt2-cot rt2-pali-x rt2-palm-e",
    "vla0": "vla0",
}
"""Stored -> what can be had with its images."""


@pytest.mark.parametrize("stored", NAMES)
def test_what_is_had_is_what_the_conversion_wrote(stored, outputs):
    samples = list(outputs[stored])
    for asked in OWN_IMAGES[stored].split():
        expected = {(sample.episode, sample.step): sample for sample in outputs[asked]}
        again = Rerender(outputs[stored], asked, own_images=asked not in WITH_IMAGES[stored].split())
        found = again.columns(columns_of(samples))
        same = [expected[sample.episode, sample.step] for sample in samples]
        wanted = columns_of(same)
        for name in ("prompt", "target", "task", "instruction", "plan"):
            assert found[name] == wanted[name], (asked, name)
        for name in ("loss_weight", "terminate", "valid", "action", "mask", "bins"):
            np.testing.assert_array_equal(found[name], wanted[name], err_msg=f"{asked} {name}")
        assert [list(images) for images in found["images"]] == [list(sample.images) for sample in same]
        assert ("frames" in found) == ("frames" in wanted)
        if "frames" in wanted:
            np.testing.assert_array_equal(found["frames"], wanted["frames"])
        assert set(found["contract"]) == set(again.contracts)


@pytest.mark.parametrize("stored", NAMES)
def test_the_contract_is_that_of_the_conversion(stored, outputs):
    for asked in WITH_IMAGES[stored].split():
        again = Rerender(outputs[stored], asked)
        assert again.contracts == outputs[asked].contracts
        assert again.statistics == {outputs[asked].contract["digest"]: outputs[stored].manifest["statistics"]}


@pytest.mark.parametrize("stored", NAMES)
def test_everything_else_is_refused(stored, outputs):
    for asked in NAMES:
        for known, own in ((OWN_IMAGES, True), (WITH_IMAGES, False)):
            if asked not in known[stored].split():
                with pytest.raises(
                    UsageError, match=f"{stored}, and lack something that recipe {asked} needs"
                ):
                    Rerender(outputs[stored], asked, own_images=own)


@pytest.mark.parametrize(
    ("stored", "asked", "says"),
    [
        ("rt2-pali-x", "rt1", "it needs a history of 6 frames, but a sample has 1 (windows.history)"),
        ("octo", "vla0", "it needs chunks of 8 actions, but a sample has 4 (windows.chunk)"),
        ("vla0", "pi0-fast", "some stored samples would have to be left out (windows.tail: drop)"),
        (
            "openvla",
            "rt2-pali-x",
            "instructions were changed to lower case (instruction.case), but the recipe keeps capitals",
        ),
        (
            "rt2-cot",
            "ecot",
            "task action says {note_move}: it comes from other steps of the episode or from annotations",
        ),
        ("rt1", "openvla", "pictures were resized by another rule before they were stored"),
    ],
)
def test_a_refusal_names_what_is_not_there(stored, asked, says, outputs):
    with pytest.raises(UsageError) as refused:
        Rerender(outputs[stored], asked)
    assert says in str(refused.value)
    assert "Convert the dataset again with this recipe." in str(refused.value)


def test_pictures_that_are_made_in_loading_are_named(outputs):
    assert Rerender(outputs["rt2-pali-x"], "openvla").pictures == find.recipe("openvla").images
    assert Rerender(outputs["rt2-pali-x"], "rt2-palm-e").pictures is None
    assert Rerender(outputs["ecot"], "openvla").pictures is None  # they are made already


def test_a_worker_of_a_loader_gets_the_same(outputs):
    again = Rerender(outputs["rt1-x"], "rt1")
    other = pickle.loads(pickle.dumps(again))
    batch = columns_of(list(outputs["rt1-x"][:5]))
    assert other.columns(batch)["prompt"] == again.columns(batch)["prompt"]
    assert (other.cameras, other.frames) == (("primary",), 6)
