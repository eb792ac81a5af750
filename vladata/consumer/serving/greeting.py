"""The first message of the server: one map that openpi's client reads as metadata and vla-eval's as the answer to its HELLO.

openpi-client waits for it and takes any map. vla-eval's client sends HELLO, then reads one message, which has to be a HELLO. So
it is sent at once, both are content, and nobody has to guess who is there.
"""

import time
from collections.abc import Mapping
from typing import Any

from vladata.version import __version__

WIRE = 1
"""Version of our own client's messages."""
VLA_EVAL = 1
"""Version of vla-eval's protocol."""
HELLO = "hello"


def greeting(told: Mapping[str, Any], started: str) -> dict[str, Any]:
    """What a robot is told when it connects. told: of the policy.   started: names this start of the server."""
    payload = {
        "harness_version": f"vladata {__version__}",
        "protocol_version": VLA_EVAL,
        "model_server": "vladata",
    }
    hello = {"type": HELLO, "payload": payload, "seq": 0, "timestamp": time.time()}
    return {**hello, "vladata": WIRE, "version": __version__, "started": started, **told}
