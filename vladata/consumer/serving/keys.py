"""From a robot's message to an observation, by the keys of its robot file; and actions in the robot's gripper convention.

A message of our own client needs no robot file: {"images": {camera: uint8 [height, width, 3]}, "state": float [S], "prompt":
text}.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vladata.actions.grippers import CONVENTIONS, OPEN_ABSOLUTE
from vladata.consumer.policy.observation import Observation
from vladata.consumer.serving.served import Served
from vladata.errors import ContractMismatch, UsageError
from vladata.spec.robot_keys import Key, RobotKeysSpec

PLAIN = "plain"
CLOSED, OPEN = CONVENTIONS[OPEN_ABSOLUTE]
STATE = {"openpi": "state", "vla-eval": "states"}
INSTRUCTION = {"openpi": "prompt", "vla-eval": "task_description"}
ASKS = {"openpi": "chunk", "vla-eval": "step"}


def plain(policy: Served, protocol: str) -> RobotKeysSpec:
    """Return the keys for robots without a robot file: the policy's names of cameras, and the protocol's names for the rest."""
    said = {
        "name": PLAIN,
        "protocol": protocol,
        "cameras": {camera: ["images", camera] for camera in policy.cameras},
        "state": [STATE[protocol]] if policy.state_names else None,
        "instruction": INSTRUCTION[protocol],
        "asks": ASKS[protocol],
    }
    return RobotKeysSpec.model_validate(said, strict=False)


def check_keys(keys: RobotKeysSpec, policy: Served) -> None:
    """Raise ContractMismatch if a robot does not send all that the policy needs, or if its state has other names or order."""
    where = f"robot {keys.name}"
    if missing := [camera for camera in policy.cameras if camera not in keys.cameras]:
        what, got = "the robot does not send a camera that the policy needs", ", ".join(keys.cameras)
        raise ContractMismatch(what, where=where, got=got, allowed=f"also {', '.join(missing)}")
    if keys.gripper is not None and not policy.grippers:
        what, got = (
            "the robot file gives values for open and closed, but the policy's actions have no gripper",
            ", ".join(policy.names),
        )
        raise ContractMismatch(
            what, where=where, got=got, allowed=f"a dimension of convention {OPEN_ABSOLUTE}"
        )
    if policy.state_names and keys.state is None:
        allowed = ", ".join(policy.state_names)
        raise ContractMismatch(
            "the policy needs the robot's state, but the robot sends none", where=where, allowed=allowed
        )
    if policy.state_names and keys.state_names and tuple(keys.state_names) != policy.state_names:
        raise ContractMismatch(
            "the robot's state has other names, or another order, than the policy's",
            where=where,
            got=", ".join(keys.state_names),
            allowed=", ".join(policy.state_names),
        )


def observation_of(message: Mapping[str, Any], keys: RobotKeysSpec, policy: Served) -> Observation:
    """Return the observation in a message. Raises UsageError for a key that is missing, or whose value has a wrong type."""
    images = {}
    for camera in policy.cameras:
        rule = keys.cameras[camera]
        found = _array(_at(message, rule.key), rule.key)
        images[camera] = np.moveaxis(found, -3, -1) if rule.channels == "first" and found.ndim >= 3 else found
    state = None
    if policy.state_names and keys.state is not None:
        parts = [np.atleast_1d(_array(_at(message, key), key)) for key in keys.state]
        state = parts[0] if len(parts) == 1 else np.concatenate([part.ravel() for part in parts])
    instruction = _at(message, keys.instruction)
    if not isinstance(instruction, str):
        got = type(instruction).__name__
        raise UsageError("the instruction must be a text", where=_spelled(keys.instruction), got=got)
    return Observation(images, instruction, state)


def as_robot(actions: np.ndarray, names: Sequence[str], policy: Served, keys: RobotKeysSpec) -> np.ndarray:
    """Return actions float32 [..., D] with the gripper values in the robot's convention."""
    if keys.gripper is None or not policy.grippers:
        return actions
    out = actions.copy()
    for i in (i for i, name in enumerate(names) if name in policy.grippers):
        part = (actions[..., i] - CLOSED) / (OPEN - CLOSED)
        out[..., i] = keys.gripper.closed + part * (keys.gripper.open - keys.gripper.closed)
    return out


def _at(message: Any, key: Key) -> Any:
    found = message
    for name in [key] if isinstance(key, str) else key:
        if not isinstance(found, Mapping) or name not in found:
            got = (
                ", ".join(sorted(map(str, found))[:20])
                if isinstance(found, Mapping)
                else type(found).__name__
            )
            raise UsageError("the observation lacks a key", where=_spelled(key), got=got or "nothing")
        found = found[name]
    return found


def _array(value: Any, key: Key) -> np.ndarray:
    if isinstance(value, np.ndarray | np.generic | int | float):
        return np.asarray(value)
    if isinstance(value, list) and all(isinstance(each, int | float) for each in value):
        return np.asarray(value, np.float64)
    allowed = "an array, a number or a list of numbers"
    raise UsageError("expected an array", where=_spelled(key), got=type(value).__name__, allowed=allowed)


def _spelled(key: Key) -> str:
    return key if isinstance(key, str) else ".".join(key)
