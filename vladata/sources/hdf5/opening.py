"""Opening an HDF5 file for reading, and h5py's exceptions as our errors.

A file that is open for writing is a SourceError; a file that is cut off or damaged is a FormatError, which becomes a rejected
episode. A file at a URL is read through its file object. libhdf5 parses the file in this process.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from vladata.errors import CorruptRecord, FormatError, MissingExtra, MissingFile, SourceError, TruncatedRecord
from vladata.sources.folder import Folder

FAULTS = (OSError, RuntimeError, ValueError, KeyError, TypeError)
"""The exceptions of h5py for damaged files."""
_LOCKED = re.compile(r"lock file|already open for")
_CUT = re.compile(r"truncated file|eof =")
_LONGEST = 160


@contextmanager
def opened(folder: Folder, file: str) -> Iterator[Any]:
    """Open the file and yield the h5py.File.

    Raises MissingFile, SourceError if it is open for writing, or FormatError if it is damaged.
    """
    h5py = library()
    path = folder.path(file)
    with ExitStack() as stack:
        if folder.is_local:
            if not folder.exists(file):
                raise MissingFile("there is no such file or folder", where=path)
            found = _opened(h5py, path, file)
        else:
            found = _opened(h5py, stack.enter_context(folder.open(file)), file)
        yield stack.enter_context(found)


def library() -> Any:
    try:
        import h5py
    except ImportError:
        hint = 'pip install "vladata[hdf5]"'
        raise MissingExtra("HDF5 files need the package h5py", hint=hint) from None
    return h5py


def said(error: BaseException) -> str:
    """Return the first line of h5py's message, cut to 160 characters."""
    text = str(error).strip("\"'").split("\n")[0] or type(error).__name__
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _opened(h5py: Any, what: Any, file: str) -> Any:
    locking = {"locking": "best-effort"} if isinstance(what, str) else {}
    try:
        return h5py.File(what, "r", **locking)
    except PermissionError as error:
        raise SourceError(f"it cannot be read: {error.strerror}", where=file) from error
    except FAULTS as error:
        raise _fault(error, file) from None


def _fault(error: BaseException, file: str) -> FormatError | SourceError:
    text = said(error)
    if isinstance(error, BlockingIOError) or _LOCKED.search(text):
        hint = "Wait until it is closed. If nobody writes any more, it was never closed: write it anew, or try `h5clear -s`."
        return SourceError("the file is open for writing", where=file, hint=hint)
    if _CUT.search(text):
        hint = "Probably a copy that was cut, or a recording that did not end: fetch the file again."
        return TruncatedRecord(f"the HDF5 file is not complete: {text}", where=file, hint=hint)
    return CorruptRecord(f"this file cannot be opened: {text}", where=file, hint="Fetch the file again.")
