"""RobotKeysSpec: the keys of a robot's messages that hold cameras, state and instruction, `schemas/robots/NAME.yaml`.

    name: droid
    protocol: openpi
    cameras: {primary: observation/exterior_image_1_left, wrist: observation/wrist_image_left}
    state: [observation/joint_position, observation/gripper_position]
    instruction: prompt

A key is a text, or a list of keys for a map within a map: [images, cam_high].
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from vladata.spec.strict import FrozenMap, Label, Line, Many, Name, Short, Strict

Key = Line | Annotated[Many[Line], Field(min_length=1)]


class CameraInMessage(Short):
    """The place of a camera's pictures in a message: only the key, or a map with more keys."""

    alone = "a key: text, or a list of keys"
    types = (str, list, tuple)

    key: Key
    """The key of the pictures."""
    channels: Literal["last", "first"] = "last"
    """The axis of colours. last: pictures are [height, width, 3]. first: they are [3, height, width], and their axes are
    reordered."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> dict[str, Any]:
        shape = super().__get_pydantic_json_schema__(core, handler)
        shape["type"] = [*shape["type"], "array"]
        return shape


class GripperRange(Strict):
    """The numbers that a robot uses for its gripper."""

    open: float
    """The number that opens the gripper."""
    closed: float
    """The number that closes the gripper."""


class RobotKeysSpec(Strict):
    """The keys of a robot's messages, and its conventions that differ from the dataset's."""

    name: Name
    """The name by which the robot is selected."""
    protocol: Literal["openpi", "vla-eval"]
    """The protocol of the messages."""
    cameras: FrozenMap[Label, CameraInMessage]
    """The name of a camera in the samples -> the key of its pictures. A camera that the policy was not trained with is
    ignored."""
    state: Annotated[Many[Key], Field(min_length=1)] | None = None
    """The keys whose numbers, one after the other, are the state, in the order of the dataset's schema. Left out, messages have
    no state."""
    state_names: Annotated[Many[Label], Field(min_length=1)] | None = None
    """The names of these numbers, as in the dataset's schema. A policy whose
    state has other names is not served to this robot."""
    instruction: Key
    """The key of the instruction."""
    asks: Literal["chunk", "step"] = "chunk"
    """The times at which the robot sends a message. step: at every step, so that the server knows earlier frames. chunk: when it
    has no action left; for a policy with a history it then sends all K frames, [K, height, width, 3]."""
    gripper: GripperRange | None = None
    """The robot's numbers for its gripper; left out, the numbers of the dataset."""
