"""openpi's protocol: an observation in, a chunk of actions out; an error is a text, after which the connection is closed (1011).

"actions" is the only array in an answer, because openpi-client's ActionChunkBroker cuts every array of an answer into steps.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from vladata.consumer.serving.batching import TimedAction

PROTOCOL = "openpi"
OURS = "vladata"
"""Key that marks a message of our own client; its value is greeting.WIRE."""
NUMBER = "id"


def answered(answer: TimedAction, actions: np.ndarray, message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message that answers an observation. actions: float32 [H, D], in the robot's gripper convention."""
    action = answer.action
    told: dict[str, Any] = {
        "actions": np.ascontiguousarray(actions, np.float32),
        "terminate": action.terminate,
        "ends": action.ends.tolist(),
        "plan": action.plan,
        "policy_timing": {"infer_ms": answer.took * 1000, "batch": answer.batch},
        "server_timing": {"infer_ms": (answer.waited + answer.took) * 1000, "wait_ms": answer.waited * 1000},
    }
    if OURS in message:
        told |= {NUMBER: message.get(NUMBER), "texts": dict(action.texts), "names": list(action.names)}
    return told
