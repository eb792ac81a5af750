"""Files that tell whether their owner lives.

Rule: an owner holds an flock on its file, and the kernel takes it back when the owner ends, however it ends. So no lock is ever
stale, and a temporary file that nobody holds is one that a death left. Whoever gets a lock looks whether the file still has
its name: it may have been removed in between, and two would then hold "the" lock, one of them that of a file without a name.
"""

import os
from contextlib import suppress
from pathlib import Path


def hold(path: Path, wait: bool = False, flags: int = 0) -> int:
    """Opens `path`, makes it where there is none, and holds it; the descriptor that does.

    wait: for another owner, instead of raising BlockingIOError.   flags: further ones of os.open.
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
    """Removes the files of `folder` whose owners are gone."""
    for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
        with suppress(BlockingIOError, FileNotFoundError):  # held; or just finished, and renamed
            handle = hold(folder / name)
            try:
                os.unlink(folder / name)
            finally:
                os.close(handle)
