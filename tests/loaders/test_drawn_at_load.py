"""What is drawn at random in loading: the same whatever the rank, the threads and where a run was stopped."""

import re

import numpy as np
import pytest

import vladata
from vladata.errors import ContractMismatch, SpecError, UnknownName, UsageError

STRONG = {
    "random_resized_crop": {"scale": [0.3, 0.9]},
    "colour_jitter": {
        "brightness": [-0.3, 0.3],
        "contrast": [0.7, 1.3],
        "saturation": [0.7, 1.3],
        "hue": [-0.1, 0.1],
    },
}


def pixels(batches):
    """Key and epoch -> pixels."""
    return {
        (key, b["epoch"]): image for b in batches for key, image in zip(b["key"], b["images"], strict=True)
    }


def test_pictures_are_those_of_the_run_that_was_not_stopped(robot):
    whole = vladata.load(robot, 6, augment=STRONG, workers=0)
    expected = pixels([batch for _ in range(3) for batch in whole])
    stopped = vladata.load(robot, 4, rank=1, world=2, augment=STRONG, epoch=2)
    for _ in zip(range(3), stopped, strict=False):
        pass
    state = stopped.state_dict()
    assert (state["epoch"], state["position"]) == (2, 24)
    ranks = [vladata.load(robot, 5, rank=rank, world=3, augment=STRONG, resume=state) for rank in range(3)]
    rest = pixels([batch for loader in ranks for batch in loader])
    assert len(rest) == 36
    for at, image in rest.items():
        np.testing.assert_array_equal(image, expected[at])


def test_epochs_and_seeds_draw_anew(robot):
    def of(**other):
        return {
            key: image for (key, _), image in pixels(vladata.load(robot, 60, augment=STRONG, **other)).items()
        }

    first, again, later, other = of(), of(workers=0), of(epoch=1), of(seed=1)
    for key, image in first.items():
        np.testing.assert_array_equal(image, again[key])
        assert not np.array_equal(image, later[key])
        assert not np.array_equal(image, other[key])


def test_without_augment_epochs_have_the_same_pictures(robot):
    loader = vladata.load(robot, 60)
    first, second = ({key: image for (key, _), image in pixels(loader).items()} for _ in range(2))
    assert all(np.array_equal(image, second[key]) for key, image in first.items())


@pytest.mark.parametrize(
    ("of", "error", "says"),
    [
        ({"augment": "octopus"}, UnknownName, 'there is no augmentation "octopus"'),
        ({"augment": {"crop": {}}}, SpecError, "augment="),
        (
            {"augment": "octo", "cameras": []},
            UsageError,
            "augment has no use: no pictures are loaded; got \"augment='octo'\"",
        ),
        (
            {"prompts": "drawn"},
            UsageError,
            "unknown prompts; got 'drawn'; allowed: kept, redrawn",
        ),
        ({"recipe": "rt3"}, UnknownName, 'there is no recipe "rt3"'),
        ({"cache": "much"}, UsageError, "much"),
    ],
    ids=str,
)
def test_wrong_rules(robot, of, error, says):
    with pytest.raises(error, match=re.escape(says)):
        vladata.load(robot, 4, **of)


def test_a_cache_is_for_what_is_not_open_yet(robot):
    with pytest.raises(UsageError, match="cache has no use: the samples are already open; got '1GB'"):
        vladata.load(vladata.open(robot), 4, cache="1GB")


@pytest.mark.parametrize("workers", [0, 2])
def test_another_recipe_renders_the_stored_samples(robot, tmp_path, workers):
    """The words are those of the other recipe; what it does not change is as it is stored."""
    stored = {sample.key: sample for sample in vladata.open(robot)}
    seen = []
    for batch in vladata.load(robot, 8, recipe="openvla", workers=workers):
        seen += batch["key"]
        for key, prompt, target in zip(batch["key"], batch["prompt"], batch["target"], strict=True):
            instruction = stored[key].instruction
            assert prompt == f"In: What action should the robot take to {instruction.lower()}?\nOut:"
            assert target != stored[key].target
    assert sorted(seen) == sorted(stored)


def test_pictures_are_held_against_those_of_a_model(robot, cameras):
    loader = vladata.load(robot, 4, image_size=32)
    half = loader.image_contract
    assert half["made"]["size"] == [32, 32]
    assert half == vladata.load(robot, 4, image_size=32, expect=half, workers=0).image_contract
    with pytest.raises(ContractMismatch, match="the loaded pictures differ from the expected ones"):
        vladata.load(robot, 4, image_size=48, expect=half)
    with pytest.raises(ContractMismatch, match="the loaded pictures differ from the expected ones"):
        vladata.load(cameras, 4, image_size=32, expect=half)
    with pytest.raises(UsageError, match="there is no image contract: no pictures are loaded"):
        _ = vladata.load(robot, 4, cameras=[]).image_contract
    with pytest.raises(UsageError, match="expect= has no use: no pictures are loaded, or no sample"):
        vladata.load(robot, 4, cameras=[], expect=half)
