"""From what a user typed to the files of a corpus: paths, globs, brace ranges, folders, URLs.

    cc3m/{00000..00331}.tar    {train,val}/*.parquet    data/    gs://bucket/laion/*.tar

Rule: a name is a name and nothing else. What other tools would run as a program ("pipe:curl ...", "| cat") is refused,
however it is wrapped. A file is read once: one that is named twice is an error, and so is a name that finds nothing. Of a
folder the files count that end as those of the layout do, in small letters or capitals. One of them that is compressed is an
error there as where it is named, never passed over.
"""

import glob
import os
import re
from collections.abc import Iterator, Sequence

from vladata.errors import MissingFile, SourceError, UsageError
from vladata.sources import remote
from vladata.sources.folder import Folder, explained

MOST_FILES = 1_000_000
_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d{1,12})\.\.(\d{1,12})")
_PROGRAM = re.compile(r"(^|::)\s*(pipe:|\|)", re.IGNORECASE)
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


def find_files(sources: Sequence[str], endings: tuple[str, ...]) -> list[str]:
    """Absolute paths or URLs of all files, in the order of `sources`, those of a glob or folder sorted."""
    if not sources:
        raise UsageError(
            "no source is named", allowed="one or more files, globs, brace ranges, folders or URLs"
        )
    found: dict[str, str] = {}
    for source in sources:
        refuse_programs(source)
        for name in braces(source):
            for url in _found(name, endings):
                if url in found:
                    raise UsageError("a file is named twice", where=url, got=found[url])
                found[url] = source
                if len(found) > MOST_FILES:
                    raise UsageError("too many files", got=source, allowed=f"{MOST_FILES:,}")
    return list(found)


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


def _found(name: str, endings: tuple[str, ...]) -> list[str]:
    """The files that one name without braces stands for."""
    full = Folder.at(name).url
    if "://" in full:
        return _found_remote(full, endings)
    if os.path.isdir(full):
        return _some(_walked(full, endings), name, endings)
    if os.path.exists(full):
        _refuse_packed(full)
        return [full]
    if glob.has_magic(full):
        matches = sorted(glob.glob(full, recursive=True))
        return _some([path for path in matches if os.path.isfile(path)], name, ("",))
    raise MissingFile("there is no such file or folder", where=full)


def _found_remote(url: str, endings: tuple[str, ...]) -> list[str]:
    if glob.has_magic(url.partition("://")[2].partition("?")[0]) and "?" not in url:
        with explained(url):
            return _some(remote.matching(url), url, ("",))
    if url.partition("?")[0].lower().endswith((*endings, *_PACKED, *_PACKED_TARS)):
        _refuse_packed(url.partition("?")[0])
        return [url]
    with explained(url):
        return _some([name for name in remote.below(url) if _is_meant(name, endings)], url, endings)


def _walked(folder: str, endings: tuple[str, ...]) -> list[str]:
    """The files in a folder and those below it; links to folders are not followed."""
    paths = [os.path.join(where, file) for where, _, files in os.walk(folder) for file in files]
    return sorted(path for path in paths if _is_meant(path, endings))


def _is_meant(path: str, endings: tuple[str, ...]) -> bool:
    """Whether whoever names the folder of a file means it too, compressed or not."""
    name = path.lower()
    if name.endswith(_PACKED):
        name = name.rpartition(".")[0]
    return name.endswith(endings) or (".tar" in endings and name.endswith(_PACKED_TARS))


def _some(found: list[str], name: str, endings: tuple[str, ...]) -> list[str]:
    if not found:
        what = "no file is there" if endings == ("",) else f"no {' or '.join(endings)} file is there"
        raise MissingFile(what, where=name)
    for path in found:
        _refuse_packed(path)
    return found


def _refuse_packed(path: str) -> None:
    if path.lower().endswith((*_PACKED, *_PACKED_TARS)):
        raise SourceError(
            "a compressed file cannot be read from its middle",
            where=path,
            hint="Decompress it first: the images of a corpus are compressed already, so it hardly grows. "
            "Where it lies in a folder among others, a glob of these leaves it out.",
        )
