"""What the name of a dimension says."""

from vladata.spec.dimensions import is_change, is_gripper, turns


def test_changes_and_grippers():
    names = (
        "dx",
        "dyaw",
        "dj0",
        "left_dz",
        "gripper",
        "right_gripper",
        "x",
        "j0",
        "base_linear",
        "done",
        "dj",
        "base_dyaw",
        "arm_2_dj11",
        "indx",
        "left_x",
    )
    changes = ["dx", "dyaw", "dj0", "left_dz", "base_dyaw", "arm_2_dj11"]
    assert [name for name in names if is_change(name)] == changes
    assert [name for name in names if is_gripper(name)] == ["gripper", "right_gripper"]


def test_turns_need_all_three():
    assert turns(("dx", "droll", "dpitch", "dyaw", "gripper")) == [(1, 2, 3)]
    assert turns(("left_dyaw", "left_droll", "left_dpitch", "dyaw")) == [(1, 2, 0)]
    assert turns(("dyaw", "arm_2_dyaw", "dpitch", "arm_2_dpitch", "arm_2_droll", "droll")) == [
        (4, 3, 1),
        (5, 2, 0),
    ]
    assert turns(("droll", "dyaw")) == []
