"""The images of a recipe: forms of a size, and where its pixels go."""

import pytest

from vladata.image_geometry import image_geometry
from vladata.spec.images import ImageRule
from vladata.spec.read import validate

PADDED = """
cameras: [primary]
size: [224, 320]
fit: pad
resample: lanczos3
crop_area: 0.9
pad: {colour: [127, 127, 127], place: top_left}
"""


def test_what_is_left_out():
    rule = ImageRule(cameras="all")
    assert rule.target is None
    assert (rule.fit, rule.resample, rule.crop_area, rule.quality) == ("stretch", "bilinear", 1.0, 95)
    assert (rule.pad.colour, rule.pad.place) == ((0, 0, 0), "centre")
    assert rule.geometry(48, 64) == image_geometry(48, 64)


@pytest.mark.parametrize(("size", "target"), [("224", (224, 224)), ("[224, 320]", (224, 320))])
def test_one_number_is_a_square_and_two_are_height_and_width(size, target):
    assert validate(ImageRule, f"cameras: all\nsize: {size}\n", "mine.yaml").target == target


def test_all_of_it_decides_the_geometry():
    rule = validate(ImageRule, PADDED, "mine.yaml")
    assert rule.geometry(480, 640) == image_geometry(
        480, 640, (224, 320), fit="pad", place="top_left", crop_area=0.9
    )
    assert rule.geometry(480, 640).placed == (0, 0, 224, 298)
    assert ImageRule.model_validate_json(rule.model_dump_json()) == rule
    assert hash(rule)
