"""Bounds: RT-1's own literally, and those that come from statistics."""

import re

import numpy as np
import pytest

from vladata.actions.bounds import RT1, RT1_X, Bounds, bounds_from
from vladata.actions.codec import codec
from vladata.actions.contract import contract
from vladata.actions.statistics import MEASURES, Quantile, Statistics
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
    ("kind", "grippers", "low", "high", "source"),
    [
        ("quantiles", {}, (-1, -1), (1, 1), ("quantiles", "quantiles")),
        ("min_max", {}, (-2, -2), (2, 2), ("min_max", "min_max")),
        ("quantiles", {"gripper": "open_absolute"}, (-1, 0), (1, 1), ("quantiles", "open_absolute")),
        ("min_max", {"gripper": "closing_relative"}, (-2, -1), (2, 1), ("min_max", "closing_relative")),
    ],
)
def test_the_grippers_bounds_are_those_of_its_convention(kind, grippers, low, high, source):
    assert bounds_from(statistics(), kind, grippers) == Bounds(low, high, source)


def test_the_gripper_is_found_by_its_name():
    found = bounds_from(statistics(("gripper", "dx")), "quantiles", {"gripper": "open_absolute"})
    assert (found.low, found.high) == ((0, -1), (1, 1))


def test_each_gripper_has_the_bounds_of_its_own_convention():
    names = ("left_gripper", "dx", "right_gripper", "third_gripper")
    grippers = {"right_gripper": "closing_relative", "left_gripper": "open_absolute"}
    found = bounds_from(statistics(names), "quantiles", grippers)
    assert found == Bounds(
        (0, -1, -1, -1), (1, 1, 1, 1), ("open_absolute", "quantiles", "closing_relative", "quantiles")
    )


def test_a_gripper_with_a_sentinel_in_it_keeps_its_convention():
    wild = Statistics(("left_gripper",), 9, *((v,) for v in (0.0, 1.0, -3e38, 3e38, -3e38, 3e38)))
    assert bounds_from(wild, "min_max", {"left_gripper": "open_absolute"}).high == (1.0,)
    with pytest.raises(CodecError, match="the min_max of left_gripper lie too far apart"):
        bounds_from(wild, "min_max", {})


def test_a_convention_without_a_gripper_is_refused():
    with pytest.raises(
        CodecError, match="gripper convention is open_absolute, but no dimension is called"
    ) as error:
        bounds_from(statistics(("dx", "dy")), "quantiles", {"gripper": "open_absolute"})
    assert error.value.got == "'dx dy'"


def test_an_unknown_convention_offers_the_nearest():
    with pytest.raises(UsageError, match='unknown gripper convention "open_absolut"') as error:
        bounds_from(statistics(), "quantiles", {"gripper": "open_absolut"})
    assert error.value.hint.startswith('Did you mean "open_absolute"?')


def test_an_unknown_kind_is_refused():
    with pytest.raises(UsageError, match=r"got 'rt1'; allowed: quantiles, min_max"):
        bounds_from(statistics(), "rt1", {})


def test_statistics_of_nothing_are_refused():
    with pytest.raises(CodecError, match="statistics over 0 steps give no bounds"):
        bounds_from(statistics(count=0), "quantiles", {})


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


def test_data_that_no_bins_can_span_names_the_dimension_and_the_way_out():
    wide = one(-3e38, 3e38, -3e38, 3e38)
    with pytest.raises(CodecError) as caught:
        bounds_from(wide, "quantiles", {})
    assert str(caught.value) == (
        "the quantiles of dx lie too far apart for bins in float32; got '-3e+38 to 3e+38'.\n"
        "  Perhaps the largest float32 marks a missing value in the data: cut these steps out with --keep-ranges, or give the "
        "recipe bounds: {low: [...], high: [...]}."
    )


def one(least, most, q01, q99, count=660, moving=None, beyond=None):
    counted = {} if moving is None else {"moving": (moving,), "beyond": (beyond,)}
    return Statistics(("dx",), count, (0.0,), (1.0,), (least,), (most,), (q01,), (q99,), **counted)


NOISE = 1e-17


