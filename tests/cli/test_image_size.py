"""--image-size: its forms, with the limits of a recipe's size."""

import pytest

from vladata.cli.image_size import LEAST, MOST
from vladata.errors import SpecError
from vladata.spec.images import ImageRule
from vladata.spec.read import validate_data


def test_its_limits_are_those_of_recipes():
    for side in (LEAST, MOST):
        assert validate_data(ImageRule, {"cameras": "all", "size": [side, side]}, "x").target == (side, side)
    for side in (LEAST - 1, MOST + 1):
        with pytest.raises(SpecError, match=r"allowed: (8 or more|4096 or less)"):
            validate_data(ImageRule, {"cameras": "all", "size": side}, "x")


@pytest.mark.parametrize(
    ("size", "says"),
    [
        ("224,320", '"224,320" is neither a number of pixels nor HEIGHTxWIDTH, such as 224x320'),
        ("224x", '"224x" is neither a number of pixels nor HEIGHTxWIDTH, such as 224x320'),
        ("-8", '"-8" is neither a number of pixels nor HEIGHTxWIDTH, such as 224x320'),
        ("224x4097", "expected 8 to 4,096 pixels; got 4097"),
        ("7", "expected 8 to 4,096 pixels; got 7"),
    ],
)
def test_what_is_no_size(size, says, run):
    for command in ("rlds2vla", "web2vla"):
        said = run("convert", command, "a", "b", "--schema", "s", "--recipe", "r", f"--image-size={size}")
        assert said.code == 2
        assert f"Error: Invalid value for '--image-size': {says}" in said.err
