"""The first message of the server: one map that openpi's client reads as metadata, and vla-eval's as the answer to its HELLO.

openpi-client waits for it and accepts any map. vla-eval's client sends HELLO, then reads one message, which must be a HELLO. So
the server sends this message immediately: it suits both clients, and the server need not know yet which client has connected.
"""

import time
from collections.abc import Mapping
from typing import Any

from vladata.version import __version__

WIRE = 1
"""Version of the messages of our own client."""
VLA_EVAL = 1
"""Version of vla-eval's protocol."""
HELLO = "hello"


def greeting(told: Mapping[str, Any], started: str) -> dict[str, Any]:
    """Return the message that a robot gets when it connects.

    told: the description of the policy.   started: an id of this start of the server."""
    payload = {
        "harness_version": f"vladata {__version__}",
        "protocol_version": VLA_EVAL,
        "model_server": "vladata",
    }
    hello = {"type": HELLO, "payload": payload, "seq": 0, "timestamp": time.time()}
    return {**hello, "vladata": WIRE, "version": __version__, "started": started, **told}
