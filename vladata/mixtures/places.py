"""The places of a mixture's datasets: from --set, else from the mixture, else under --root."""

import os
from collections.abc import Mapping, Sequence

from vladata.errors import MissingFile, UsageError, nearest
from vladata.mixtures.tree import MixLeaf
from vladata.near_path import way_to
from vladata.shards.naming import MANIFEST
from vladata.shards.storage import open_output


def places_of(
    wanted: Sequence[MixLeaf], given: Mapping[str, str], root: str, only_given: bool
) -> tuple[dict[str, str], list[str]]:
    """Return leaf -> the folder or URL of its dataset, and the leaves without a dataset, which `only_given` allows.

    given: path of names of a leaf -> its place; the last name is enough if no other leaf has it.
    """
    named = _by_leaf(wanted, given)
    if root and "://" not in root and not os.path.isdir(os.path.expanduser(root)):
        raise MissingFile(
            "this folder does not exist", where=f"--root {root}", hint=way_to(os.path.expanduser(root))
        )
    found = {leaf.name: named.get(leaf.name) or leaf.source.path or _under(root, leaf) for leaf in wanted}
    absent = [name for name, place in found.items() if not place]
    if absent and not (only_given and len(absent) < len(found)):
        settings = " ".join(f"--set {name}=PATH" for name in absent[:5])
        more = " ..." if len(absent) > 5 else ""
        raise UsageError(
            "no dataset was given for these sources of the mixture",
            got=", ".join(absent),
            hint=f"Give each a converted dataset: {settings}{more}; or --root FOLDER, which holds them under their names; "
            "or leave them out with --only-given.",
        )
    return {name: place for name, place in found.items() if place}, absent


def _by_leaf(wanted: Sequence[MixLeaf], given: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, place in given.items():
        leaf = leaf_named(wanted, name, "--set")
        if leaf.name in found:
            raise UsageError(
                "a source is given twice",
                where="--set",
                got=name,
                hint=f"{leaf.name} and {name} are one source.",
            )
        found[leaf.name] = place
    return found


def leaf_named(leaves: Sequence[MixLeaf], name: str, option: str) -> MixLeaf:
    """Return the leaf with the path `name`, or the only one whose path ends in `name`. option: the option that named it."""
    same = [leaf for leaf in leaves if leaf.name == name]
    same = same or [leaf for leaf in leaves if leaf.name.rsplit("/", 1)[-1] == name]
    if len(same) != 1:
        raise UsageError(
            f"several sources are called {name}" if same else "the mixture has no such source",
            where=option,
            got=name,
            allowed=", ".join(leaf.name for leaf in same),
            hint="" if same else nearest(name, [leaf.name for leaf in leaves]),
        )
    return same[0]


def _under(root: str, leaf: MixLeaf) -> str:
    """Return the dataset of a leaf under `root`, by its path of names or the last name; "" if there is none."""
    if not root:
        return ""
    names = dict.fromkeys((leaf.name, leaf.name.rsplit("/", 1)[-1]))
    places = (f"{root.rstrip('/')}/{name}" for name in names)
    return next((place for place in places if open_output(place).read(MANIFEST) is not None), "")
