"""RobotKeysSpec: which keys of a robot's messages hold which camera, the state and the instruction, `schemas/robots/NAME.yaml`.

    name: droid
    protocol: openpi
    cameras: {primary: observation/exterior_image_1_left, wrist: observation/wrist_image_left}
    state: [observation/joint_position, observation/gripper_position]
    instruction: prompt

A key is a text, or a list of keys where maps lie in each other: [images, cam_high].
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from vladata.spec.strict import FrozenMap, Label, Line, Many, Name, Short, Strict

Key = Line | Annotated[Many[Line], Field(min_length=1)]


class CameraKey(Short):
    """Where a camera's pictures are; the key alone where nothing else is to be said."""

    alone = "a key: text, or a list of keys"
    types = (str, list, tuple)

    key: Key
    """The key."""
    channels: Literal["last", "first"] = "last"
    """first: pictures are [3, height, width]; their axes are put in order."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> dict[str, Any]:
        shape = super().__get_pydantic_json_schema__(core, handler)
        shape["type"] = [*shape["type"], "array"]
        return shape


class GripperRange(Strict):
    """What a robot takes for its gripper."""

    open: float
    """The number that opens it."""
    closed: float
    """The number that closes it."""


class RobotKeysSpec(Strict):
    """The keys of a robot's messages, and what of its conventions is another than the dataset's."""

    name: Name
    """The name that it is asked for by."""
    protocol: Literal["openpi", "vla-eval"]
    """Whose messages these are."""
    cameras: FrozenMap[Label, CameraKey]
    """The name of a camera in the samples -> its key. A camera that the policy was not trained with is left alone."""
    state: Annotated[Many[Key], Field(min_length=1)] | None = None
    """The keys whose numbers, one after the other, are the state in the order of the dataset's schema; left out: none is sent."""
    state_names: Annotated[Many[Label], Field(min_length=1)] | None = None
    """What these numbers are, by the names of the dataset's schema; a policy that is told others is not served to this robot."""
    instruction: Key
    """The key of the instruction."""
    asks: Literal["chunk", "step"] = "chunk"
    """step: the robot sends every step's observation, so that the server knows the frames before it. chunk: it asks when the
    actions that it has are used up; a policy with a history is then given all its frames, [K, height, width, 3]."""
    gripper: GripperRange | None = None
    """How the robot spells its gripper; left out: as the dataset does."""
