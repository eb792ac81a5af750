"""Files that are kept open for positioned reads, under one bound for the whole process.

A random sample lies in a random shard, and opening the shard each time costs as much as reading it. The bound counts for the
whole process, like the kernel's limit, so a mixture of fifty datasets stays under it too. A file is closed when no reference to
it is left: if it must make room while another thread reads from it, that thread closes it when it is done. No lock is held while
a file is read. A forked process opens its own files.
"""

import errno
import itertools
import os
import threading
from collections.abc import Callable

MOST = 512
PART = 4  # at most 1 / PART of the files that the process may open
_AT_LEAST = 4
TOO_MANY = (errno.EMFILE, errno.ENFILE)


class OpenFile:
    """A file that stays open for reading while it is referenced. handle: for os.pread.   size: its bytes when it was opened."""

    __slots__ = ("handle", "size")

    def __init__(self, path: str) -> None:
        self.handle = -1
        self.handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self.handle).st_size

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        # close is bound here, since at the end of the interpreter a module's names may go before its objects.
        if self.handle >= 0:
            close(self.handle)


Key = tuple[int, int]


class OpenFiles:
    """The files that were read last, by the numbers of their owner and of the file."""

    def __init__(self, most: int = 0) -> None:
        """Set the bound. most: files to keep; 0 for MOST, or a part of the process's limit if that is less."""
        self._most = most
        self._owners = itertools.count()
        self._begin()

    def _begin(self) -> None:
        self._process, self._lock = os.getpid(), threading.RLock()
        self._held: dict[Key, OpenFile] = {}

    def owner(self) -> int:
        """Return a new owner's number, so that an old and a new file at one path are not confused."""
        return next(self._owners)

    def get(self, owner: int, number: int, path: str) -> OpenFile:
        """Return the file at `path`, the owner's file `number`, and open it if necessary. Raises OSError."""
        if self._process != os.getpid():
            self._begin()  # after a fork a thread of the parent may have held the lock
        key = owner, number
        with self._lock:
            if (held := self._held.pop(key, None)) is not None:
                self._held[key] = held
                return held
        file = self._opened(path)
        dropped = []  # closed when the lock is free again
        with self._lock:
            self._held[key] = file
            while len(self._held) > self._limit():
                dropped.append(self._held.pop(next(iter(self._held))))
        return file

    def forget(self, owner: int) -> None:
        """Forget an owner's files."""
        if self._process != os.getpid():
            return
        with self._lock:
            gone = [self._held.pop(key) for key in [*self._held] if key[0] == owner]
        gone.clear()

    def _opened(self, path: str) -> OpenFile:
        try:
            return OpenFile(path)
        except OSError as fault:
            if fault.errno not in TOO_MANY:
                raise
            with self._lock:
                gone, self._held = self._held, {}
            gone.clear()
            return OpenFile(path)

    def _limit(self) -> int:
        if not self._most:
            import resource

            allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            self._most = MOST if allowed < 0 else max(_AT_LEAST, min(MOST, allowed // PART))
        return self._most


FILES = OpenFiles()
"""The open files of this process, since the limit counts for the whole process."""
