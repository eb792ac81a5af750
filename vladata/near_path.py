"""A path that leads nowhere: how far it leads, and the nearest names there."""

import os
from difflib import get_close_matches

EMPTY = "Perhaps a variable of the shell is not set. The working directory is named by a dot."
SHOWN = 5
_LONGEST = 10_000  # names of a folder that are compared


def way_to(path: str) -> str:
    """Return a hint for a local path that does not exist: near names, or what its last folder that exists holds."""
    path = os.path.abspath(path)
    folder, missing = os.path.split(path)
    while not os.path.isdir(folder) and folder != os.path.dirname(folder):
        folder, missing = os.path.split(folder)
    names = _names(folder)
    ignoring_case = {name.lower(): name for name in names}
    close = get_close_matches(missing.lower(), list(ignoring_case), n=1, cutoff=0.6)
    if close:
        found = os.path.join(folder, ignoring_case[close[0]])
        rest = os.path.relpath(path, os.path.join(folder, missing))
        whole = os.path.normpath(os.path.join(found, rest))
        return f"Did you mean {whole if os.path.exists(whole) else found}?"
    visible = [name for name in names if not name.startswith(".")]
    held = ", ".join(visible[:SHOWN]) or "nothing"
    more = f" and {len(visible) - SHOWN:,} more" if len(visible) > SHOWN else ""
    return f'The folder {folder} exists, but has no "{missing}"; it holds {held}{more}.'


def unwritten(fault: OSError, path: str) -> str:
    """Return a hint for a file that could not be written."""
    if isinstance(fault, FileExistsError):
        return "A file is there already: remove it, or give another name."
    return way_to(os.path.dirname(os.path.abspath(path))) if isinstance(fault, FileNotFoundError) else ""


def _names(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry, _ in zip(entries, range(_LONGEST), strict=False))
    except OSError:
        return []
