"""The image half of what is loaded, beside the halves that conversions write."""

import pytest

import vladata
from vladata.errors import ContractMismatch, UsageError
from vladata.image_rule import RULE
from vladata.loaders.pictures.image_contract import check_images, loaded_images, only_half
from vladata.loaders.pictures.picturing import Picturing
from vladata.robot.image_contract import image_contract
from vladata.spec import find
from vladata.spec.images import ImageRule
from vladata.spec.loading import LoadRule

SPEC = find.schema("bridge_dataset")
NAMES = ["primary", "secondary"]
ALL = {camera: [(48, 64)] for camera in SPEC.cameras}


def written(**images):
    """What a conversion with these images writes."""
    recipe = find.recipe("rt2-pali-x").model_copy(
        update={"images": ImageRule(**{"cameras": NAMES, **images})}
    )
    return image_contract(SPEC, recipe, ALL)


def loaded(stored, rule=None, cameras=NAMES, **more):
    rule = LoadRule(**(rule or {}))
    return loaded_images(stored, Picturing(cameras, 1, rule, rule.target or (48, 64), **more))


def test_what_is_loaded_as_it_is_stored_is_the_same_half():
    for stored in (written(), written(size=32, fit="pad"), written(png="jpeg")):
        sides = [32, 32] if stored["made"] and stored["made"]["size"] else [48, 64]
        for rule in ({}, {"size": sides}, {"size": sides, "fit": "crop", "resample": "area"}):
            ours = loaded(stored, rule)
            assert ours == {**stored, "channels": "RGB", "range": [0, 255]}
            check_images(stored, {"ab": ours})
            check_images({"codec": "rt2", "images": stored}, {"ab": ours})
            check_images(ours, {"ab": ours})


@pytest.mark.parametrize(
    "rule",
    [
        {"size": [24, 32]},
        {"size": 40, "fit": "pad", "pad": {"colour": [1, 2, 3]}, "resample": "lanczos3"},
        {"size": 16, "fit": "crop", "crop_area": 0.5},
    ],
    ids=str,
)
def test_what_is_made_in_loading_is_what_a_conversion_writes(rule):
    """With its round trip; without one, the quality is none, and says so."""
    check_images(written(quality=80, **rule), {"ab": loaded(written(), {**rule, "jpeg": 80})})
    with pytest.raises(ContractMismatch) as raised:
        check_images(written(quality=80, **rule), {"ab": loaded(written(), rule)}, "out/bridge")
    assert str(raised.value) == (
        "out/bridge: the loaded pictures differ from the expected ones (here: expected, there: loaded).\n"
        "  made.quality: 80 here, null there\n"
        "  Set images= and normalise= to change how pictures are loaded."
    )


def test_pictures_that_were_made_are_told_with_what_loading_makes_of_them():
    stored = written(size=32)
    made = loaded(stored, {"size": 16, "jpeg": 70, "jpeg_of": "recorded"})["made"]
    assert made == {
        **stored["made"],
        "loaded": {
            "size": [16, 16],
            "fit": "stretch",
            "resample": "bilinear",
            "crop_area": 1.0,
            "pad": None,
            "quality": 70,
            "rule": RULE,
            "jpeg_of": "recorded",
        },
    }
    only_jpeg = loaded(written(png="jpeg", quality=60), {"size": 16})["made"]
    assert (only_jpeg["png"], only_jpeg["size"], only_jpeg["quality"]) == ("jpeg", [16, 16], None)
    assert loaded(written(), {"jpeg": 50})["made"]["size"] is None


def test_sizes_that_nobody_knows_are_made_anew():
    unknown = {**written(), "recorded": {"primary": [48, 64], "secondary": None}}
    assert loaded(unknown, {"size": [48, 64]})["made"]["size"] == [48, 64]


def test_cameras_and_range():
    ours = loaded(written(), cameras=["secondary"], normalise="siglip")
    assert (ours["cameras"], ours["recorded"]) == (["secondary"], {"secondary": [48, 64]})
    assert ours["range"] == {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
    swapped = loaded(written(), cameras=["secondary", "primary"])
    with pytest.raises(ContractMismatch) as raised:
        check_images(loaded(written()), {"a": ours, "b": swapped, "c": loaded(written())})
    says = str(raised.value)
    assert 'a: cameras[0]: "primary" here, "secondary" there' in says
    assert "a: range[0]" not in says
    assert "a: range: [0,255] here" in says
    assert 'b: cameras[1]: "secondary" here, "primary" there' in says
    assert "\n  c: " not in says
    check_images(written(cameras=["secondary"]), {"a": ours})


def test_a_loader_tells_its_half_and_is_held_against_what_is_expected(robot):
    stored = vladata.open(robot).contract
    assert vladata.load(robot, 6, expect=stored).image_contract == {
        **stored["images"],
        "channels": "RGB",
        "range": [0, 255],
    }
    small = vladata.load(robot, 6, image_size=32, normalise="siglip", augment="octo").image_contract
    assert (small["made"]["size"], small["range"]["mean"]) == ([32, 32], [0.5, 0.5, 0.5])
    assert vladata.load(robot, 6, image_size=32, normalise="siglip", expect=small).image_contract == small
    with pytest.raises(ContractMismatch, match=r'made: null here, \{"crop_area"'):
        vladata.load(robot, 6, image_size=32, expect=stored)
    with pytest.raises(UsageError, match="expect= has no use: no pictures are loaded"):
        vladata.load(robot, 6, cameras=[], expect=stored)
    with pytest.raises(UsageError, match="there is no image contract: no pictures are loaded"):
        vladata.load(robot, 6, cameras=[]).image_contract  # noqa: B018


def test_sources_that_differ_have_no_one_half():
    one, other = loaded(written()), loaded(written(size=32), cameras=["primary"])
    assert only_half({"a": one, "b": dict(one)}) == one
    with pytest.raises(
        UsageError, match="the sources of the mixture have different image contracts; got 'cameras"
    ):
        only_half({"a": one, "b": other})


@pytest.mark.parametrize("expected", [{}, {"images": {}}, {"cameras": []}, "out/bridge", None], ids=str)
def test_what_is_no_half_is_refused(expected):
    with pytest.raises(UsageError, match="expect= is neither an action contract nor the image half of one"):
        check_images(expected, {"a": loaded(written())})
