"""Facts about a whole episode: its success, and its name in files of other projects.

Both come from fields that a schema declares. If the data lacks a field, the fact is unknown, which is an error only if it is
needed.
"""

from dataclasses import dataclass, field
from typing import Any

from vladata.records import Episode
from vladata.sources.features import Leaf
from vladata.sources.source import Source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.references import Reference, resolve
from vladata.spec.selection import LENGTH
from vladata.transforms.chain import answers
from vladata.transforms.filter_episode import filter_episode
from vladata.transforms.table import Table

JOINS = "--"


@dataclass(frozen=True)
class About:
    """The fields to read from a source.

    asked: reference in the test of `success` -> its key and columns.
    named: the fields of an episode's name.
    """

    spec: DatasetSpec | None
    asked: dict[str, Reference] = field(default_factory=dict)
    named: tuple[str, ...] = ()

    @property
    def wanted(self) -> frozenset[str]:
        """The keys that a reader must decode."""
        return frozenset([*(reference.path for reference in self.asked.values()), *self.named])

    @property
    def tells_success(self) -> bool:
        test = self.spec.success if self.spec else None
        return test is not None and (test.path == LENGTH or test.path in self.asked)

    def success(self, raw: Episode) -> bool | None:
        """Return True if the episode succeeded; None if it is unknown, or the episode has no steps."""
        test = self.spec.success if self.spec else None
        if test is None or not self.tells_success or not len(raw):
            return None
        table = Table(raw.steps, self.asked, len(raw), raw.where, raw.metadata)
        return filter_episode([(answers(test, table), test.step)])

    def key(self, raw: Episode) -> str:
        """Return the episode's name in other projects' files; "" if it has none."""
        return JOINS.join(_named(raw.metadata[name]) for name in self.named)


def _named(value: Any) -> str:
    """Return a text or a whole number as a part of a name."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(int(value))


def about(source: Source, spec: DatasetSpec | None) -> About:
    """Return the fields that `spec` needs from the episodes of `source`; fields that the source lacks are left out."""
    if spec is None:
        return About(None)
    asked, test = {}, spec.success
    if test and test.path != LENGTH:
        found = resolve(test.path, source.step_columns) or resolve(test.path, source.values)
        asked = {test.path: found} if found else {}
    names = {name for name in source.values if _is_name(source.columns[name])}
    named = spec.episode_key if names.issuperset(spec.episode_key) else ()
    return About(spec, asked, named)


def _is_name(leaf: Leaf) -> bool:
    """Return True if a value can be part of a name: one text, or one whole number."""
    if leaf.shape or leaf.lengths:
        return False
    return leaf.kind == "text" or (leaf.kind == "number" and leaf.dtype.startswith(("int", "uint")))
