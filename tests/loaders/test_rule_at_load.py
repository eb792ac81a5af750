"""The rule of loading and the size of all pictures, by what a manifest says of them and what is asked for."""

from dataclasses import replace

import pytest

from tests.manifests import MANIFEST, of_part
from vladata.errors import SpecError, UsageError
from vladata.loaders.pictures.rule_at_load import most_frames, own_cameras, rule_at_load, stored_size
from vladata.shards.parts import Contracted, MixedDataset, MixturePart
from vladata.spec.images import ImageRule
from vladata.spec.loading import LoadRule


def stored(recorded, made=None):
    images = {
        "cameras": list(recorded),
        "recorded": recorded,
        "made": None if made is None else {"size": made, "swapped": []},
    }
    return of_part(contract={"digest": "ab12", "images": images})


def mixed(*recipes, manifest=None):
    """A mixture of a robot dataset, of 48 x 64 unless it is given, and web corpora of these recipes."""
    manifest = manifest or stored({"primary": [48, 64]})
    sources = tuple(
        MixedDataset("a", "a", "0", "1/2", 1, 1, 1.0, {}, kind, {} if recipe is None else {"recipe": recipe})
        for kind, recipe in [("robot", {}), *(("web", recipe) for recipe in recipes)]
    )
    contract = manifest.part.contract
    contracts = {contract["digest"]: Contracted(contract, {}, ())}
    part = MixturePart({}, "train", 1, 1, "", 1, sources, contracts, None)
    return replace(manifest, kind="mixture", part=part)


def test_pictures_of_one_size_keep_it():
    for manifest in (
        stored({"primary": [48, 64], "wrist": [48, 64]}),
        stored({"primary": [9, 9], "wrist": None}, made=[48, 64]),
        mixed({"images": {"size": [48, 64]}}, manifest=stored({"primary": [48, 64]}, made=None)),
        mixed({"images": {"size": 48}}, manifest=stored({"primary": None}, made=[48, 48])),
    ):
        rule, size = rule_at_load(manifest)
        assert rule == LoadRule()
        assert size in ((48, 64), (48, 48))
        assert rule_at_load(manifest, images={}) == (rule, size)


def test_only_the_cameras_that_are_loaded_count():
    manifest = stored({"primary": [48, 64], "wrist": [30, 30]})
    assert stored_size(manifest, ["wrist"]) == (30, 30)
    with pytest.raises(UsageError, match="have several sizes, or unknown ones; got '48 x 64, 30 x 30'"):
        stored_size(manifest)


@pytest.mark.parametrize(
    ("manifest", "got"),
    [
        (stored({"primary": None, "wrist": [3, 4]}), "some that nobody measured, 3 x 4"),
        (mixed({"images": {"size": None}}), "48 x 64, some that nobody measured"),
        (mixed({"images": {"size": 224}}), "48 x 64, 224 x 224"),
        (mixed(None), "48 x 64, some that nobody measured"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_pictures_without_one_size_need_one(manifest, got):
    with pytest.raises(UsageError) as raised:
        rule_at_load(manifest, images={"jpeg": 95})
    assert str(raised.value) == (
        f"bridge: the pictures have several sizes, or unknown ones; got '{got}'.\n  Give the size of resized pictures: "
        "image_size=224, image_size=(224, 320), or images={'size': 224, 'fit': 'pad'}."
    )
    assert rule_at_load(manifest, 32)[1] == (32, 32)


def test_what_is_asked_for():
    manifest = stored({"primary": None})
    assert rule_at_load(manifest, (24, 32)) == (LoadRule(size=(24, 32)), (24, 32))
    asked = {"size": 64, "fit": "pad", "resample": "lanczos3", "jpeg": 95, "jpeg_of": "recorded"}
    assert rule_at_load(manifest, images=asked) == (LoadRule(**asked), (64, 64))
    rule, size = rule_at_load(stored({"primary": [48, 64]}), images={"crop_area": 0.9})
    assert (rule.crop_area, rule.target, size) == (0.9, (48, 64), (48, 64))
    assert rule_at_load(manifest, 64, {"fit": "crop"}) == (LoadRule(size=64, fit="crop"), (64, 64))
    assert rule_at_load(manifest, images=LoadRule(size=16)) == (LoadRule(size=16), (16, 16))


def test_a_recipes_rule_is_what_its_conversion_stores():
    manifest = stored({"primary": [48, 64]})
    asked = ImageRule(cameras="all", size=[32, 40], fit="crop", resample="area", quality=80)
    expected = LoadRule(size=[32, 40], fit="crop", resample="area", jpeg=80)
    assert rule_at_load(manifest, images=asked) == (expected, (32, 40))
    assert rule_at_load(manifest, images=ImageRule(cameras="all")) == (LoadRule(), (48, 64))


def test_what_is_no_rule_is_refused():
    manifest = stored({"primary": [48, 64]})
    with pytest.raises(UsageError) as raised:
        rule_at_load(manifest, 64, {"size": 32})
    assert str(raised.value) == (
        "the size of pictures is given twice; got \"image_size=64, images={'size': 32}\".\n  Leave one of them out."
    )
    with pytest.raises(SpecError) as raised:
        rule_at_load(manifest, images={"size": 64, "resampel": "area", "jpeg": 0, "cameras": "all"})
    says = str(raised.value)
    assert says.startswith("images=: 3 problems")
    assert 'resampel  unknown key; did you mean "resample"?' in says
    assert "jpeg      got 0; allowed: 1 or more" in says
    with pytest.raises(SpecError, match="image_size=: 1 problem\n  size  got 4; allowed: 8 or more"):
        rule_at_load(manifest, 4)
    with pytest.raises(SpecError, match="jpeg_of  is not used without jpeg"):
        rule_at_load(manifest, images={"jpeg_of": "recorded"})


def test_cameras_and_frames_by_the_names_of_members():
    manifest = replace(MANIFEST, cameras=("primary", "wrist", "primary-1", "wrist-1", "primary-11"))
    assert own_cameras(manifest) == ["primary", "wrist"]
    assert most_frames(manifest) == 12
    assert most_frames(replace(MANIFEST, cameras=())) == 1
