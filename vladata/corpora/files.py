"""The files of a corpus, from the paths, globs, brace ranges, folders and URLs that a user gives.

    cc3m/{00000..00331}.tar    {train,val}/*.parquet    data/    gs://bucket/laion/*.tar

Rule: a name is only a name. A source that other tools would run as a program ("pipe:curl ...", "| cat") is refused, also inside
another form. A file is read once: naming it twice is an error, and so is a name without a file. From a folder, files with the
endings of the layout are taken, in small letters or capitals. A compressed file is an error, in a folder or named directly.
Hidden files of a folder (._0.tar) and files in hidden folders (.ipynb_checkpoints) or in __MACOSX are not data: they are counted
but not read. If names say how many files there are (00000-of-00004.tar) and some are missing, that is an error.
"""

import glob
import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vladata.errors import MissingFile, SourceError, UsageError
from vladata.formats.folder_kinds import kind_of_folder
from vladata.formats.kinds import VLADATA
from vladata.near_path import way_to
from vladata.sources import remote
from vladata.sources.folder import Folder, explained

MOST_FILES = 1_000_000
_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d{1,12})\.\.(\d{1,12})")
_PROGRAM = re.compile(r"(^|::)\s*(pipe:|\|)", re.IGNORECASE)
_NUMBERED = re.compile(r"(\d{3,12})-of-(\d{3,12})")
_HIDDEN = re.compile(r"(^|/)(\.[^./][^/]*|__MACOSX|@eaDir)(/|$)")
_SHOWN = 5
_PACKED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip")
_PACKED_TARS = (".tgz", ".tbz", ".tbz2", ".txz", ".tzst")


def refuse_programs(source: str) -> None:
    """Raise UsageError for a source that would run a program instead of naming a file."""
    if _PROGRAM.search(source):
        raise UsageError(
            "a source that would run a program is refused, since its name could run anything on this machine",
            got=source,
            allowed="local paths, globs, brace ranges, and URLs that fsspec knows",
            hint="Run the command yourself, and name the file that it writes.",
        )


class FoundFiles(NamedTuple):
    """Absolute paths or URLs of files, in the order of the sources, and the number of hidden files that are not read."""

    urls: list[str]
    hidden: int


def find_files(sources: Sequence[str], endings: tuple[str, ...]) -> FoundFiles:
    """Return all files of `sources`, in their order; files of a glob or folder are sorted. endings: those of the layout."""
    if not sources:
        raise UsageError(
            "no source is named", allowed="one or more files, globs, brace ranges, folders or URLs"
        )
    found: dict[str, str] = {}
    hidden = 0
    for source in sources:
        refuse_programs(source)
        for name in braces(source):
            urls, passed = _found(name, endings)
            hidden += passed
            for url in urls:
                if url in found:
                    hint = f"It is named by {found[url]} and by {source}. Every file is read once: leave out one of them."
                    raise UsageError("a file is named twice", where=url, hint=hint)
                found[url] = source
                if len(found) > MOST_FILES:
                    raise UsageError("too many files", got=source, allowed=f"{MOST_FILES:,}")
    return FoundFiles(list(found), hidden)


def braces(text: str) -> Iterator[str]:
    """Yield `text` with each brace replaced: {00..12} by numbers with as many digits, {a,b} by each of its words."""
    found = next((f for f in _BRACES.finditer(text) if _RANGE.fullmatch(f[1]) or "," in f[1]), None)
    if found is None:
        yield text
        return
    for option in _options(text, found[1]):
        yield from braces(text[: found.start()] + option + text[found.end() :])


def _options(text: str, inside: str) -> Iterator[str]:
    spelled = _RANGE.fullmatch(inside)
    if spelled is None:
        yield from inside.split(",")
        return
    first, last = int(spelled[1]), int(spelled[2])
    if not 0 <= last - first < MOST_FILES:
        raise UsageError("the range is empty or too long", where=text, got=f"{{{inside}}}")
    width = max(len(spelled[1]), len(spelled[2])) if "0" in (spelled[1][0], spelled[2][0]) else 0
    for number in range(first, last + 1):
        yield f"{number:0{width}d}"


def _found(name: str, endings: tuple[str, ...]) -> FoundFiles:
    """Return the files of one name without braces."""
    full = Folder.at(name).url
    if "://" in full:
        return _found_remote(full, endings)
    if os.path.isdir(full):
        _refuse_output(full)
        below = sorted(os.path.join(where, file) for where, _, files in os.walk(full) for file in files)
        return _some(below, full, endings)  # links to folders are not followed
    if os.path.exists(full):
        _refuse_packed(full)
        return FoundFiles([full], 0)
    if glob.has_magic(full):
        matches = sorted(glob.glob(full, recursive=True))
        return _all([path for path in matches if os.path.isfile(path)], name)
    raise MissingFile("there is no such file or folder", where=full, hint=way_to(full))


