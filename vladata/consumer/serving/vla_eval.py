"""vla-eval's protocol, version 1: the observation of every step in, one action out; the session stores the rest of a chunk.

    {"type": "observation", "payload": {...}, "seq": 7, "timestamp": ...}
    -> {"type": "action", "payload": {"actions": float32 [D], "terminate": false}, "seq": 7, "timestamp": ...}

hello, episode_start and episode_end are not answered (the greeting was the answer to hello). An error is a message of type error,
after which the connection stays open. Fields of episode_start about recordings on the server's disk are ignored.
"""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from vladata.consumer.serving.greeting import HELLO
from vladata.errors import MalformedMessage

PROTOCOL = "vla-eval"
OBSERVATION, ACTION, ERROR = "observation", "action", "error"
STARTS = ("episode_start", "episode_end")
KINDS = (HELLO, OBSERVATION, *STARTS)
PARTS = ("type", "payload", "seq", "timestamp")


def is_message(message: Any) -> bool:
    """Return True for a message of this protocol."""
    return isinstance(message, Mapping) and all(part in message for part in PARTS)


def checked(message: Any) -> tuple[str, Mapping[str, Any], int]:
    """Return the type, payload and number of a message. Raises MalformedMessage for a message of another form."""
    if not is_message(message):
        raise MalformedMessage("a message of vla-eval lacks a part", allowed=", ".join(PARTS))
    kind, payload, seq = message["type"], message["payload"], message["seq"]
    if kind not in KINDS:
        raise MalformedMessage("unknown type of message", got=kind, allowed=", ".join(KINDS))
    if not isinstance(payload, Mapping) or type(seq) is not int:
        got = f"{type(payload).__name__} and {type(seq).__name__}"
        raise MalformedMessage("payload or seq has a wrong type", got=got, allowed="a map and a whole number")
    return kind, payload, seq


def acted(action: np.ndarray, ends: bool, seq: int) -> dict[str, Any]:
    """Return the message of one action, float32 [D]."""
    return _message(
        ACTION, {"actions": np.ascontiguousarray(action, np.float32), "terminate": bool(ends)}, seq
    )


def wrong(text: str, seq: int) -> dict[str, Any]:
    """Return the message of an error."""
    return _message(ERROR, {"error": text}, seq)


def _message(kind: str, payload: Mapping[str, Any], seq: int) -> dict[str, Any]:
    return {"type": kind, "payload": payload, "seq": seq, "timestamp": time.time()}
