"""Hints for a folder, file or path that has no manifest, and so is not an output."""

import os
from pathlib import Path

from vladata.near_path import way_to
from vladata.shards.naming import MANIFEST, WORK
from vladata.shards.storage import LOCK, Output

SHOWN = 5


def way_on(output: Output) -> str:
    """Return what to do about a place without a manifest."""
    if output.remote:
        return _stopped()
    path = Path(output.url)
    if path.is_file():
        return f"This is a file. Name the folder of the output: {_around(path) or path.parent}"
    if not path.is_dir():
        return (
            f"There is no such folder. Name OUT of `vladata convert` or `vladata mix`. {way_to(output.url)}"
        )
    own = {LOCK.rpartition("/")[2]}  # this process may have locked the folder
    if (path / WORK).is_dir() and set(os.listdir(path / WORK)) - own:
        return _stopped()
    if near := _below(path) or _around(path):
        return f"Name the folder of an output itself: {near}"
    return (
        "vladata has not written into this folder. Name OUT of `vladata convert` or `vladata mix`; `vladata index` and "
        "`vladata doctor` look at a source."
    )


def _stopped() -> str:
    return "A conversion that was stopped leaves none: run the same command again, and it goes on."


def _around(path: Path) -> str:
    """Return the innermost folder around the path that is an output; "" where there is none."""
    return next((str(folder) for folder in path.parents if (folder / MANIFEST).is_file()), "")


def _below(folder: Path) -> str:
    """Return the outputs directly within the folder, a few of them."""
    with os.scandir(folder) as entries:
        found = sorted(entry.path for entry in entries if os.path.isfile(f"{entry.path}/{MANIFEST}"))
    return ", ".join(found[:SHOWN]) + (", ..." if len(found) > SHOWN else "")
