"""The answers of models as they come in: a file of JSON lines that only grows.

    {"key": "9f...", "text": "[...]", "cut": false, "prompt_tokens": 812, "answer_tokens": 64}

A line is written by one call as soon as its answer arrives, before it is checked, so that a killed process loses only the answers
that had not arrived. If the last line was cut short, it is removed when the file is opened again. Memory holds 100 bytes per
answer; the texts stay in the file. Only one process at a time may use it.
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
class JournalEntry:
    """The place of the last answer to a question in the file, and the number of answers to it."""

    offset: int
    length: int
    answers: int


class Journal:
    """The file of answers, as a context manager. Raises OutputBusy if another process uses it, MalformedJson for another file."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._kept: dict[bytes, JournalEntry] = {}
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
            hint = "Wait until it has ended, or stop it."
            raise OutputBusy(
                "another process is asking the same questions", where=self.path, hint=hint
            ) from None
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
                    hint = "Remove the line, or move the file away: its questions are then asked again."
                    raise MalformedJson(
                        "the line is not an answer", where=f"{self.path}, line {number}", hint=hint
                    ) from None
                self._note(key, len(line))

    def _note(self, key: bytes, length: int) -> None:
        before = self._kept.get(key)
        self._kept[key] = JournalEntry(self._end, length, 1 + (before.answers if before else 0))
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
        """Return the number of answers to a question."""
        kept = self._kept.get(key)
        return kept.answers if kept else 0

    def last(self, key: bytes) -> Answer | None:
        """Return the last answer to a question; None if there is none."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        said = orjson.loads(os.pread(self._file, kept.length, kept.offset))
        return Answer(*(said[name] for name in _PLAIN))
