"""--image-size has the limits of a recipe's size."""

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