def _found_remote(url: str, endings: tuple[str, ...]) -> FoundFiles:
    if glob.has_magic(url.partition("://")[2].partition("?")[0]) and "?" not in url:
        with explained(url):
            return _all(remote.matching(url), url)
    if url.partition("?")[0].lower().endswith((*endings, *_PACKED, *_PACKED_TARS)):
        _refuse_packed(url.partition("?")[0])
        return FoundFiles([url], 0)
    with explained(url):
        return _some(remote.below(url), url, endings)


def _all(found: list[str], name: str) -> FoundFiles:
    """Return the files that a glob finds, with hidden files only if the glob names them."""
    shown = found if _is_hidden(name) else [path for path in found if not _is_hidden(path)]
    if not shown:
        hint = "Check the spelling and the ending. A pattern stands in quotes: 'folder/*.tar'."
        raise MissingFile("no file was found", where=name, hint=hint)
    for path in shown:
        _refuse_packed(path)
    _refuse_gaps(shown)
    return FoundFiles(shown, len(found) - len(shown))


def _some(below: list[str], folder: str, endings: tuple[str, ...]) -> FoundFiles:
    """Return the files below a folder that the layout reads. Raises SourceError if files are missing by their names."""
    meant = [path for path in below if _is_meant(path, endings)]
    shown = [path for path in meant if not _is_hidden(path.removeprefix(folder.rstrip("/")))]
    if not shown:
        names = [path.removeprefix(folder.rstrip("/")).lstrip("/") for path in below]
        kind = kind_of_folder(names)
        raise MissingFile(
            f"no {' or '.join(endings)} file is there",
            where=folder,
            got=", ".join(names) if names else "nothing",
            hint=f"By its file names this is {kind.is_a}, or a folder of them. {kind.hint}" if kind else "",
        )
    for path in shown:
        _refuse_packed(path)
    _refuse_gaps(shown)
    return FoundFiles(shown, len(meant) - len(shown))


def _is_hidden(path: str) -> bool:
    return _HIDDEN.search(path) is not None


def _refuse_gaps(paths: list[str]) -> None:
    """Raise SourceError if a folder or glob has fewer or more files than the numbers in their names say."""
    sets: dict[tuple[str, str], set[int]] = {}
    for path in paths:
        if found := _NUMBERED.search(path):
            name = f"{path[: found.start()]}*-of-{found[2]}{path[found.end() :]}"
            sets.setdefault((name, found[2]), set()).add(int(found[1]))
    for (name, total), there in sets.items():
        count = int(total)
        first = 1 if count in there and 0 not in there else 0  # some writers count from 1
        missing = [n for n in range(first, first + min(count, MOST_FILES)) if n not in there]
        if missing or len(there) > count:
            spelled = (
                ", ".join(f"{n:0{len(total)}d}" for n in missing[:_SHOWN]) or f"{max(there):0{len(total)}d}"
            )
            raise SourceError(
                f"the file names count {count:,} files, but {len(there):,} are there",
                where=name,
                got=f"{spelled} {'missing' if missing else 'as well'}",
                hint="Fetch the missing files, or remove those of another version. To read only the files that are "
                "there, name the files themselves, or a brace range: x-{00000..00002}-of-00004.tar",
            )


def _is_meant(path: str, endings: tuple[str, ...]) -> bool:
    """Return True if a folder's name stands for this file too: its ending is one of the layout, compressed or not."""
    name = path.lower()
    if name.endswith(_PACKED):
        name = name.rpartition(".")[0]
    return name.endswith(endings) or (".tar" in endings and name.endswith(_PACKED_TARS))


def _refuse_output(folder: str) -> None:
    """Raise SourceError for the folder of a converted dataset: its shards would be read as if they were records of a corpus."""
    if kind_of_folder(os.listdir(folder)) is VLADATA:
        raise SourceError(f"this is {VLADATA.is_a}", where=folder, hint=VLADATA.hint)


def _refuse_packed(path: str) -> None:
    if path.lower().endswith((*_PACKED, *_PACKED_TARS)):
        raise SourceError(
            "a compressed file cannot be read from its middle",
            where=path,
            hint="Decompress it first: the images of a corpus are compressed already, so it hardly grows. "
            "If it lies in a folder among other files, a glob of the others leaves it out.",
        )
