"""The two files that a conversion can take: which frames to keep, and what to do with single episodes.

keep-ranges   {"train-00000-000003": [[0, 40], [52, 88]], ...}      RLDS step numbers, stop not included; openpi's form
errata        {"train-00000-000009": {"exclude": "why"}, "train-00000-000003": {"instruction": ""}}

Keep-ranges lists every episode of the source of which a frame is kept; one that is not listed is dropped. Both are written
episode by episode under a temporary name, and renamed when they are whole.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO

import numpy as np

from vladata.errors import OutputError
from vladata.selection.errata import Erratum, said
from vladata.selection.json_file import entry


def ranges(steps: int, cut: np.ndarray) -> list[list[int]]:
    """Return the ranges [start, stop] of the steps 0..steps-1 that are not in `cut`."""
    kept = np.ones(steps, bool)
    kept[cut] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]]).astype(np.int8)))
    return [[int(a), int(b)] for a, b in edges.reshape(-1, 2)]


class JsonFile:
    """A JSON object that is written key by key. Without a path it takes everything and writes nothing."""

    def __init__(self, path: str | None) -> None:
        self.path = path
        self.temporary = f"{path}.{os.getpid()}.part"
        self.entries = 0
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "JsonFile":
        if self.path:
            try:
                self._file = open(self.temporary, "wb")
                self._file.write(b"{")
            except OSError as fault:
                raise self._failed(fault) from fault
        return self

    def put(self, key: str, value: object) -> None:
        """Write one entry. A key that is written twice is not noticed."""
        if self._file:
            try:
                head = b",\n" if self.entries else b"\n"
                self._file.write(head + entry(key, value))
            except OSError as fault:
                raise self._failed(fault) from fault
        self.entries += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not (self._file and self.path):
            return
        try:
            if kind is None:
                self._file.write(b"\n}\n")
                self._file.flush()
                os.fsync(self._file.fileno())
            self._file.close()
            if kind is None:
                os.replace(self.temporary, self.path)
        except OSError as fault:
            raise self._failed(fault) from fault
        finally:
            with suppress(OSError):
                os.unlink(self.temporary)

    def _failed(self, fault: OSError) -> OutputError:
        why = os.strerror(fault.errno) if fault.errno else str(fault)
        return OutputError(f"cannot write the file: {why}", where=self.path or "")


class Exports:
    """Both files; either path may be None."""

    def __init__(self, keep_ranges: str | None = None, errata: str | None = None) -> None:
        self.keep, self.errata = JsonFile(keep_ranges), JsonFile(errata)

    def __enter__(self) -> "Exports":
        self.keep.__enter__()
        try:
            self.errata.__enter__()
        except OutputError as fault:
            self.keep.__exit__(type(fault), fault, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.keep.__exit__(kind, error, trace)
        finally:
            self.errata.__exit__(kind, error, trace)

    def episode(self, episode: str, steps: int, cuts: Sequence[np.ndarray]) -> None:
        """List the kept ranges of an episode of `steps` steps."""
        left = ranges(
            steps, np.concatenate([np.asarray(cut, np.int64) for cut in cuts]) if cuts else np.zeros(0, int)
        )
        if left:
            self.keep.put(episode, left)

    def exclude(self, episode: str, why: str) -> None:
        """List an episode as excluded, with the reason."""
        self.errata.put(episode, said(Erratum(exclude=why)))

    def ask(self, episode: str) -> None:
        """Leave an instruction for a person to write; an empty one changes nothing."""
        self.errata.put(episode, said(Erratum()))
