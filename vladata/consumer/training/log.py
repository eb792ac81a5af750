"""The log of a run: OUT/log.jsonl, with one JSON object in each line, and OUT/tensorboard.

    {"step": 20, "loss": 1.25, "learning_rate": 0.0012, "gradient_norm": 0.8, "samples": 1760, "seconds": 3.1,
     "train/robot/action/loss": 1.31, "train/robot/action/token_accuracy": 0.6, "train/robot/action_error/dx": 0.02, ...}
    {"step": 250, "held_out/web/blocks/location/exact_match": 0.81, ...}

A run that continues removes the lines that were written after its checkpoint, so that each step is in the log once.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from vladata.consumer.training.board import Board

LOG, BOARD = "log.jsonl", "tensorboard"


class TrainingLog:
    """A writer of the log's lines, and of scalars for TensorBoard."""

    def __init__(self, out: Path, step: int, board: bool) -> None:
        """Open the log, and remove the lines of later steps. step: the step of the checkpoint that the run continues from."""
        self._path = out / LOG
        kept = [line for line in read_log(out) if line["step"] <= step]
        unfinished = out / f"{LOG}.unfinished"
        unfinished.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in kept))
        os.replace(unfinished, self._path)
        self._board = Board(out / BOARD, step) if board else None

    def close(self) -> None:
        """Close TensorBoard's file."""
        if self._board is not None:
            self._board.close()

    def write(self, step: int, said: Mapping[str, Any]) -> None:
        """Write the numbers of one step."""
        line = {"step": step, **said}
        with open(self._path, "ab") as file:
            file.write(orjson.dumps(line) + b"\n")
        if self._board is not None:
            self._board.write(step, said)


def read_log(out: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a run's log, except an incomplete last line; nothing if there is no log."""
    path = out / LOG
    for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
        if line.endswith(b"\n"):
            yield orjson.loads(line)
