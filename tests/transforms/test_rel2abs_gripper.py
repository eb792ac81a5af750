import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vladata.transforms.rel2abs_gripper import rel2abs_gripper

BOUND = float(np.float32(0.1))


def step_by_step(commands):
    """The rule as OPERATIONS of Octo and OpenVLA go about it: one step after the other."""
    states = [1 if x < -np.float32(0.1) else -1 if x > np.float32(0.1) else 0 for x in commands]
    first = next((state for state in states if state), 0)
    carried = -first if first else 1
    out = []
    for state in states:
        carried = state or carried
        out.append((carried + 1) / 2)
    return out


@pytest.mark.parametrize(
    ("commands", "opening"),
    [
        ([0, 0, 1, 0, -1, 0], [1, 1, 0, 0, 1, 1]),
        ([0, -1, 0], [0, 1, 1]),
        ([0, 0, 0], [1, 1, 1]),
        ([1], [0]),
        ([-1], [1]),
        ([0], [1]),
        ([], []),
        ([1, 1, -1, 1, 0], [0, 0, 1, 0, 0]),
        ([0, BOUND, -BOUND, 0.11], [1, 1, 1, 0]),  # the bounds themselves are no command
        ([0.05, -0.2, 0.05, 0.2], [0, 1, 1, 0]),
    ],
)
def test_commands_and_openings(column, commands, opening):
    out = rel2abs_gripper(column(commands))
    assert out[:, 0].tolist() == opening
    assert out.dtype == np.float32


NEAR = [0.0, 1.0, -1.0, BOUND, -BOUND, float(np.nextafter(np.float32(0.1), np.float32(1)))]
COMMANDS = st.lists(st.sampled_from(NEAR) | st.floats(-1, 1, width=32), max_size=40)


@given(COMMANDS)
def test_it_equals_going_step_by_step(commands):
    assert rel2abs_gripper(np.array(commands, np.float32)[:, None])[:, 0].tolist() == step_by_step(commands)


def test_columns_do_not_meet(column):
    out = rel2abs_gripper(column([[0, 0], [1, -1], [0, 0]]))
    assert out.tolist() == [[1, 0], [0, 1], [0, 1]]


def test_what_is_not_finite_is_no_command_and_stays(column):
    out = rel2abs_gripper(column([0, np.nan, 1, np.inf, np.nan, -np.inf, 0]))[:, 0]
    np.testing.assert_array_equal(out, [1, np.nan, 0, np.inf, np.nan, -np.inf, 1])
