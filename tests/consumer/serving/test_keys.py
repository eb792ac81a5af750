"""From a robot's message to an observation, by the keys of its file; and what a message lacks."""

import numpy as np
import pytest

from tests.consumer.serving.marked import Marked
from vladata.consumer.serving.keys import as_robot, check_keys, observation_of, plain
from vladata.errors import ContractMismatch, UsageError
from vladata.spec.find import names, robot
from vladata.spec.robot_keys import RobotKeysSpec


class Arm(Marked):
    cameras = ("primary", "wrist")
    state_names = ("a", "b", "c")


def keys(**said):
    plainly = {
        "name": "arm",
        "protocol": "openpi",
        "cameras": {"primary": "cam/0", "wrist": ["images", "wrist"]},
        "instruction": "prompt",
    }
    return RobotKeysSpec.model_validate(
        {**plainly, "state": ["joints", ["hand", "open"]], **said}, strict=False
    )


def message(**changed):
    first, second = np.full((4, 6, 3), 1, np.uint8), np.full((4, 6, 3), 2, np.uint8)
    said = {
        "cam/0": first,
        "images": {"wrist": second},
        "joints": np.float32([1, 2]),
        "hand": {"open": 0.5},
        "prompt": "go",
    }
    return {**said, **changed}


def test_keys_that_lie_in_each_other():
    seen = observation_of(message(), keys(), Arm())
    assert (seen.images["primary"][0, 0, 0], seen.images["wrist"][0, 0, 0]) == (1, 2)
    assert seen.state.tolist() == [1, 2, 0.5]
    assert seen.instruction == "go"


def test_channels_that_come_first():
    turned = keys(cameras={"primary": {"key": "cam/0", "channels": "first"}, "wrist": ["images", "wrist"]})
    picture = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(3, 2, 4)
    seen = observation_of(message(**{"cam/0": picture}), turned, Arm())
    assert seen.images["primary"].shape == (2, 4, 3)
    assert seen.images["primary"][1, 2].tolist() == picture[:, 1, 2].tolist()
    frames = np.stack([picture, picture + 1])
    assert observation_of(message(**{"cam/0": frames}), turned, Arm()).images["primary"].shape == (2, 2, 4, 3)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"cam/0": None}, "cam/0: expected an array; got 'NoneType'"),
        ({"cam/0": {"a": 1}}, "expected an array; got 'dict'"),
        ({"images": {}}, "images.wrist: the observation lacks a key; got 'nothing'"),
        ({"images": np.zeros(3)}, "images.wrist: the observation lacks a key; got 'ndarray'"),
        ({"hand": {}}, r"hand\.open: the observation lacks a key"),
        ({"joints": ["a"]}, "expected an array; got 'list'"),
        ({"prompt": 3}, "the instruction must be a text; got 'int'"),
        ({"prompt": b"go"}, "the instruction must be a text; got 'bytes'"),
    ],
)
def test_what_a_message_lacks(changed, says):
    with pytest.raises(UsageError, match=says):
        observation_of(message(**changed), keys(), Arm())


def test_lists_of_numbers_are_arrays():
    assert observation_of(message(joints=[1, 2.5]), keys(), Arm()).state.tolist() == [1, 2.5, 0.5]


def test_a_gripper_as_the_robot_spells_it():
    actions = np.float32([[0.1, 9, 1], [0.1, 9, 0], [0.1, 9, 0.25]])
    found = as_robot(actions, Marked.names, Marked(), keys(gripper={"open": -1.0, "closed": 1.0}))
    assert found[:, 2].tolist() == [-1, 1, 0.5]
    assert np.array_equal(found[:, :2], actions[:, :2])
    assert actions[:, 2].tolist() == [1, 0, 0.25]
    assert as_robot(actions, Marked.names, Marked(), keys()) is actions


def test_a_gripper_that_there_is_not():
    class Bare(Marked):
        grippers = ()

    with pytest.raises(
        ContractMismatch, match="the policy's actions have no gripper; got 'mark, level, gripper'"
    ):
        check_keys(
            plain(Bare(), "openpi").model_copy(
                update={"gripper": keys(gripper={"open": 1.0, "closed": 0.0}).gripper}
            ),
            Bare(),
        )


def test_robots_that_ship_are_read_and_fit_the_datasets_they_are_of():
    assert set(names("robot")) == {"aloha", "droid", "libero", "vla-eval-libero"}

    class Libero(Marked):
        cameras = ("primary", "wrist")
        state_names = ("x", "y", "z", "rotvec_x", "rotvec_y", "rotvec_z", "gripper_0", "gripper_1")

    for name in ("libero", "vla-eval-libero"):
        check_keys(robot(name), Libero())
    assert [robot(name).protocol for name in names("robot")] == ["openpi", "openpi", "openpi", "vla-eval"]


def test_keys_of_what_ships_are_those_that_robots_send():
    """As openpi's examples and vla-eval's benchmark build them."""
    eight = np.zeros(8, np.float32)
    picture = np.full((224, 224, 3), 7, np.uint8)
    turned = picture.transpose(2, 0, 1)

    class Both(Marked):
        cameras = ("primary", "wrist")
        state_names = tuple("abcdefgh")

    for name, sent in {
        "droid": {"observation/exterior_image_1_left": picture, "observation/wrist_image_left": picture,
                  "observation/joint_position": eight[:7], "observation/gripper_position": eight[:1], "prompt": "go"},
        "libero": {"observation/image": picture, "observation/wrist_image": picture, "observation/state": eight, "prompt": "go"},
        "aloha": {"state": eight, "images": {f"cam_{camera}": turned for camera in ("high", "low", "left_wrist", "right_wrist")},
                  "prompt": "go"},
        "vla-eval-libero": {"images": {"agentview": picture, "wrist": picture}, "states": eight, "task_description": "go"},
    }.items():  # fmt: skip
        seen = observation_of(sent, robot(name), Both())
        assert {image.shape for image in seen.images.values()} == {(224, 224, 3)}, name
        assert seen.state.shape == (8,)
