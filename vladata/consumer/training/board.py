"""A writer of TensorBoard's files: OUT/tensorboard/events.out.tfevents.*, framed as TFRecord.

The records are TensorBoard's own messages (format: tensorflow/core/util/event.proto). torch's SummaryWriter is not used, because
it imports TensorFlow if that is installed, which takes seconds and half a gigabyte.
"""

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vladata.errors import MissingExtra
from vladata.formats.tfrecord import frame

VERSION = "brain.Event:2"  # version of the format, which the first record of a file holds


class Board:
    """A writer of scalars to a new file."""

    def __init__(self, folder: Path, step: int) -> None:
        """Begin a file.

        step: the step from which the run continues; TensorBoard then ignores the scalars of later steps in older files of the
        folder. Raises MissingExtra if the package tensorboard is missing."""
        try:
            from tensorboard.compat.proto.event_pb2 import Event, SessionLog
            from tensorboard.compat.proto.summary_pb2 import Summary
        except ImportError:
            hint = 'pip install "vladata[train]", or set log: {tensorboard: false}.'
            raise MissingExtra("TensorBoard's files need the package tensorboard", hint=hint) from None
        self._event, self._summary = Event, Summary
        folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns() // 1000:016d}.{socket.gethostname()}.{os.getpid()}"
        self._file = open(folder / name, "xb")  # noqa: SIM115  # until close()
        self._write(file_version=VERSION)
        self._write(step=step + 1, session_log=SessionLog(status=SessionLog.START))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def write(self, step: int, said: Mapping[str, float]) -> None:
        """Write the scalars of a step."""
        values = [self._summary.Value(tag=name, simple_value=value) for name, value in said.items()]
        self._write(step=step, summary=self._summary(value=values))
        self._file.flush()

    def _write(self, **said: Any) -> None:
        event = self._event(wall_time=time.time(), **said)
        self._file.write(frame(event.SerializeToString()))
