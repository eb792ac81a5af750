"""Find the folder with features.json from the path that a user gave: NAME/VERSION, NAME/CONFIG/VERSION, or the folder above.

A version folder holds dataset_info.json or features.json. If the user gave its parent, the newest version is taken (by its
numbers). Two levels up there may be several configurations: this is an error that names them.
"""

import os
import re
from glob import has_magic

from vladata.errors import MissingFile, SourceError
from vladata.near_path import way_to
from vladata.sources.features import FEATURES
from vladata.sources.folder import Folder
from vladata.sources.foreign import foreign_file, foreign_folder
from vladata.sources.info import DATASET_INFO

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)/")
_SHOWN = 8
PATTERN = "A robot dataset is one folder, so its path is not a pattern: name the folder itself."


def find_version_folder(folder: Folder) -> Folder:
    """Return `folder` if it is a version folder, else the newest version folder in it. Raises SourceError if there is none."""
    found = version_folder(folder)
    if found is None:
        raise no_version_folder(folder)
    return found


def version_folder(folder: Folder) -> Folder | None:
    """Return `folder` if it is a version folder, else the newest version folder in it; None if there is none. Raises an error if
    one of the two description files is missing."""
    present = [name for name in (DATASET_INFO, FEATURES) if folder.exists(name)]
    if len(present) == 2:
        return folder
    if present:
        missing = FEATURES if present == [DATASET_INFO] else DATASET_INFO
        raise MissingFile(
            f"{missing} is missing beside {present[0]}",
            where=folder.url,
            hint="TFDS writes both into every version folder: fetch the folder again, with all its files.",
        )
    try:
        names = folder.names()
    except SourceError:
        return None
    newest = _newest(names)
    return version_folder(folder.within(newest)) if newest else None


def _newest(names: list[str]) -> str:
    """Return the folder of the newest version among `names`; "" if there is none."""
    versions = [found for name in names if (found := _VERSION.fullmatch(name))]
    if not versions:
        return ""
    return max(versions, key=lambda found: tuple(map(int, found.groups())))[0].rstrip("/")


def _names(folder: Folder) -> list[str]:
    try:
        return folder.names()
    except SourceError as error:
        if os.path.isfile(folder.url):
            raise foreign_file(folder.url) from None
        if folder.is_local:
            if isinstance(error, MissingFile):
                error.hint = PATTERN if has_magic(folder.url) else way_to(folder.url)
            raise
        hint = "Not every server can list a folder: give the version folder itself, for example .../bridge_dataset/1.0.0."
        what = f"there is neither {DATASET_INFO} nor a listing of versions ({error.what})"
        raise MissingFile(what, where=folder.url, hint=hint) from None


def no_version_folder(folder: Folder) -> SourceError:
    """Return the error for a folder without a dataset: it does not exist, or has several configurations, only data files, or
    other data."""
    try:
        names = _names(folder)
    except SourceError as error:
        return error
    if newest := _newest(names):
        return no_version_folder(folder.within(newest))
    below = [name.rstrip("/") for name in names if name.endswith("/") and not name.startswith(".")]
    configs = [name for name in below if any(map(_VERSION.fullmatch, _names(folder.within(name))))]
    if configs:
        one = len(configs) == 1
        return SourceError(
            "this folder is not a dataset, but one lies in it"
            if one
            else "this folder holds several configurations or datasets",
            where=folder.url,
            got=", ".join(configs),
            hint=f"Give {'that folder' if one else 'one of them'}: {folder.path(configs[0])}",
        )
    if other := foreign_folder(folder, names):
        return other
    found = ", ".join(names[:_SHOWN]) or "an empty folder"
    return MissingFile(
        "this is not an RLDS dataset",
        where=folder.url,
        got=found,
        allowed=f"a version folder with {DATASET_INFO} and {FEATURES}, or the folder above it",
    )
