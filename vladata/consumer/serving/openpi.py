"""openpi's protocol: an observation in, a chunk of actions out; errors as a text, and then the connection is closed (1011).

No array but "actions" is in an answer: openpi-client's ActionChunkBroker takes a step of every array.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from vladata.consumer.serving.batching import Answer

PROTOCOL = "openpi"
OURS = "vladata"
"""The key by which a message of our own client is known; its value is greeting.WIRE."""
NUMBER = "id"


def answered(answer: Answer, actions: np.ndarray, message: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to an observation. actions: float32 [H, D], as the robot has them."""
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
