"""The files of a dataset in HDF5, and the groups of files.

A dataset is one file, or all files of a folder whose names end in .hdf5 or .h5, in natural order (episode_2 before
episode_10), without hidden files (._episode_0.hdf5, which macOS leaves). A file of several episodes is one file of the split
"train". Files of one episode each are put into groups of 64: an index of 5,000 such files has 79 parts.

The columns are found in at most 200 episodes, evenly spread over the files and within them. If there are more than 200 files,
and each opened file is one episode, the others are expected to be one episode each: a file that is not is rejected by name when
it is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from vladata.errors import FormatError, SourceError
from vladata.sources.folder import Folder
from vladata.sources.hdf5.tree import natural

ENDINGS = (".hdf5", ".h5")
TOGETHER = 64
LOOKED_INTO = 200


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a dataset.

    url:    the folder or file that the user named.
    folder: the folder of the files.
    files:  the names of the files, in order.
    """

    url: str
    folder: Folder
    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the dataset: the name of the folder, or of the file without its ending."""
        name = self.url.rpartition("/")[2]
        return (_stem(name) if name in self.files else name) or "hdf5"


@dataclass(frozen=True, slots=True)
class FileGroup:
    """One file of a split, or several files that are one episode each.

    name:  the name of the file; for several, the name of the first and the number of the others.
    files: the names of the files.
    count: the number of episodes.
    """

    name: str
    files: tuple[str, ...]
    count: int


def listing_at(folder: Folder) -> Listing | None:
    """Return the HDF5 file that `folder` names, or the HDF5 files in it; None if there are none."""
    above, _, name = folder.url.rpartition("/")
    if is_hdf5(name) and above and Folder(above).exists(name):
        return Listing(folder.url, Folder(above), (name,))
    try:
        files = [name for name in folder.names() if is_hdf5(name)]
    except SourceError:
        return None
    return Listing(folder.url, folder, tuple(sorted(files, key=natural))) if files else None


def is_hdf5(name: str) -> bool:
    return name.lower().endswith(ENDINGS) and not name.startswith(".")


def spread(count: int, wanted: int) -> list[int]:
    """Return at most `wanted` of the numbers 0 to count - 1, evenly spread, the first and the last included."""
    if count <= wanted:
        return list(range(count))
    if wanted < 2:
        return [0]
    return sorted({i * (count - 1) // (wanted - 1) for i in range(wanted)})


def grouped(files: Sequence[str], episodes: Mapping[str, int | FormatError]) -> Iterator[FileGroup]:
    """Yield the groups of the split in order.

    episodes: file -> the number of its episodes; 0 if the file itself is an episode. A damaged file counts as one episode,
              which will be rejected.
    """

    def is_one(file: str) -> bool:
        found = episodes.get(file, 0)
        return isinstance(found, FormatError) or found == 0

    for one, run in groupby(files, is_one):
        if not one:
            yield from (FileGroup(file, (file,), _count(episodes[file])) for file in run)
            continue
        names = list(run)
        for start in range(0, len(names), TOGETHER):
            some = tuple(names[start : start + TOGETHER])
            more = f"-and-{len(some) - 1}-more" if len(some) > 1 else ""
            yield FileGroup(f"{some[0]}{more}", some, len(some))


def _count(found: int | FormatError) -> int:
    return 1 if isinstance(found, FormatError) else found


def _stem(name: str) -> str:
    return name.rpartition(".")[0]