# In comments: what the data is. The bounds are those of min and max where quantiles lose what a dimension does.
@pytest.mark.parametrize(
    ("statistics", "low", "high", "source"),
    [
        # half a radian, twice in 660 steps
        (one(0.0, 0.5, 0.0, 0.0, moving=2, beyond=2), 0.0, 0.5, "min_max"),
        # the same, and nobody counted
        (one(0.0, 0.5, 0.0, 0.0), 0.0, 0.5, "min_max"),
        # both ways, around a rest that is not zero
        (one(-0.3, 0.5, 0.1, 0.1, moving=4, beyond=4), -0.3, 0.5, "min_max"),
        # quantiles that are noise around the rest
        (one(-0.2, 0.5, -1e-8, 1e-8, moving=3, beyond=13), -0.2, 0.5, "min_max"),
        # noise of float32 around 1000
        (one(900.0, 1000.0, 999.9999, 1000.0001, moving=5, beyond=13), 900.0, 1000.0, "min_max"),
        # seven of 660: the rank of q99 lies between the last zero and the first motion, and so does q99
        (one(0.0, 0.5, 0.0, 0.205, moving=7, beyond=7), 0.0, 0.5, "min_max"),
        # 1.5% move by several sizes: most of what moves lies beyond q99
        (one(0.0, 0.5, 0.0, 0.1, moving=10, beyond=7), 0.0, 0.5, "min_max"),
        # 5% move: quantiles cut 2% of all steps, as they do by their nature
        (one(0.0, 0.5, 0.0, 0.3, moving=33, beyond=7), 0.0, 0.3, "quantiles"),
        # more than half of what moves is beyond, but it moves often: nothing that quantiles of 1% can do
        (one(0.0, 0.5, 0.0, 0.3, count=10, moving=3, beyond=2), 0.0, 0.3, "quantiles"),
        # sound data with one wild step
        (one(-0.02, 1e6, -0.018, 0.018, moving=659, beyond=13), -0.018, 0.018, "quantiles"),
        # rare small motion with one wild step: its quantiles still tell one motion from another
        (one(0.0, 1e6, 0.0, 0.01, moving=10, beyond=7), 0.0, 0.01, "quantiles"),
        # the wild step is the only motion: it is spelled as it is
        (one(0.0, 1e6, 0.0, 0.0, moving=1, beyond=1), 0.0, 1e6, "min_max"),
        # nothing moves: zero, another value, noise around zero, noise around another value
        (one(0.0, 0.0, 0.0, 0.0, moving=0, beyond=0), 0.0, 0.0, "constant"),
        (one(0.3, 0.3, 0.3, 0.3, moving=0, beyond=0), 0.3, 0.3, "constant"),
        (one(-NOISE, NOISE, -NOISE, NOISE, moving=0, beyond=0), 0.0, 0.0, "constant"),
        (one(0.3, 0.30000001, 0.3, 0.30000001, moving=0, beyond=13), 0.3, 0.3, "constant"),
    ],
    ids=range(16),
)
def test_where_quantiles_would_cut_off_what_a_dimension_does(statistics, low, high, source):
    assert bounds_from(statistics, "quantiles", {}) == Bounds((low,), (high,), (source,))


def test_min_max_of_what_does_not_move_is_one_value():
    found = bounds_from(one(-NOISE, NOISE, -NOISE, NOISE), "min_max", {})
    assert found == Bounds((0.0,), (0.0,), ("constant",))
    moving = bounds_from(one(0.0, 0.5, 0.0, 0.0), "min_max", {})
    assert moving == Bounds((0.0,), (0.5,), ("min_max",))


def test_the_gripper_keeps_its_convention_where_it_never_moves():
    held = Statistics(("gripper",), 10, *((1.0,) for _ in range(6)))
    assert bounds_from(held, "quantiles", {"gripper": "open_absolute"}) == Bounds(
        (0.0,), (1.0,), ("open_absolute",)
    )


def with_quantiles(low, high, below=0, above=0, moving=900):
    """One dimension from -1 to 1 over 1,000 steps."""
    lists = {name: (value,) for name, value in zip(MEASURES, (0.0, 0.1, -1.0, 1.0, -0.9, 0.9), strict=True)}
    others = (Quantile(0.05, (low,), (below,), (500,)), Quantile(0.95, (high,), (500,), (above,)))
    return Statistics(("dx",), 1000, **lists, moving=(moving,), beyond=(20,), quantiles=others)


KIND = "quantiles 0.05 to 0.95"


@pytest.mark.parametrize(
    ("statistics", "low", "high", "source"),
    [
        (with_quantiles(-0.5, 0.25, 50, 50), -0.5, 0.25, KIND),
        (with_quantiles(0.5, 0.5), -1.0, 1.0, "min_max"),  # collapsed
        (with_quantiles(-0.5, 0.25, 50, 50, moving=150), -1.0, 1.0, "min_max"),  # its motion is what is cut
        (with_quantiles(-0.5, 0.25, 10, 10, moving=150), -0.5, 0.25, KIND),
    ],
)
def test_any_quantiles(statistics, low, high, source):
    assert bounds_from(statistics, KIND, {}) == Bounds((low,), (high,), (source,))


def test_any_quantiles_by_name_of_a_codec():
    statistics = with_quantiles(-0.5, 0.25, 50, 50)
    for name in ("rt2", "openvla", "uniform", "text-integers", "octo"):
        made = codec(name, statistics, bounds={"quantiles": [0.05, 0.95]})
        assert (made.low.tolist(), made.high.tolist(), made.sources) == ([-0.5], [0.25], (KIND,)), name
        again = codec(contract=contract(made, chain="x"))
        assert again.statistics == statistics


@pytest.mark.parametrize("wanted", [[0.5], [0.9, 0.1], [-0.1, 0.5], ["a", "b"]])
def test_quantiles_that_are_none(wanted):
    with pytest.raises(
        UsageError, match=r"bounds, quantiles: (the quantiles are not valid|bounds are not numbers)"
    ):
        codec("rt2", with_quantiles(0, 1), bounds={"quantiles": wanted})


def test_quantiles_that_nobody_took():
    with pytest.raises(
        CodecError,
        match=r"the statistics do not have this quantile; got 0.1; allowed: q01, q99, and: 0.05, 0.95",
    ):
        codec("rt2", with_quantiles(0, 1), bounds={"quantiles": [0.1, 0.95]})
