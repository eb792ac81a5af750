"""Coverage-guided fuzzing of the decoder of robots' messages: what comes is data or one of our errors, and nothing else.

    python -m tests.fuzz.messages FOLDER [options of libFuzzer, as -runs=10000000]

FOLDER keeps the inputs that reached something new. `make fuzz` runs 10 million inputs; it needs atheris.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["vladata.consumer.serving", "msgpack"]):
    from vladata.consumer.serving.keys import observation_of, plain
    from vladata.consumer.serving.vla_eval import checked
    from vladata.consumer.serving.wire import decoded, encoded

import numpy as np

from tests.consumer.serving.marked import Marked, as_openpi, as_vla_eval
from vladata.errors import VladataError

POLICY = Marked()
KEYS = {name: plain(POLICY, name) for name in ("openpi", "vla-eval")}
KINDS = (dict, list, str, bytes, int, float, bool, type(None), np.ndarray, np.generic)


def one(data: bytes) -> None:
    """Read an input as a robot's message, and hold what comes of it against what may."""
    try:
        message = decoded(data)
    except VladataError:
        return
    for part in parts(message):
        assert isinstance(part, KINDS), type(part)
    for protocol, keys in KEYS.items():
        try:
            payload = message if protocol == "openpi" else checked(message)[1]
            if isinstance(payload, dict):
                POLICY.check(observation_of(payload, keys, POLICY))
        except VladataError:
            continue


def parts(message: object) -> Iterator[object]:
    """The message and all that it holds."""
    yield message
    inner = (
        list(message.values()) if isinstance(message, dict) else message if isinstance(message, list) else ()
    )
    for part in inner:
        yield from parts(part)


def seeds(folder: Path) -> None:
    """Write the messages that are mutated first."""
    whole = {"type": "observation", "payload": as_vla_eval(1), "seq": 1, "timestamp": 0.0}
    for number, data in enumerate((encoded(as_openpi(1)), encoded(whole, str))):
        (folder / f"seed{number}").write_bytes(data)


if __name__ == "__main__":
    corpus = Path(sys.argv[1])
    corpus.mkdir(parents=True, exist_ok=True)
    seeds(corpus)
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
