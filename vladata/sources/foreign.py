"""Errors for folders and files that are not RLDS datasets: other data, another folder of a dataset, or a dataset whose records
are not episodes. Each error says what the data is, and what to do next.
"""

import os
import re
from collections.abc import Collection
from pathlib import Path

from vladata.errors import MissingFile, SourceError
from vladata.formats.folder_kinds import kind_of_folder
from vladata.formats.kinds import HEAD, RIEGELI, TEXT, TFRECORD, VLADATA, kind_of
from vladata.sources.features import FEATURES
from vladata.sources.folder import Folder
from vladata.sources.info import DATASET_INFO

_VERSION = re.compile(r"\d+\.\d+\.\d+/")
_OF_A_STEP = re.compile(r"(observations?|actions?|is_first|is_last|is_terminal|reward|discount)(/|$)")
_LOOKED_AT = 20  # the most folders in a folder that are looked at
_DEEPEST = 2
_LEROBOT_DEPTH = 4  # videos/chunk-000/observation.images.top/episode_000000.mp4
_SHOWN = 8


def foreign_file(path: str) -> SourceError:
    """Return the error for a path to a file where the folder of a dataset is expected."""
    folder, name = Folder(os.path.dirname(path)), os.path.basename(path)
    if all(folder.exists(each) for each in (DATASET_INFO, FEATURES)):
        hint = f"Give the folder of this file: {folder.url}"
        return SourceError("this is a file, but a dataset is a folder", where=path, hint=hint)
    if around := _lerobot_around(path):
        return SourceError(
            "this is a file of a LeRobot dataset", where=path, hint=f"Give its folder: {around}"
        )
    kind = kind_of(folder.read_range(name, 0, HEAD))
    if kind is None:
        hint = f"Name the folder that it lies in: {folder.url}"
        return SourceError("this is a file, but a dataset is a folder", where=path, hint=hint)
    return SourceError(f"this is {kind.is_a}, not an RLDS dataset", where=path, hint=kind.hint)


def foreign_folder(folder: Folder, names: Collection[str]) -> SourceError | None:
    """Return the error for a folder with `names` that is not a dataset; None if its kind is not known."""
    parent = Folder(folder.url.rpartition("/")[0])
    if "/" in folder.url.rpartition("://")[2] and all(parent.exists(n) for n in (DATASET_INFO, FEATURES)):
        hint = f"Give that folder: {parent.url}"
        return SourceError(
            "this folder is within a dataset; the folder above it is the dataset", where=folder.url, hint=hint
        )
    if around := _lerobot_around(folder.url):
        return SourceError(
            "this folder is within a LeRobot dataset",
            where=folder.url,
            hint=f"Give the dataset itself: {around}",
        )
    if found := _below(folder, names, _DEEPEST):
        hint = f"Give the dataset itself: {found}"
        return SourceError("this folder is too high: a dataset lies below it", where=folder.url, hint=hint)
    within = [n for n in names if n.endswith("/")][:_LOOKED_AT]
    kind = kind_of_folder(
        [*names, *(f"{n}{below}" for n in within for below in _names(folder.within(n.rstrip("/"))))]
    )
    if kind in (TFRECORD, RIEGELI) and not any(n.endswith("/") for n in names):
        what = f"record files without {DATASET_INFO} and {FEATURES}, which describe them"
        return MissingFile(
            what, where=folder.url, hint="Fetch these two files from the place of the records."
        )
    if kind is VLADATA:
        return SourceError(f"this is {kind.is_a}", where=folder.url, hint=kind.hint)
    if kind is None or kind in (TFRECORD, RIEGELI, TEXT):
        return None
    return MissingFile(
        f"this is not an RLDS dataset: it is, or holds, {kind.is_a}",
        where=folder.url,
        got=", ".join(list(names)[:_SHOWN]),
        allowed=f"a version folder with {DATASET_INFO} and {FEATURES}, or the folder above it",
        hint=kind.hint,
    )


def _lerobot_around(path: str) -> str:
    """Return the folder of the LeRobot dataset that a local path lies in; "" if there is none."""
    parents = [] if "://" in path else list(Path(path).parents)[:_LEROBOT_DEPTH]
    return next((str(parent) for parent in parents if (parent / "meta" / "info.json").is_file()), "")


def no_episodes(names: Collection[str], where: str) -> SourceError:
    """Return the error for a dataset without steps, whose features.json has the fields `names`."""
    got = ", ".join(names)
    if any(_OF_A_STEP.match(name) for name in names):
        return SourceError(
            "each record is one step instead of one episode",
            where=where,
            got=got,
            allowed='records with a Dataset "steps", one episode each',
            hint="Such records do not hold the order of the steps. Use the RLDS original, or write the episodes again "
            'with TFDS as features {"steps": tfds.features.Dataset({...})}: docs/datasets.md.',
        )
    return SourceError(
        "this dataset has no steps, so it has no robot episodes",
        where=where,
        got=got,
        hint=f'RLDS needs a Dataset "steps" in {FEATURES}. For images with texts, use `vladata convert web2vla` with a '
        "corpus schema of layout tfds.",
    )


def _below(folder: Folder, names: Collection[str], depth: int) -> str:
    """Return the first dataset below the folder; "" if there is none."""
    for name in [n.rstrip("/") for n in names if n.endswith("/") and not n.startswith(".")][:_LOOKED_AT]:
        within = folder.within(name)
        inside = _names(within)
        if {DATASET_INFO, FEATURES} <= set(inside) or any(map(_VERSION.fullmatch, inside)):
            return within.url
        if depth and (found := _below(within, inside, depth - 1)):
            return found
    return ""


def _names(folder: Folder) -> list[str]:
    try:
        return folder.names()
    except SourceError:
        return []
