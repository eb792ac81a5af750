"""The answers of models as they come in: a file of JSON lines that only grows.

    {"key": "9f...", "text": "[...]", "cut": false, "prompt_tokens": 812, "answer_tokens": 64}

A line is written by one call as soon as its answer is there, before anybody looks at it, so that a process that is killed has
lost only what was under way. A last line that was cut short is taken off when the file is opened again. Held: 100 bytes an
answer; the texts stay in the file. One process at a time has it.
"""

import fcntl
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import orjson

from vladata.annotate.model import Answer
from vladata.errors import MalformedJson, OutputBusy, OutputError

_PLAIN = ("text", "cut", "prompt_tokens", "answer_tokens")


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the last answer to a question lies, and how many there are."""

    offset: int
    length: int
    answers: int


class Journal:
    """Use as a context manager. Raises OutputBusy while another process has the file, MalformedJson for one that is none."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._kept: dict[bytes, Kept] = {}
        self._lock = threading.Lock()
        self._file = -1
        self._end = 0

    def __enter__(self) -> "Journal":
        try:
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as fault:
            raise OutputError(f"the answers cannot be kept: {fault.strerror}", where=self.path) from fault
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            hint = "Wait for it, or stop it first."
            raise OutputBusy("another process is asking", where=self.path, hint=hint) from None
        try:
            self._read()
        except BaseException:
            os.close(self._file)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def _read(self) -> None:
        with open(self.path, "rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    os.ftruncate(self._file, self._end)
                    break
                try:
                    said = orjson.loads(line)
                    key = bytes.fromhex(said["key"])
                    Answer(*(said[name] for name in _PLAIN))
                except (ValueError, LookupError, TypeError):
                    hint = "Take the line out, or move the file away: its questions are then asked anew."
                    raise MalformedJson(
                        "this is no answer", where=f"{self.path}, line {number}", hint=hint
                    ) from None
                self._note(key, len(line))

    def _note(self, key: bytes, length: int) -> None:
        before = self._kept.get(key)
        self._kept[key] = Kept(self._end, length, 1 + (before.answers if before else 0))
        self._end += length

    def add(self, key: bytes, answer: Answer) -> None:
        """Keep an answer."""
        plain = {name: getattr(answer, name) for name in _PLAIN}
        line = orjson.dumps({"key": key.hex(), **plain}) + b"\n"
        with self._lock:
            try:
                written = os.write(self._file, line)
                while written < len(line):
                    written += os.write(self._file, line[written:])
            except OSError as fault:
                raise OutputError(f"the answers cannot be kept: {fault.strerror}", where=self.path) from fault
            self._note(key, len(line))

    def answers(self, key: bytes) -> int:
        """How many answers there are to a question."""
        kept = self._kept.get(key)
        return kept.answers if kept else 0

    def last(self, key: bytes) -> Answer | None:
        """The last answer to a question; None where there is none."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        said = orjson.loads(os.pread(self._file, kept.length, kept.offset))
        return Answer(*(said[name] for name in _PLAIN))
