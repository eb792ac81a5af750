"""From what a user typed to the files of a corpus: paths, globs, brace ranges, folders, URLs.

    cc3m/{00000..00331}.tar    {train,val}/*.parquet    data/    gs://bucket/laion/*.tar

Rule: a name is a name and nothing else. What other tools would run as a program ("pipe:curl ...", "| cat") is refused,
however it is wrapped. A file is read once: one that is named twice is an error, and so is a name that finds nothing. Of a
folder the files count that end as those of the layout do, in small letters or capitals. One of them that is compressed is an
error there as where it is named, never passed over. Hidden files of a folder (._0.tar) and what lies in hidden folders
(.ipynb_checkpoints) or in __MACOSX are copies and remains, and no data: they are passed over, and counted. Where names say how
many files there are (00000-of-00004.tar) and some are missing, that is an error.
"""

import glob
import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vladata.errors import MissingFile, SourceError, UsageError
from vladata.formats.folder_kinds import kind_of_folder
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
    """Refuse what would run a program instead of naming a file."""
    if _PROGRAM.search(source):
        raise UsageError(
            "a source that would run a program is refused: whoever writes the name would run what they like here",
            got=source,
            allowed="local paths, globs, brace ranges, and URLs that fsspec knows",
            hint="Run the command yourself, and name the file that it writes.",
        )


class Found(NamedTuple):
    """Absolute paths or URLs of files, in the order of the sources, and how many hidden ones were passed over."""

    urls: list[str]
    hidden: int


def find_files(sources: Sequence[str], endings: tuple[str, ...]) -> Found:
    """All files of `sources`, in their order, those of a glob or folder sorted."""
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
                    raise UsageError("a file is named twice", where=url, got=found[url])
                found[url] = source
                if len(found) > MOST_FILES:
                    raise UsageError("too many files", got=source, allowed=f"{MOST_FILES:,}")
    return Found(list(found), hidden)


def braces(text: str) -> Iterator[str]:
    """`text` with each brace spelled out: {00..12} counts, with as many digits, {a,b} chooses."""
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
        raise UsageError("a range that counts nothing, or too far", where=text, got=f"{{{inside}}}")
    width = max(len(spelled[1]), len(spelled[2])) if "0" in (spelled[1][0], spelled[2][0]) else 0
    for number in range(first, last + 1):
        yield f"{number:0{width}d}"


def _found(name: str, endings: tuple[str, ...]) -> Found:
    """The files that one name without braces stands for."""
    full = Folder.at(name).url
    if "://" in full:
        return _found_remote(full, endings)
    if os.path.isdir(full):
        below = sorted(os.path.join(where, file) for where, _, files in os.walk(full) for file in files)
        return _some(below, full, endings)  # links to folders are not followed
    if os.path.exists(full):
        _refuse_packed(full)
        return Found([full], 0)
    if glob.has_magic(full):
        matches = sorted(glob.glob(full, recursive=True))
        return _all([path for path in matches if os.path.isfile(path)], name)
    raise MissingFile("there is no such file or folder", where=full)


def _found_remote(url: str, endings: tuple[str, ...]) -> Found:
    if glob.has_magic(url.partition("://")[2].partition("?")[0]) and "?" not in url:
        with explained(url):
            return _all(remote.matching(url), url)
    if url.partition("?")[0].lower().endswith((*endings, *_PACKED, *_PACKED_TARS)):
        _refuse_packed(url.partition("?")[0])
        return Found([url], 0)
    with explained(url):
        return _some(remote.below(url), url, endings)


def _all(found: list[str], name: str) -> Found:
    """The files that a glob finds; it means hidden ones only where it says so."""
    shown = found if _is_hidden(name) else [path for path in found if not _is_hidden(path)]
    if not shown:
        hint = "Check the spelling and the ending. A pattern stands in quotes: 'folder/*.tar'."
        raise MissingFile("no file is there", where=name, hint=hint)
    for path in shown:
        _refuse_packed(path)
    _refuse_gaps(shown)
    return Found(shown, len(found) - len(shown))


def _some(below: list[str], folder: str, endings: tuple[str, ...]) -> Found:
    """Those of the files below a folder that the layout means, none of which may be missing."""
    meant = [path for path in below if _is_meant(path, endings)]
    shown = [path for path in meant if not _is_hidden(path.removeprefix(folder.rstrip("/")))]
    if not shown:
        names = [path.removeprefix(folder.rstrip("/")).lstrip("/") for path in below]
        kind = kind_of_folder(names)
        raise MissingFile(
            f"no {' or '.join(endings)} file is there",
            where=folder,
            got=", ".join(names) if names else "nothing",
            hint=f"By its names this is {kind.is_a}, or a folder of such. {kind.hint}" if kind else "",
        )
    for path in shown:
        _refuse_packed(path)
    _refuse_gaps(shown)
    return Found(shown, len(meant) - len(shown))


def _is_hidden(path: str) -> bool:
    return _HIDDEN.search(path) is not None


def _refuse_gaps(paths: list[str]) -> None:
    """Refuse files of a folder or glob of which some are missing, or too many, by what their own names count."""
    sets: dict[tuple[str, str], set[int]] = {}
    for path in paths:
        if found := _NUMBERED.search(path):
            name = f"{path[: found.start()]}*-of-{found[2]}{path[found.end() :]}"
            sets.setdefault((name, found[2]), set()).add(int(found[1]))
    for (name, total), there in sets.items():
        count = int(total)
        first = 1 if count in there and 0 not in there else 0  # some count from 1
        missing = [n for n in range(first, first + min(count, MOST_FILES)) if n not in there]
        if missing or len(there) > count:
            spelled = (
                ", ".join(f"{n:0{len(total)}d}" for n in missing[:_SHOWN]) or f"{max(there):0{len(total)}d}"
            )
            raise SourceError(
                f"the names count {count:,} files, and {len(there):,} are there",
                where=name,
                got=f"{spelled} {'missing' if missing else 'as well'}",
                hint="Fetch what is missing, or remove what is left of another version. To read only what is there, name the "
                "files themselves, or a brace range: x-{00000..00002}-of-00004.tar",
            )


def _is_meant(path: str, endings: tuple[str, ...]) -> bool:
    """Whether whoever names the folder of a file means it too, compressed or not."""
    name = path.lower()
    if name.endswith(_PACKED):
        name = name.rpartition(".")[0]
    return name.endswith(endings) or (".tar" in endings and name.endswith(_PACKED_TARS))


def _refuse_packed(path: str) -> None:
    if path.lower().endswith((*_PACKED, *_PACKED_TARS)):
        raise SourceError(
            "a compressed file cannot be read from its middle",
            where=path,
            hint="Decompress it first: the images of a corpus are compressed already, so it hardly grows. "
            "Where it lies in a folder among others, a glob of these leaves it out.",
        )
