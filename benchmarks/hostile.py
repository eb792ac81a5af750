"""Malformed messages for a policy server: mutated messages and hand-written ones, drawn from a seed.

    python -m benchmarks.hostile URL MESSAGES

Most are sent over connections of vla-eval's protocol, which stay open after an error; some over connections of openpi's protocol,
which an error closes.
"""

import json
import random
import sys
from collections import Counter
from contextlib import ExitStack

import msgpack
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

import vladata
from vladata.consumer.evaluation.adapters.tabletop import Tabletop
from vladata.consumer.serving.wire import decoded, encoded
from vladata.errors import MalformedMessage

LINKS = 4
OPENPI = 0.002
"""The share of messages that are sent over a connection of openpi's protocol."""


def _array(**changed: object) -> bytes:
    said = {"__ndarray__": True, "data": b"\0" * 8, "dtype": "<f4", "shape": [2], **changed}
    return bytes(msgpack.packb({key.encode(): value for key, value in said.items()}))


PLANTED = (
    *(_array(dtype=name) for name in ("|O", "O", "<U2", "f4,O", "<c8", "<M8[s]", "|V8", 7, [["a", "|O"]])),
    *(
        _array(shape=shape)
        for shape in ([-1], [-2, -1], [2**40], [2**62, 2**62], [1] * 40, [2.0], "ab", [True])
    ),
    *(_array(data=data) for data in (b"", b"\0" * 7, b"\0" * 9, "text", [1, 2], None)),
    _array(shape=[2**40, 0], data=b""),
    b"\x91" * 2000 + b"\xc0",
    b"\x81\xa1a" * 2000 + b"\xc0",
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff",
    b"\xdc\xff\xff" * 500,
    b"\xdb\xff\xff\xff\xff",
    bytes(msgpack.packb("a" * 300_000)),
    bytes(msgpack.packb({"a" * 70_000: 1})),
    bytes(msgpack.packb([[0] * 9000] * 4)),
    bytes(msgpack.packb(msgpack.ExtType(5, b"abc"))),
    bytes(msgpack.packb({1: 2})),
    b"\x80\x04\x95\x10\x00\x00\x00",
    b"",
)


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Return the message with some bytes removed, added or changed; or cut, or doubled."""
    kind = rng.random()
    if kind < 0.1:
        return data[: rng.randrange(len(data) + 1)]
    if kind < 0.15:
        return data + data
    found = bytearray(data)
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(found) + 1)
        found[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(4))
    return bytes(found)


def attack(url: str, messages: int, seen: vladata.Observation, seed: int = 0) -> dict[str, int]:
    """Send messages one after the other, and return the number of each kind of answer.

    The kinds are: an error; an action (a mutation may change nothing); no answer, because none is due; a closed connection."""
    rng = random.Random(seed)
    valid = {"images": dict(seen.images), "states": seen.state, "task_description": seen.instruction}
    whole = encoded({"type": "observation", "payload": valid, "seq": 1, "timestamp": 0.0}, str)
    small = encoded(
        {"type": "observation", "payload": {**valid, "images": {}}, "seq": 1, "timestamp": 0.0}, str
    )
    found: Counter[str] = Counter()
    links: list[_Link | None] = [None] * LINKS
    for number in range(messages):
        data = (
            mutated(rng, rng.choice((whole, small, *PLANTED))) if rng.random() < 0.7 else rng.choice(PLANTED)
        )
        if rng.random() < OPENPI:
            found[_once(url, data)] += 1
            continue
        at = number % LINKS
        link = links[at]
        if link is None:
            link = links[at] = _Link(url)
        outcome = _sent(link.connection, data)
        found[outcome] += 1
        if outcome == "closed":
            link.held.close()
            links[at] = None
    return dict(found)


class _Link:
    """A connection of vla-eval's protocol."""

    def __init__(self, url: str) -> None:
        self.held = ExitStack()
        self.connection = self.held.enter_context(connect(url, compression=None, max_size=None))
        self.connection.recv()
        self.connection.send(encoded({"type": "hello", "payload": {}, "seq": 0, "timestamp": 0.0}, str))


def _quiet(data: bytes) -> bool:
    """Return True if a mutated message is one that the server does not answer."""
    try:
        message = decoded(data)
        return isinstance(message, dict) and message.get("type") in ("hello", "episode_start", "episode_end")
    except MalformedMessage:
        return False


def _sent(link: ClientConnection, data: bytes) -> str:
    if _quiet(data):
        return "unanswered"
    try:
        link.send(data)
        reply = link.recv(timeout=30)
    except ConnectionClosed:
        return "closed"
    assert isinstance(reply, bytes), reply
    return str(decoded(reply)["type"])


def _once(url: str, data: bytes) -> str:
    with connect(url, compression=None, max_size=None) as link:
        link.recv()
        try:
            link.send(data)
            reply = link.recv(timeout=30)
        except ConnectionClosed:
            return "closed"
        return "error" if isinstance(reply, str) else "action"


if __name__ == "__main__":
    print(json.dumps(attack(sys.argv[1], int(sys.argv[2]), Tabletop().reset("seen", 99, 0))))
