"""The values of an episode that are in its file, but outside the episode's group.

    source/file     the name of the file, without folder and ending: LIBERO's task
    source/path     the group of the episode, "data/demo_7"
    mask/NAME       robomimic's filter keys: True if the list NAME has the episode
    NAME, NAME/PART attributes of the group of all episodes, and of the file

Filter keys are values and not splits, since they overlap (20_percent is a part of train) and need not cover all episodes;
`filter_episode` in a schema can take the episodes of one list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata.sources.hdf5.attributes import Refused, Values, attributes
from vladata.sources.hdf5.opening import FAULTS, library, said
from vladata.sources.hdf5.tree import Episodes, items

MASK = "mask"
SOURCE = "source"
FAR = "file attributes"


@dataclass(frozen=True, slots=True)
class Around:
    """The values that all episodes of a file share.

    levels: group -> its attributes, the nearest group first.
    masks:  filter key -> the names of its episodes, or the reason why it cannot be read.
    """

    name: str
    episodes: Episodes
    levels: Mapping[str, Values]
    masks: Mapping[str, frozenset[str] | Refused]

    def of(self, number: int) -> Values:
        """Return the values of one episode."""
        group = self.episodes.path(number)
        values: Values = {f"{SOURCE}/file": self.name.encode(), f"{SOURCE}/path": group.encode()}
        name = self.episodes.names[number] if self.episodes.names else ""
        for key, listed in self.masks.items():
            values[f"{MASK}/{key}"] = listed if isinstance(listed, Refused) else np.bool_(name in listed)
        return values


def around(file: Any, name: str, episodes: Episodes) -> Around:
    """Return the values around the episodes of an open h5py.File. name: the file's name."""
    stem = name.rpartition("/")[2].rpartition(".")[0]
    if episodes.is_one:
        return Around(stem, episodes, {}, {})
    levels = {FAR: attributes(file)}
    if episodes.within:
        levels = {f"{episodes.within} attributes": attributes(file[episodes.within]), **levels}
    return Around(stem, episodes, levels, _masks(file, name))


def _masks(file: Any, where: str) -> dict[str, frozenset[str] | Refused]:
    h5py = library()
    if not isinstance(file.get(MASK, getlink=True), h5py.HardLink) or not isinstance(file[MASK], h5py.Group):
        return {}
    found: dict[str, frozenset[str] | Refused] = {}
    for item in items(file[MASK], where):
        try:
            values = [] if item.dataset is None else h5py.Dataset(item.dataset)[()].ravel().tolist()
        except (*FAULTS, AttributeError) as error:
            found[item.path] = Refused("a filter key", f"h5py says: {said(error)}")
            continue
        if item.dataset is None or not all(isinstance(value, bytes) for value in values):
            found[item.path] = Refused("a filter key", "it is not a list of names")
        else:
            found[item.path] = frozenset(value.decode("utf-8", "backslashreplace") for value in values)
    return found
