"""The episodes of a file, and the datasets of an episode.

    data/demo_0, data/demo_1 ...   groups in `data`: robomimic, LIBERO, robosuite
    traj_0, traj_1 ...             groups at the top whose names all end in a number
    /                              anything else is one episode (ALOHA, ACT)

Episodes come in the natural order of their names (demo_2 before demo_10), datasets in the order of their paths. Only hard links
are followed. Soft and external links are reported and never followed, since their target may be another file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vladata.errors import CorruptRecord, MalformedExample
from vladata.sources.hdf5.opening import library

CONTAINER = "data"
_NUMBERED = re.compile(r"[^0-9]*[0-9]+")
_DEEPEST = 16
_MOST = 10_000  # the most links of one episode


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A member of an episode's group.

    path:    its path within the group.
    dataset: h5py's DatasetID; None for anything else.
    other:   "a link" or "a named type" if it is not a dataset; else "".
    """

    path: str
    dataset: Any
    other: str = ""


@dataclass(frozen=True, slots=True)
class Episodes:
    """The episodes of one file.

    within: the path of the group that holds the groups of episodes; "" for the top of the file.
    names:  the names of the groups of episodes, in order; () if the file is one episode.
    """

    within: str
    names: tuple[str, ...]

    @property
    def is_one(self) -> bool:
        """True if the file itself is the only episode."""
        return not self.names

    def __len__(self) -> int:
        return max(1, len(self.names))

    def path(self, number: int) -> str:
        """Return the path of an episode's group, "data/demo_7"; "/" for the file itself."""
        return "/".join(filter(None, (self.within, self.names[number]))) if self.names else "/"


def natural(name: str) -> tuple[list[str | int], str]:
    """Return a key that sorts demo_2 before demo_10."""
    parts = re.split(r"([0-9]+)", name)
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name


def episodes_of(file: Any, where: str) -> Episodes:
    """Return the episodes of an open h5py.File. Raises CorruptRecord if `data` is empty."""
    top = _links(file.id)
    if top.get(CONTAINER) and _is_group(file.id, CONTAINER):
        within = file[CONTAINER].id
        links = _links(within)
        if not links:
            hint = "Probably a recording that ended before its first episode: leave the file out."
            raise CorruptRecord("the file holds no episode: its group data is empty", where=where, hint=hint)
        if all(hard and _is_group(within, name) for name, hard in links.items()):
            return Episodes(CONTAINER, tuple(sorted(links, key=natural)))
    numbered = all(hard and _NUMBERED.fullmatch(name) for name, hard in top.items())
    if top and numbered and all(_is_group(file.id, name) for name in top):
        return Episodes("", tuple(sorted(top, key=natural)))
    return Episodes("", ())


def items(group: Any, where: str) -> list[GroupMember]:
    """Return all datasets and links below a h5py.Group, sorted by path. Raises MalformedExample for too many, or too deep
    ones."""
    found: list[GroupMember] = []
    for item in _walk(library(), group.id, "", 0, where):
        found.append(item)
        if len(found) > _MOST:
            raise MalformedExample("an episode has too many datasets", where=where, allowed=f"{_MOST:,}")
    return found


def _walk(h5py: Any, group: Any, prefix: str, depth: int, where: str) -> Iterator[GroupMember]:
    if depth > _DEEPEST:
        raise MalformedExample("groups are nested too deeply", where=where, allowed=f"{_DEEPEST} levels")
    for name, hard in _links(group).items():
        path = prefix + name
        if not hard:
            yield GroupMember(path, None, "a link")
            continue
        found = h5py.h5o.open(group, name.encode())
        if isinstance(found, h5py.h5g.GroupID):
            yield from _walk(h5py, found, f"{path}/", depth + 1, where)
        elif isinstance(found, h5py.h5d.DatasetID):
            yield GroupMember(path, found)
        else:
            yield GroupMember(path, None, "a named type")


def _links(group: Any) -> dict[str, bool]:
    """Return a map from name to True for a hard link, else False. Bytes that are not UTF-8 are escaped in names."""
    hard = library().h5l.TYPE_HARD
    found: dict[str, bool] = {}

    def note(name: bytes, info: Any) -> None:
        found[name.decode("utf-8", "backslashreplace")] = info.type == hard

    group.links.iterate(note, info=True)
    return found


def _is_group(parent: Any, name: str) -> bool:
    h5py = library()
    return isinstance(h5py.h5o.open(parent, name.encode()), h5py.h5g.GroupID)
