"""Files that show whether their owner still runs.

Rule: an owner holds an flock on its file, and the kernel releases it when the owner ends, however it ends. So no lock is ever
stale, and a temporary file without a lock belongs to a process that died. After a process gets a lock, it checks that the file
still has its name: the file may have been removed before, and another process may hold a lock on a new file of that name.
"""

import os
from contextlib import suppress
from pathlib import Path


def hold(path: Path, wait: bool = False, flags: int = 0) -> int:
    """Open `path`, create it if it is missing, lock it, and return the descriptor that holds the lock.

    wait: True to wait for another owner, and not to raise BlockingIOError.   flags: more flags for os.open.
    """
    import fcntl

    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | flags, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            named = os.fstat(handle).st_nlink > 0
        except BaseException:
            os.close(handle)
            raise
        if named:
            return handle
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove the files of `folder` whose owners have ended."""
    for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
        with suppress(BlockingIOError, FileNotFoundError):  # still held; or just finished and renamed
            handle = hold(folder / name)
            try:
                os.unlink(folder / name)
            finally:
                os.close(handle)
