"""Rounding noise is no motion: what is said of it is that it never changes, and no scale is advised for it."""

import numpy as np
import pytest

from tests.doctor.tracks import changed, drawn, find, subject
from vladata.doctor.action_kind import action_kind
from vladata.doctor.facts import facts_of
from vladata.doctor.gripper_range import gripper_range
from vladata.doctor.idle import quiet_of
from vladata.doctor.noise import still_columns
from vladata.doctor.unit_scale import unit_scale
from vladata.doctor.values import constant, saturated


@pytest.mark.parametrize(
    ("values", "still"),
    [
        ([0.0, 1e-17], True),
        ([0.0, 1e-9], True),
        ([0.0, 1e-6], False),
        ([0.3, 0.3 + 1e-8], True),
        ([0.3, 0.3 + 1e-5], False),
        ([1e6, 1e6 + 0.1], True),
        ([1e6, 1e6 + 1.0], False),
    ],
)
def test_what_is_still(values, still):
    assert still_columns(np.array(values)[:, None]).tolist() == [still]


def noisy(dimension, value):
    rng = np.random.default_rng(0)

    def change(action, _):
        action[:, dimension] = value + 1e-17 * rng.normal(size=len(action))

    return changed(drawn(0), change)


def test_a_gripper_that_never_moves_gets_no_scale():
    tracks = noisy(6, 0.0)
    assert find(gripper_range, tracks) == []
    (said,) = find(constant, tracks)
    assert said.says == "Action gripper never changes (0)."
    (said,) = find(gripper_range, noisy(6, 5.0))
    assert (
        said.advice
        == "It never changes, so no scale brings it into the range. Check that the right column is read."
    )


@pytest.mark.parametrize("dimension", range(7))
def test_noise_in_one_dimension_is_said_to_be_constant_and_no_more(dimension):
    tracks = noisy(dimension, 0.0)
    clean = {
        found.kind for detector in (action_kind, unit_scale, saturated) for found in find(detector, drawn(0))
    }
    found = [
        f for detector in (action_kind, unit_scale, saturated, gripper_range) for f in find(detector, tracks)
    ]
    assert {f.kind for f in found} <= clean
    assert len(find(constant, tracks)) == 1


def test_noise_is_no_motion_that_keeps_a_step_from_being_idle():
    bundles = quiet_of(facts_of(subject(), noisy(6, 0.0))).bundles
    assert ((6,), False, 1e-9) in bundles
