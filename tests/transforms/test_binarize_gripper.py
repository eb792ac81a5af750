import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vladata.transforms.binarize_gripper import binarize_gripper


def step_by_step(openings):
    """The rule as Octo and OpenVLA go about it: from the last step to the first."""
    carried = openings[-1] if openings else None
    out = []
    for x in reversed(openings):
        if x > np.float32(0.95):
            carried = 1.0
        elif x < np.float32(0.05):
            carried = 0.0
        out.append(float(np.float32(carried)))
    return out[::-1]


@pytest.mark.parametrize(
    ("openings", "expected"),
    [
        ([1, 0.5, 0, 0.5, 1], [1, 0, 0, 1, 1]),
        ([1, 0.5, 0, 0.25, 0.5], [1, 0, 0, 0.5, 0.5]),  # the tail keeps its raw last value
        ([0.25, 0.5], [0.5, 0.5]),
        ([0.5], [0.5]),
        ([1, 1, 0], [1, 1, 0]),
        ([-1, 0.5, 2], [0, 1, 1]),  # -1 counts as closed
        ([], []),
    ],
)
def test_openings(column, openings, expected):
    out = binarize_gripper(column(openings))
    assert out[:, 0].tolist() == expected
    assert out.dtype == np.float32


NEAR = [0.0, 1.0, 0.5, -1.0, *(float(np.float32(x)) for x in (0.05, 0.95, 0.9500001, 0.0499999))]


@given(st.lists(st.sampled_from(NEAR) | st.floats(-1, 2, width=32), max_size=40))
def test_it_equals_going_step_by_step(openings):
    assert binarize_gripper(np.array(openings, np.float32)[:, None])[:, 0].tolist() == step_by_step(openings)


def test_columns_do_not_meet(column):
    assert binarize_gripper(column([[0.5, 0.5], [1, 0], [0.5, 1]])).tolist() == [[1, 0], [1, 0], [0.5, 1]]


def test_what_is_not_finite_stays(column):
    out = binarize_gripper(column([0.5, np.nan, 1, np.inf, -np.inf, 0.5, np.nan]))[:, 0]
    np.testing.assert_array_equal(out, [1, np.nan, 1, np.inf, -np.inf, np.nan, np.nan])
