"""The process that runs shares of a job: python -m vladata.beam.worker MODULE ...

It imports the modules while its supervisor still prepares, then reads tasks from standard input and answers on standard output.
Each message is a pickle after its length: a WorkerTask in, None or an exception out. When standard input closes, its supervisor
has ended, and the process ends at once: nothing may write for a job without a supervisor.
"""

import logging
import os
import pickle
import struct
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from queue import SimpleQueue
from typing import Any, BinaryIO

from vladata.beam.lean import load
from vladata.errors import VladataError, WorkerFailed


@dataclass(frozen=True, slots=True)
class WorkerTask:
    """A call of `function` of `module` with `arguments`."""

    module: str
    function: str
    arguments: tuple[Any, ...]


def send(stream: BinaryIO, message: object) -> None:
    data = pickle.dumps(message)
    stream.write(struct.pack("<Q", len(data)) + data)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Return the next message. Raises EOFError if the other side has ended."""
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    (length,) = struct.unpack("<Q", head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return pickle.loads(data)


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # text that a library prints must not get between the answers
    tasks: SimpleQueue[WorkerTask] = SimpleQueue()
    threading.Thread(target=_listen, args=(tasks.put,), daemon=True).start()
    logging.disable(logging.CRITICAL)  # Beam logs each error several times; ours are sent as values
    load(sys.argv[1:])
    while True:
        outcome = _outcome(tasks.get())
        try:
            send(answers, outcome)
        except OSError:
            os._exit(1)  # if an answer cannot be sent, the end of the process says so


def _listen(put: Callable[[WorkerTask], None]) -> None:
    while True:
        try:
            put(receive(sys.stdin.buffer))
        except EOFError:
            os._exit(1)


def _outcome(task: WorkerTask) -> VladataError | None:
    try:
        getattr(import_module(task.module), task.function)(*task.arguments)
    except VladataError as fault:
        return fault
    except Exception as fault:  # noqa: BLE001 - the supervisor must be told of every error
        return unforeseen(fault)
    return None


def unforeseen(fault: Exception) -> WorkerFailed:
    """Return a WorkerFailed for an exception that is not a VladataError, with its traceback.

    An error of the operating system needs no traceback.
    """
    if isinstance(fault, OSError) and fault.strerror:
        where = str(fault.filename or "")
        hint = "The same command goes on from here."
        return WorkerFailed(f"the system refused a worker: {fault.strerror}", where=where, hint=hint)
    what = f"a worker failed unexpectedly: {type(fault).__name__}: {fault}"
    return WorkerFailed(what, hint="".join(traceback.format_exception(fault)))


if __name__ == "__main__":
    main()
