"""Files that are kept open for positioned reads, under one bound for the whole process.

A read of a random sample is a read of a random shard: opening it each time costs as much as reading it. The bound is of the
process, as the kernel's is, so that a mixture of fifty datasets stays under it too. A file is closed when nobody holds it
any more: one that has to make room while another thread reads from it is closed by that thread, when it is done. Nothing is
locked while a file is read. A process that was forked opens its own.
"""

import errno
import itertools
import os
import threading
from collections.abc import Callable

MOST = 512
PART = 4  # of the files that the process may open
_AT_LEAST = 4
TOO_MANY = (errno.EMFILE, errno.ENFILE)


class OpenFile:
    """A file that is open for reading until nobody holds it. handle: for os.pread.   size: its bytes, when it was opened."""

    __slots__ = ("handle", "size")

    def __init__(self, path: str) -> None:
        self.handle = -1
        self.handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self.handle).st_size

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        # close is bound here, since at the end of the interpreter a module's names may be gone before its objects are.
        if self.handle >= 0:
            close(self.handle)


Key = tuple[int, int]


class OpenFiles:
    """The files that were read last, by the number of their owner and their own."""

    def __init__(self, most: int = 0) -> None:
        """most: files that it keeps; 0 for MOST, or a part of what the process may open where that is less."""
        self._most = most
        self._owners = itertools.count()
        self._begin()

    def _begin(self) -> None:
        self._process, self._lock = os.getpid(), threading.RLock()
        self._held: dict[Key, OpenFile] = {}

    def owner(self) -> int:
        """Return a number that no other owner has: files of one path that was written anew are not taken for each other."""
        return next(self._owners)

    def get(self, owner: int, number: int, path: str) -> OpenFile:
        """Return the file at `path`, which is the owner's `number`, opened where it is not. Raises OSError."""
        if self._process != os.getpid():
            self._begin()  # the lock may have been held by a thread that this process does not have
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
        """Lets go of an owner's files."""
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
"""Those of this process: how many it may open is counted for all of it."""
