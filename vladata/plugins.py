"""Entries that other packages add to our tables by entry points: codecs, tasks, operations.

    [project.entry-points."vladata.codecs"]      in the pyproject.toml of that package
    pinches = "somebody.pinches:Pinches"

Rule: no name is overridden silently. A package that offers a name of vladata's, or two packages with one name, are an error that
names both, raised at the first use of the table. Names are read from the metadata of installed packages, once per process;
the code of a package is imported when its entry, or the whole table, is used.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from vladata.errors import PluginError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints, SelectableGroups

T = TypeVar("T")


class PluginTable(MutableMapping[str, T]):
    """Our entries by name, and those that installed packages offer in one group of entry points.

    what:  the word for an entry in messages: "codec".
    group: the group of entry points: "vladata.codecs".
    ours:  name -> entry.
    wrong: (name, entry) -> the reason why an entry of a package cannot be used, "" if it can.
    """

    def __init__(
        self, what: str, group: str, ours: Mapping[str, T], wrong: Callable[[str, Any], str]
    ) -> None:
        self.what, self.group, self.wrong = what, group, wrong
        self._known = dict(ours)
        self._ours = frozenset(ours)

    @cached_property
    def _offered(self) -> Mapping[str, "EntryPoint"]:
        """The entry points of installed packages, by name, in order. Raises PluginError if a name is offered twice or is
        ours."""
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
        what = f'{article} {self.what} called "{entry.name}" is offered twice: by {other}, and by {_package(entry)}'
        hint = (
            f"Uninstall {_package(entry)}, or use a version of it in which the {self.what} has another name."
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
        except Exception as fault:  # foreign code may raise anything when it is imported
            hint = f"Install the packages that it needs, or uninstall {_package(entry)}."
            raise PluginError(f"{what}: {type(fault).__name__}: {fault}", where=where, hint=hint) from fault
        if wrong := self.wrong(entry.name, found):
            raise PluginError(
                f"{what}: {wrong}", where=where, hint="docs/contributing.md describes such entries."
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
    """Return the entry points of all packages on the path, of any group. The result is kept: finding it takes 20 ms, and several
    tables use it."""
    from importlib.metadata import entry_points

    return entry_points()


def _package(entry: "EntryPoint") -> str:
    """Return the name of a package in messages: "somebody 1.0 (somebody.pinches:Pinches)"."""
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package"
    return f"{package} ({entry.value})"
