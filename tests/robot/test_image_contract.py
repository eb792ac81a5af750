"""The half of the contract that images are, and what is said where pictures lose their aspect."""

import pyarrow as pa
import pytest

import vladata
from tests.conversion import convert
from vladata.actions.contract import differences
from vladata.image_rule import RULE, fitted
from vladata.images import probe
from vladata.index.image_sizes import image_sizes
from vladata.robot.image_contract import image_contract, stretched
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec import find
from vladata.spec.images import ImageRule

SPEC = find.schema("bridge_dataset")
ALL = {camera: [(480, 640)] for camera in SPEC.cameras}


def rules(**images):
    return find.recipe("rt2-pali-x").model_copy(update={"images": ImageRule(**{"cameras": "all", **images})})


def test_images_that_pass_through():
    asked = rules(cameras=["secondary", "primary"])
    assert image_contract(SPEC, asked, {"primary": [(256, 256)], "secondary": [(256, 256), (480, 640)]}) == {
        "cameras": ["secondary", "primary"],
        "recorded": {"secondary": None, "primary": [256, 256]},
        "made": None,
    }


def test_the_first_camera_is_called_primary():
    spec = SPEC.model_copy(update={"cameras": {"wrist": "observation/image_1"}, "swap_channels": ("wrist",)})
    found = image_contract(spec, rules(cameras="first"), {"wrist": [(48, 64)]})
    assert (found["cameras"], found["recorded"]) == (["primary"], {"primary": [48, 64]})
    assert (found["made"]["swapped"], found["made"]["size"]) == (["primary"], None)


def test_all_of_a_rule_is_told():
    asked = rules(cameras=["primary"], size=[224, 320], fit="pad", resample="area", crop_area=0.5, quality=80)
    assert image_contract(SPEC, asked, ALL)["made"] == {
        "swapped": [],
        "size": [224, 320],
        "fit": "pad",
        "resample": "area",
        "crop_area": 0.5,
        "pad": {"colour": [0, 0, 0], "place": "centre"},
        "png": "keep",
        "quality": 80,
        "rule": RULE,
    }


def test_one_number_and_two_equal_ones_are_one_contract():
    one, two = (image_contract(SPEC, rules(size=size), ALL) for size in (224, [224, 224]))
    assert one == two
    assert one["made"]["pad"] is None


@pytest.mark.parametrize(
    "images",
    [
        {"cameras": ["secondary"]},
        {"cameras": ["secondary", "primary"]},
        {"size": [48, 40]},
        {"fit": "crop"},
        {"fit": "pad"},
        {"resample": "lanczos3"},
        {"crop_area": 0.9},
        {"quality": 90},
        {"png": "jpeg"},
    ],
    ids=str,
)
def test_every_setting_is_in_the_digest(images, clean, tmp_path):
    asked = {"cameras": ["primary", "secondary"], "size": 48}
    here, there = (
        convert(clean, tmp_path / str(n), recipe=rules(**{**asked, **more}))["contract"]
        for n, more in enumerate(({}, images))
    )
    assert here["digest"] != there["digest"]
    assert differences(here, there)
    assert all(line.startswith("images.") for line in differences(here, there))


def test_a_conversion_tells_what_was_recorded(clean, tmp_path):
    manifest = convert(clean, tmp_path / "out", split="val", measured="train")
    assert manifest["contract"]["images"] == {
        "cameras": ["primary"],
        "recorded": {"primary": [64, 64]},
        "made": None,
    }
    other = convert(clean, tmp_path / "train", split="train")
    assert other["contract"] == manifest["contract"]


@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
def test_samples_are_made_by_the_rule(fit, clean, tmp_path):
    recorded, asked = {}, rules(cameras=["primary"], size=[48, 80], fit=fit, resample="lanczos3")
    convert(clean, tmp_path / "recorded")
    convert(clean, tmp_path / "out", recipe=asked)
    for sample in vladata.open(tmp_path / "recorded"):
        recorded[sample.key] = bytes(sample.images["primary"])
    for sample in vladata.open(tmp_path / "out"):
        assert sample.images["primary"] == fitted(recorded[sample.key], asked.images)
        assert probe(sample.images["primary"]) == (48, 80)
    output = open_output(str(tmp_path / "out"))
    assert [*verify(output), *rederive(output, str(clean))] == []


@pytest.mark.parametrize(
    ("images", "sizes", "says"),
    [
        (
            {"size": 224},
            [(480, 640)],
            "Camera primary: pictures of 480 x 640 are stretched to 224 x 224, which changes their aspect ratio; "
            "fit: pad or fit: crop keeps it.",
        ),
        (
            {"size": [224, 320]},
            [(100, 100), (240, 321), (256, 256), (300, 300)],
            "Camera primary: pictures of 100 x 100 and 240 x 321 and 2 other sizes are stretched to 224 x 320, which "
            "changes their aspect ratio; fit: pad or fit: crop keeps it.",
        ),
        ({"size": 224}, [(256, 256), (480, 480)], None),
        ({"size": 224}, [(250, 251)], None),  # a line of 224
        ({"size": [224, 320]}, [(448, 640)], None),
        ({"size": 224, "fit": "pad"}, [(480, 640)], None),
        ({"size": 224, "fit": "crop"}, [(480, 640)], None),
        ({}, [(480, 640)], None),
        ({"size": 224}, [], None),
    ],
)
def test_a_lost_aspect_is_remarked_once_a_camera(images, sizes, says):
    found = [*stretched(SPEC, rules(cameras=["primary"], **images), {"primary": sizes})]
    assert found == ([says] if says else [])
    every = [*stretched(SPEC, rules(**images), dict.fromkeys(SPEC.cameras, sizes))]
    assert len(every) == (len(SPEC.cameras) if says else 0)


def test_sizes_of_an_index():
    def images(*sizes):
        return [
            {"camera": c, "height": h, "width": w, "bytes": 9, "least": 1, "repeats": 0} for c, h, w in sizes
        ]

    rows = [
        ([0, 1], images(("a", 48, 64), ("b", 8, 9))),
        ([0], images(("a", 48, 64), ("b", 0, 0))),
        ([], images(("a", 1, 1))),
        ([3], images(("a", 32, 64))),
    ]
    parts = [pa.table({"numbers": [n], "images": [i]}) for n, i in rows]
    assert image_sizes(parts) == {"a": ((32, 64), (48, 64)), "b": ((8, 9),)}
    assert image_sizes([]) == {}
