"""Bounds: RT-1's own literally, and those that come from statistics."""

import re

import numpy as np
import pytest

from vladata.actions.bounds import RT1, RT1_X, Bounds, bounds_from
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, UsageError

HALF_PI = float(np.float32(np.pi / 2))


def statistics(names=("dx", "gripper"), count=10):
    """Means 0, std 1, min -2, max 2, q01 -1, q99 1."""
    columns = ((value,) * len(names) for value in (0.0, 1.0, -2.0, 2.0, -1.0, 1.0))
    return Statistics(tuple(names), count, *columns)


def test_rt1():
    assert RT1.high == (1, 1, 1, HALF_PI, HALF_PI, HALF_PI, 1)
    assert RT1.low == tuple(-value for value in RT1.high)
    assert RT1.source == ("rt1",) * 7


def test_rt1_x_has_twice_the_world_vector():
    assert RT1_X.high == (2, 2, 2, *RT1.high[3:])
    assert RT1_X.low == tuple(-value for value in RT1_X.high)
    assert RT1_X.source == ("rt1-x",) * 7


def test_bounds_are_the_float32_that_is_computed_with():
    assert Bounds((-0.1,), (0.1,)).high == (0.10000000149011612,)


@pytest.mark.parametrize(
    ("kind", "gripper", "low", "high", "source"),
    [
        ("quantiles", "none", (-1, -1), (1, 1), ("quantiles", "quantiles")),
        ("min_max", "none", (-2, -2), (2, 2), ("min_max", "min_max")),
        ("quantiles", "open_absolute", (-1, 0), (1, 1), ("quantiles", "open_absolute")),
        ("min_max", "closing_relative", (-2, -1), (2, 1), ("min_max", "closing_relative")),
    ],
)
def test_the_grippers_bounds_are_those_of_its_convention(kind, gripper, low, high, source):
    assert bounds_from(statistics(), kind, gripper) == Bounds(low, high, source)


def test_the_gripper_is_found_by_its_name():
    found = bounds_from(statistics(("gripper", "dx")), "quantiles", "open_absolute")
    assert (found.low, found.high) == ((0, -1), (1, 1))


def test_a_convention_without_a_gripper_is_refused():
    with pytest.raises(
        CodecError, match="gripper convention is open_absolute, and no dimension is called"
    ) as error:
        bounds_from(statistics(("dx", "dy")), "quantiles", "open_absolute")
    assert error.value.got == "'dx dy'"


def test_an_unknown_convention_offers_the_nearest():
    with pytest.raises(UsageError, match='no gripper convention "open_absolut"') as error:
        bounds_from(statistics(), "quantiles", "open_absolut")
    assert error.value.hint.startswith('Did you mean "open_absolute"?')


def test_an_unknown_kind_is_refused():
    with pytest.raises(UsageError, match=r"got 'rt1'; allowed: quantiles, min_max"):
        bounds_from(statistics(), "rt1", "none")


def test_statistics_of_nothing_are_refused():
    with pytest.raises(CodecError, match="statistics over 0 steps give no bounds"):
        bounds_from(statistics(count=0), "quantiles", "none")


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        ((), (), "there are no bounds"),
        ((0.0,), (1.0, 1.0), "1 low bounds, 2 high bounds"),
        ((0.0, 1.0), (1.0, 0.5), "dimension 1: the low bound is above the high one; got '1.0 to 0.5'"),
        ((float("nan"),), (1.0,), "dimension 0: a bound is not finite; got 'nan to 1.0'"),
        ((0.0,), (float("inf"),), "dimension 0: a bound is not finite; got '0.0 to inf'"),
        ((-3e38,), (3e38,), "dimension 0: the bounds do not fit in float32; got '-3e+38 to 3e+38'"),
        ((1e39,), (1e39,), "dimension 0: the bounds do not fit in float32; got '1e+39 to 1e+39'"),
    ],
)
def test_bounds_that_are_none(low, high, says):
    with pytest.raises(CodecError, match=re.escape(says)):
        Bounds(low, high)
