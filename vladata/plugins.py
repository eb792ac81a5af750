"""What other packages add to our tables, by entry points: codecs, tasks, operations.

    [project.entry-points."vladata.codecs"]      in the pyproject.toml of that package
    pinches = "somebody.pinches:Pinches"

Rule: nobody wins a name silently. A name of ours that a package offers too, or that two packages offer, is an error that names
both, raised as soon as anything of the table is asked for. Names are read from the metadata of what is installed, once a process;
the code of a package is imported when its entry is asked for, or all of the table is.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from vladata.errors import PluginError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints, SelectableGroups

T = TypeVar("T")


class Table(MutableMapping[str, T]):
    """Ours by name, and what installed packages offer in one group of entry points.

    what:  what an entry is, in messages: "codec".
    group: of the entry points: "vladata.codecs".
    ours:  name -> entry.
    wrong: (name, entry) -> what is wrong with an entry of a package, "" where nothing is.
    """

    def __init__(
        self, what: str, group: str, ours: Mapping[str, T], wrong: Callable[[str, Any], str]
    ) -> None:
        self.what, self.group, self.wrong = what, group, wrong
        self._known = dict(ours)
        self._ours = frozenset(ours)

    @cached_property
    def _offered(self) -> Mapping[str, "EntryPoint"]:
        """The entry points of installed packages, by name, in order. PluginError where two are of one name, or one of ours."""
        found: dict[str, EntryPoint] = {}
        offered = _installed(tuple(sys.path)).select(group=self.group)
        for entry in sorted(offered, key=lambda each: (each.name, _package(each))):
            if entry.name in self._ours:
                raise self._clash(entry, "vladata itself")
            if entry.name in found:
                raise self._clash(entry, _package(found[entry.name]))
            found[entry.name] = entry
        return found

    def _clash(self, entry: "EntryPoint", other: str) -> PluginError:
        article = "an" if self.what[0] in "aeiou" else "a"
        what = f'two offer {article} {self.what} called "{entry.name}": {other}, and {_package(entry)}'
        hint = (
            f"Uninstall {_package(entry)}, or take a version of it in which the {self.what} has another name."
        )
        return PluginError(what, where=f"entry points {self.group}", hint=hint)

    def __getitem__(self, name: str) -> T:
        offered = self._offered
        if name not in self._known and name in offered:
            self._known[name] = self._loaded(offered[name])
        return self._known[name]

    def _loaded(self, entry: "EntryPoint") -> T:
        where = f"{_package(entry)}, entry points {self.group}"
        what = f'the {self.what} "{entry.name}" cannot be used'
        try:
            found: T = entry.load()
        except Exception as fault:  # whatever the code of somebody else does when it is imported
            hint = f"Install what it needs, or uninstall {_package(entry)}."
            raise PluginError(f"{what}: {type(fault).__name__}: {fault}", where=where, hint=hint) from fault
        if wrong := self.wrong(entry.name, found):
            raise PluginError(
                f"{what}: {wrong}", where=where, hint="docs/contributing.md says what it has to be."
            )
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._offered

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._known, *self._offered)))

    def __len__(self) -> int:
        return len({*self._known, *self._offered})

    def __setitem__(self, name: str, entry: T) -> None:
        self._known[name] = entry

    def __delitem__(self, name: str) -> None:
        del self._known[name]


@cache
def _installed(path: tuple[str, ...]) -> "EntryPoints | SelectableGroups":
    """The entry points of all packages on the path, of any group: looking for them costs 20 ms, and several tables ask."""
    from importlib.metadata import entry_points

    return entry_points()


def _package(entry: "EntryPoint") -> str:
    """ "somebody 1.0 (somebody.pinches:Pinches)"."""
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package"
    return f"{package} ({entry.value})"
