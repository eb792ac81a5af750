"""The columns of a dataset, from all its episodes together.

    one value per step   the first axis of the dataset is the episode's steps, in at least half of the episodes that have it
    refused by name      it has one value more or less than there are steps, so that it is not known which value belongs to
                         which step; or its type is not supported, or differs from file to file
    a value outside      anything else, and attributes

The most common type counts. Integers and floats of several widths become the widest type; pictures and other arrays of several
sizes get unknown dimensions. An episode with another type is rejected if the column is needed.
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
from vladata.sources.hdf5.tree import GroupMember, items

ADVICE = "Write the data anew in plain datasets"
_LINK = unread("a link", "links are not followed, since their target may be another file")
_SHORTEST = 3  # steps; in shorter episodes, lengths are often equal by chance
_LOOKS = 8  # the number of episodes in which the bytes of a column are examined for pictures
Form = tuple[Held, tuple[int, ...]]


@dataclass
class _Seen:
    """One path in all episodes that have it.

    forms:    contents and shape -> the number of episodes.
    along:    its length compared with the steps ("steps", "near", "other") -> the number of episodes.
    says:     the message for a length that differs from the steps by one.
    looks:    the number of episodes in which its bytes were examined.
    pictures: its contents if its bytes are pictures; else None.
    """

    forms: Counter[Form] = field(default_factory=Counter)
    along: Counter[str] = field(default_factory=Counter)
    says: str = ""
    looks: int = 0
    pictures: Held | None = None

    @property
    def count(self) -> int:
        return self.forms.total()


class Survey:
    """A survey of episodes. Call `add` for each opened episode, then `columns`."""

    def __init__(self) -> None:
        self.episodes = 0
        self._datasets: dict[str, _Seen] = {}
        self._values: dict[str, _Seen] = {}

    def add(self, group: Any, around: Around, number: int, where: str) -> None:
        """Add the h5py.Group of an episode. Raises FormatError if it is not an episode."""
        found = items(group, where)
        shapes = {i.path: i.dataset.shape for i in found if i.dataset is not None and i.dataset.shape}
        steps = steps_of(shapes, where)
        for item in found:
            self._dataset(self._datasets.setdefault(item.path, _Seen()), item, steps, where)
        levels = {"attributes": attributes(group), **around.levels}
        values: Values = joined(levels, frozenset(i.path for i in found)) | around.of(number)
        for name, value in values.items():
            self._values.setdefault(name, _Seen()).forms[held_value(value)] += 1
        self.episodes += 1

    def columns(self) -> Mapping[str, Leaf]:
        return dict(self._leaves())

    def _dataset(self, seen: _Seen, item: GroupMember, steps: int, where: str) -> None:
        if item.dataset is None:
            told = _LINK if item.other == "a link" else unread(item.other, "it is not a dataset")
            seen.forms[told, (steps,)] += 1
            seen.along["steps"] += 1
            return
        found, shape = held(item.dataset), item.dataset.shape or ()
        if seen.pictures is None and seen.looks < _LOOKS and found.kind != "unsupported" and shape:
            seen.looks += 1
            seen.pictures = _pictures(item.dataset, found)
        seen.forms[found, shape] += 1
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
            yield path, _leaf(path, *_common(seen, 0), False, seen.count < self.episodes)

    def _leaf(self, path: str, seen: _Seen) -> Leaf:
        along, told = seen.along, seen.along.total()
        # In short episodes, lengths are often equal by chance.
        per_step = 2 * along["steps"] >= told if told else all(shape for _, shape in seen.forms)
        found, shape = _common(seen, int(per_step))
        if not per_step and told and 2 * along["near"] >= told and found.kind != "unsupported":
            found = unread("this dataset", f"{seen.says}: nothing tells which value belongs to which step")
            per_step = True
        return _leaf(path, found, shape, per_step, seen.count < self.episodes)


def _pictures(dataset: Any, found: Held) -> Held | None:
    """Return the contents if the bytes are pictures; else None."""
    try:
        better = pictured(dataset, found)
    except FAULTS:
        return None
    return better if better.kind == "image" else None


def _leaf(path: str, found: Held, shape: Shape, per_step: bool, optional: bool) -> Leaf:
    lengths: Shape = (None,) if per_step else ()
    if found.kind == "unsupported":
        shape = ()
    elif found.kind == "image":
        shape, lengths = (None, None, None), (None,)
    encoding = "none" if found.kind == "number" else ""
    called, reason = found.called, found.reason
    return Leaf(
        path, found.kind, found.dtype, shape, encoding, per_step, lengths, called, reason, ADVICE, optional
    )


def _common(seen: _Seen, leading: int) -> tuple[Held, Shape]:
    """Return the most common contents and shape, without the first `leading` axes.

    Episodes with others are rejected when they are read, if the column is needed.
    """
    usable = Counter({form: n for form, n in seen.forms.items() if form[0].kind != "unsupported"})
    if 2 * usable.total() < seen.count or not usable:
        refused = Counter({form: n for form, n in seen.forms.items() if form[0].kind == "unsupported"})
        return refused.most_common(1)[0][0][0], ()
    families: Counter[tuple[str, int]] = Counter()
    for (held_there, shape), n in usable.items():
        families[held_there.kind, len(shape)] += n
    family, _ = families.most_common(1)[0]
    chosen = Counter({form: n for form, n in usable.items() if (form[0].kind, len(form[1])) == family})
    shapes = Counter(shape[leading:] for (_, shape), n in chosen.items() for _ in range(n))
    return _held(seen, chosen), _shape(shapes)


def _held(seen: _Seen, chosen: Counter[Form]) -> Held:
    if seen.pictures is not None:
        return seen.pictures
    first = chosen.most_common(1)[0][0][0]
    if first.rows and first.kind == "number":
        return unread("lists of bytes", "they have any length, and do not begin as pictures do")
    if first.kind != "number":
        return first
    kin = [dtype for one, _ in chosen if _alike(dtype := np.dtype(one.dtype), np.dtype(first.dtype))]
    return Held("number", np.result_type(*kin).name)


def _alike(one: np.dtype, other: np.dtype) -> bool:
    """Return True if the wider type of the two holds all numbers of both."""
    widest = np.result_type(one, other)
    return one == other or (one.kind == other.kind == "f") or (widest.kind in "iu" and one.kind in "iu")


def _shape(shapes: Counter[tuple[int, ...]]) -> Shape:
    """Return the most common shape of numbers and rows; for more axes, the common sizes, None where sizes differ."""
    first: Shape = shapes.most_common(1)[0][0]
    if len(first) < 2:
        return first
    for other in shapes:
        first = tuple(a if a == b else None for a, b in zip(first, other, strict=True))
    return first
