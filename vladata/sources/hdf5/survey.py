"""What the episodes of a dataset have, seen together: its columns.

    one value a step     the first axis of the dataset is the episode's steps, in at least half of the episodes that have it
    refused by name      it has one value more or less than the steps, so that nobody says which belongs to which; its type is
                         none that is read, or another one in another file
    a value outside      anything else, and attributes

Integers and floats of several widths become the widest. A length that differs between episodes is any length.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vladata.sources.features import Leaf, Shape
from vladata.sources.hdf5.around import Around
from vladata.sources.hdf5.attributes import Values, attributes, held_value, joined
from vladata.sources.hdf5.kinds import Held, held, pictured, unread
from vladata.sources.hdf5.opening import FAULTS
from vladata.sources.hdf5.steps import disagreement, steps_of
from vladata.sources.hdf5.tree import Item, items

ADVICE = "Write the data anew in plain datasets"
_LINK = unread("a link", "links are not followed, since their target may be another file")
_SHORTEST = 3  # steps; in shorter episodes lengths say little
_LOOKS = 8  # episodes in which bytes are asked whether they are pictures


@dataclass
class _Seen:
    """One path in all episodes that have it. shape: as in the first, None where others differ."""

    count: int = 0
    helds: dict[Held, None] = field(default_factory=dict)
    ranks: set[int] = field(default_factory=set)
    shape: Shape = ()
    along: Counter[str] = field(default_factory=Counter)
    says: str = ""
    looks: int = 0
    pictures: Held | None = None

    def add(self, found: Held, shape: tuple[int, ...]) -> None:
        self.shape = _merged(self.shape, shape) if self.count and len(self.shape) == len(shape) else shape
        self.count += 1
        self.helds[found] = None
        self.ranks.add(len(shape))


class Survey:
    """Add every episode that is looked at, then ask for the columns."""

    def __init__(self) -> None:
        self.episodes = 0
        self._datasets: dict[str, _Seen] = {}
        self._values: dict[str, _Seen] = {}

    def add(self, group: Any, around: Around, number: int, where: str) -> None:
        """An episode's h5py.Group. FormatError where it is none."""
        found = items(group, where)
        shapes = {i.path: i.dataset.shape for i in found if i.dataset is not None and i.dataset.shape}
        steps = steps_of(shapes, where)
        for item in found:
            self._dataset(self._datasets.setdefault(item.path, _Seen()), item, steps, where)
        levels = {"attributes": attributes(group), **around.levels}
        values: Values = joined(levels, frozenset(i.path for i in found)) | around.of(number)
        for name, value in values.items():
            self._values.setdefault(name, _Seen()).add(*held_value(value))
        self.episodes += 1

    def columns(self) -> Mapping[str, Leaf]:
        return dict(self._leaves())

    def _dataset(self, seen: _Seen, item: Item, steps: int, where: str) -> None:
        if item.dataset is None:
            seen.add(_LINK if item.other == "a link" else unread(item.other, "it is no dataset"), (steps,))
            seen.along["steps"] += 1
            return
        found, shape = held(item.dataset), item.dataset.shape or ()
        if seen.pictures is None and seen.looks < _LOOKS and found.kind != "unsupported" and shape:
            seen.looks += 1
            seen.pictures = _pictures(item.dataset, found)
        seen.add(found, shape)
        if steps < _SHORTEST:
            return
        length = shape[0] if shape else 0
        apart = abs(length - steps)
        seen.along["steps" if apart == 0 else "near" if apart == 1 else "other"] += 1
        if apart == 1:
            seen.says = f"{disagreement(item.path, length, steps)} ({where})"

    def _leaves(self) -> Iterator[tuple[str, Leaf]]:
        for path, seen in self._datasets.items():
            yield path, self._leaf(path, seen)
        for path, seen in self._values.items():
            yield path, _leaf(path, _one(seen), seen, False, seen.count < self.episodes)

    def _leaf(self, path: str, seen: _Seen) -> Leaf:
        along, optional = seen.along, seen.count < self.episodes
        told = along.total()
        # Where only short episodes have it their lengths say little.
        per_step = 2 * along["steps"] >= told if told else seen.ranks != {0}
        found = _one(seen)
        if not per_step and told and 2 * along["near"] >= told and found.kind != "unsupported":
            found = unread("this dataset", f"{seen.says}: which belongs to which is not said")
            per_step = True
        return _leaf(path, found, seen, per_step, optional)


def _pictures(dataset: Any, found: Held) -> Held | None:
    """What it holds where a look says more than its type; None where it does not."""
    try:
        better = pictured(dataset, found)
    except FAULTS:
        return None
    return better if better.kind == "image" else None


def _leaf(path: str, found: Held, seen: _Seen, per_step: bool, optional: bool) -> Leaf:
    lengths: Shape = (None,) if per_step else ()
    shape = seen.shape[per_step:] if seen.shape else ()
    if found.kind == "unsupported":
        shape = ()
    elif found.kind == "image":
        shape, lengths = (None, None, None), (None,)
    encoding = "none" if found.kind == "number" else ""
    return Leaf(
        path,
        found.kind,
        found.dtype,
        shape,
        encoding,
        per_step,
        lengths,
        found.called,
        found.reason,
        ADVICE,
        optional,
    )


def _one(seen: _Seen) -> Held:
    """What all episodes hold there."""
    helds = list(seen.helds)
    if refused := next((one for one in helds if one.kind == "unsupported"), None):
        return refused
    if len(seen.ranks) > 1:
        return unread(
            "this dataset", f"episodes have it with {' and '.join(map(str, sorted(seen.ranks)))} axes"
        )
    if seen.pictures is not None:
        return seen.pictures
    if helds[0].rows and helds[0].kind == "number":
        return unread("lists of bytes", "they have any length, and do not begin as pictures do")
    if len({one.kind for one in helds}) > 1:
        return unread("this dataset", "it holds numbers in one episode and texts in another")
    if helds[0].kind != "number":
        return helds[0]
    dtypes = [np.dtype(one.dtype) for one in helds]
    widest = np.result_type(*dtypes)
    if not all(_fits(dtype, widest) for dtype in dtypes):
        names = " and ".join(dtype.name for dtype in dtypes)
        return unread("this dataset", f"it holds {names}, which no one type of numbers holds exactly")
    return Held("number", widest.name)


def _fits(dtype: np.dtype, widest: np.dtype) -> bool:
    """Whether every number of a type is one of the widest: of integers within integers, of floats within floats."""
    return (
        dtype == widest or (dtype.kind in "iu" and widest.kind in "iu") or (dtype.kind == widest.kind == "f")
    )


def _merged(one: Shape, other: tuple[int, ...]) -> Shape:
    return tuple(a if a == b else None for a, b in zip(one, other, strict=True))
