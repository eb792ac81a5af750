"""What lies where an RLDS dataset was looked for: another kind of data, another folder of the dataset, or records that are
no episodes. Each error names it for what it is, and says what to do next.
"""

import os
import re
from collections.abc import Collection

from vladata.errors import MissingFile, SourceError
from vladata.formats.folder_kinds import kind_of_folder
from vladata.formats.kinds import HEAD, RIEGELI, TEXT, TFRECORD, kind_of
from vladata.sources.features import FEATURES
from vladata.sources.folder import Folder
from vladata.sources.info import DATASET_INFO

_VERSION = re.compile(r"\d+\.\d+\.\d+/")
_OF_A_STEP = re.compile(r"(observations?|actions?|is_first|is_last|is_terminal|reward|discount)(/|$)")
_LOOKED_AT = 20  # folders of a folder
_DEEPEST = 2
_SHOWN = 8


def foreign_file(path: str) -> SourceError:
    """Why the file `path` is no dataset."""
    folder, name = Folder(os.path.dirname(path)), os.path.basename(path)
    if all(folder.exists(each) for each in (DATASET_INFO, FEATURES)):
        hint = f"Name the folder that it lies in: {folder.url}"
        return SourceError("this is a file, and a dataset is a folder", where=path, hint=hint)
    kind = kind_of(folder.read_range(name, 0, HEAD))
    if kind is None:
        hint = f"Name the folder that it lies in: {folder.url}"
        return SourceError("this is a file, and a dataset is a folder", where=path, hint=hint)
    return SourceError(f"this is {kind.is_a}, and no RLDS dataset", where=path, hint=kind.hint)


def foreign_folder(folder: Folder, names: Collection[str]) -> SourceError | None:
    """Why the folder in which `names` lie is no dataset, where that can be told."""
    parent = Folder(folder.url.rpartition("/")[0])
    if "/" in folder.url.rpartition("://")[2] and all(parent.exists(n) for n in (DATASET_INFO, FEATURES)):
        hint = f"Name it: {parent.url}"
        return SourceError(
            "this is a folder within a dataset: the one above it is the dataset", where=folder.url, hint=hint
        )
    if found := _below(folder, names, _DEEPEST):
        hint = f"Name the dataset itself: {found}"
        return SourceError("this folder is too high: a dataset lies below it", where=folder.url, hint=hint)
    within = [n for n in names if n.endswith("/")][:_LOOKED_AT]
    kind = kind_of_folder(
        [*names, *(f"{n}{below}" for n in within for below in _names(folder.within(n.rstrip("/"))))]
    )
    if kind in (TFRECORD, RIEGELI) and not any(n.endswith("/") for n in names):
        what = f"record files without {DATASET_INFO} and {FEATURES}, which say what is in them"
        return MissingFile(
            what, where=folder.url, hint="Fetch these two files from where the records came from."
        )
    if kind is None or kind in (TFRECORD, RIEGELI, TEXT):
        return None
    return MissingFile(
        f"this is no RLDS dataset: it is, or holds, {kind.is_a}",
        where=folder.url,
        got=", ".join(list(names)[:_SHOWN]),
        allowed=f"a version folder with {DATASET_INFO} and {FEATURES}, or the folder above it",
        hint=kind.hint,
    )


def no_episodes(names: Collection[str], where: str) -> SourceError:
    """Why a dataset whose features.json has the fields `names`, and no steps, has no episodes."""
    got = ", ".join(names)
    if any(_OF_A_STEP.match(name) for name in names):
        return SourceError(
            "each record is one step, and not one episode",
            where=where,
            got=got,
            allowed='records with a Dataset "steps", an episode each',
            hint="Which steps follow each other such records do not say. Take the RLDS original, or write the episodes anew "
            'with TFDS as features {"steps": tfds.features.Dataset({...})}: docs/datasets.md.',
        )
    return SourceError(
        "this dataset has no steps, so it holds no robot episodes",
        where=where,
        got=got,
        hint=f'Its {FEATURES} needs a Dataset "steps" to be RLDS. Images with texts are read by `vladata convert web2vla` with a '
        "corpus schema of layout tfds.",
    )


def _below(folder: Folder, names: Collection[str], depth: int) -> str:
    """Return the first dataset that lies below the folder; empty where none does."""
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
