"""A disk that fails at a chosen call, seen from inside one process.

Every call of `os` that changes a disk is counted, and the k-th is where it happens:

    killed   the call and all after it do nothing: what a process leaves that SIGKILL ended there (its locks are given back)
    cut      the same, by a power cut: files that were written and not synced are empty
    full     the call and all after it that need room raise ENOSPC: a disk that fills up, and stays full
    broken   the call raises EIO, once
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NEED_ROOM = ("mkdir", "open", "write", "writev", "fsync")
OTHERS = ("rename", "replace", "rmdir", "unlink", "remove", "truncate", "ftruncate", "link", "symlink")


class Killed(BaseException):
    """Nothing that the process does from here on can be seen."""


class Disk:
    """The calls of one attempt. way: one of the above; at: number of the call, from 1; 0 only counts.

    count: of the calls so far.   unsynced: inodes of the files that a power cut would empty.
    """

    def __init__(self, way: str = "", at: int = 0) -> None:
        self.way, self.at, self.count = way, at, 0
        self.unsynced: set[int] = set()

    def during(self, work: Callable[[], None], folder: Path | None = None) -> None:
        """Does `work` on this disk, of which a power cut empties files below `folder`. Raises what `work` raises."""
        with pytest.MonkeyPatch.context() as patch:
            for name in (*NEED_ROOM, *OTHERS):
                patch.setattr(os, name, self._call(name, getattr(os, name)))
            try:
                work()
            except Killed:
                patch.undo()
                if self.way == "cut":
                    self._empty(folder)

    def _call(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if _changes(name, args):
                self.count += 1
                self._strike(name)
            if name in ("write", "writev"):
                self.unsynced.add(os.fstat(args[0]).st_ino)
            if name == "fsync":
                return self.unsynced.discard(os.fstat(args[0]).st_ino)  # no more than that: it takes long
            return real(*args, **kwargs)

        return call

    def _strike(self, name: str) -> None:
        if not self.at or self.count < self.at:
            return
        if self.way in ("killed", "cut"):
            raise Killed
        if self.way == "full" and name in NEED_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.way == "broken" and self.count == self.at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _empty(self, folder: Path) -> None:
        for path in folder.rglob("*"):
            if path.is_file() and path.stat().st_ino in self.unsynced:
                path.write_bytes(b"")


def _changes(name: str, args: tuple[Any, ...]) -> bool:
    if name == "open":
        return bool(args[1] & (os.O_CREAT | os.O_TRUNC))
    return name != "mkdir" or not os.path.isdir(args[0])
