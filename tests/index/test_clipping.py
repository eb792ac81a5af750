"""Steps beyond a codec's bounds: counted exactly, from the statistics or from the data; and what is said of them."""

import numpy as np
import pytest

from tests.index.test_summary import reader
from vladata.actions.codec import codec
from vladata.index.clipping import bins_told, clipping, few_bins, remarks
from vladata.index.summary import summarise

NAMES = ("dx", "dyaw", "gripper")


def rows(count=700):
    """dx is normal, dyaw turns in 2 steps, the gripper is 0 or 1."""
    found = np.zeros((count, 3), np.float32)
    found[:, 0] = np.random.default_rng(2).normal(0, 0.02, count)
    found[[4, 300], 1] = 0.5
    found[::3, 2] = 1
    return found


def by_hand(made, values):
    return tuple(((values < made.low) | (values > made.high)).sum(axis=0).tolist())


def never():
    raise AssertionError("the statistics know it")


def measured(values):
    return summarise(reader(values, [10, 20]), {"action": NAMES})["action"].statistics


def test_the_statistics_know_it_for_bounds_of_the_data():
    values = rows()
    statistics = measured(values)
    made = codec("rt2", statistics, gripper="open_absolute")
    found = clipping(made, statistics, never)
    assert found.clipped == by_hand(made, values) == (14, 0, 0)
    assert found.as_json() == {"steps": 700, "clipped": {"dx": 14, "dyaw": 0, "gripper": 0}}


@pytest.mark.parametrize(
    ("settings", "clipped"),
    [
        ({"bounds": {"low": [-0.01, 0, 0], "high": [0.01, 0.4, 0.5]}}, (437, 2, 234)),
        ({"bounds": "quantiles", "gripper": "closing_relative"}, (14, 0, 0)),
        ({"bounds": "min_max"}, (0, 0, 0)),
    ],
)
def test_other_bounds_are_counted(settings, clipped):
    values = rows()
    statistics = measured(values)
    made = codec("rt2", statistics, **settings)
    assert clipping(made, statistics, reader(values, [3, 500])).clipped == by_hand(made, values) == clipped


def test_bounds_of_another_split_are_counted():
    train, val = rows(), rows(310) * np.float32(3)
    made = codec("rt2", measured(train), gripper="open_absolute")
    found = clipping(made, None, reader(val, [100]))
    assert (found.steps, found.clipped) == (310, by_hand(made, val))
    assert (found.least[1], found.most[1]) == (0.0, 1.5)


def said(values, **settings):
    statistics = measured(values)
    made = codec("rt2", statistics, gripper="open_absolute", **settings)
    wanted = settings.get("bounds", "quantiles")
    return list(remarks(made, wanted, statistics, clipping(made, statistics, reader(values, []))))


def test_a_dimension_that_rarely_moves_is_said():
    assert said(rows()) == [
        (
            1,
            "dyaw moves in only 2 of 700 (0.29%) steps: quantiles, 0 to 0, would cut that off, "
            "so its bins span all values, 0 to 0.5.",
        )
    ]
    assert said(rows(), bounds="min_max") == []


def test_many_steps_beyond_and_single_ones_far_beyond_are_said():
    few = {"low": [-0.1, -0.2, 0.0], "high": [0.1, 0.4, 1.0]}
    assert said(rows(), bounds=few) == [], "two steps, a little"
    many = {"low": [-0.01, -1.0, 0.0], "high": [0.01, 0.02, 1.0]}
    values = rows()
    values[7, 1] = 50.0
    assert said(values, bounds=many) == [
        (
            0,
            "dx: 437 of 700 (62%) steps lie beyond its bounds, -0.01 to 0.01, and are cut to them; "
            f"the data goes from {values[:, 0].min():.4g} to {values[:, 0].max():.4g}.",
        ),
        (
            1,
            "dyaw: 3 of 700 (0.43%) steps lie beyond its bounds, -1 to 0.02, and are cut to them; "
            "the data goes from 0 to 50.",
        ),
    ]


def test_the_last_digits_of_float32_are_no_matter():
    values = rows()
    values[:, 2] *= np.float32(1.0000001)
    statistics = measured(values)
    made = codec("rt2", statistics, gripper="open_absolute")
    found = clipping(made, statistics, reader(values, []))
    assert found.clipped[2] == 234, "exact all the same"
    assert [d for d, _ in remarks(made, "quantiles", statistics, found)] == [1]


def test_fixed_bounds_that_leave_most_bins_empty_are_said():
    rng = np.random.default_rng(0)
    values = np.column_stack(
        [rng.uniform(-0.02, 0.02, 600), rng.uniform(-1.5, 1.5, 600), rng.uniform(0, 1, 600)]
    )
    values = values.astype(np.float32)
    statistics = summarise(lambda: reader(values, [])(), {"action": NAMES})["action"].statistics
    bounds = {"low": [-1.0, -1.6, 0.0], "high": [1.0, 1.6, 1.0]}
    made = codec("rt2", statistics, bounds=bounds, gripper="open_absolute")
    found = clipping(made, statistics, reader(values, []))
    (dx, _, gripper) = found.bins(made)
    assert dx == (7, 256)
    assert gripper[0] > 250
    ((d, says),) = remarks(made, bounds, statistics, found)
    assert (d, says.partition(":")[0]) == (0, "dx uses 7 of 256 bins")
    assert list(few_bins(made, found)) == [(0, 7, 256)]
    assert list(remarks(made, "quantiles", statistics, found)) == []


def test_no_dimension_uses_more_bins_than_there_are():
    """The last of OpenVLA's 256 bins is only for values beyond the bound."""
    values = np.random.default_rng(0).normal(0, 1, (600, 3)).astype(np.float32)
    statistics = summarise(reader(values, []), {"action": NAMES})["action"].statistics
    made = codec("openvla", statistics, gripper="open_absolute")
    assert clipping(made, statistics, reader(values, [])).bins(made)[:2] == ((256, 256), (256, 256))


def test_the_share_that_is_clipped_is_told_where_there_is_one():
    used = {"dx": (256, 256), "dy": (7, 256)}
    assert bins_told(used, {"dx": 0, "dy": 0}, 50) == "dx 256 of 256, dy 7 of 256; no value is clipped"
    assert bins_told(used, {"dx": 1, "dy": 0}, 50) == "dx 256 of 256 (2% of the steps clipped), dy 7 of 256"
