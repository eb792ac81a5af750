"""--keep and --no-keep of `vladata mix`: filters of a source, in place of the mixture's."""

from collections.abc import Iterable, Sequence

import click

from vladata.cli.choice import merged
from vladata.mixtures.places import leaf_named
from vladata.mixtures.tree import MixLeaf, leaves, tree_of, with_keep
from vladata.spec.keep import Keep
from vladata.spec.mixture import MixtureSpec, Weights
from vladata.spec.read import validate_data


def with_keeps(
    spec: MixtureSpec, asked: str, weights: Weights | None, keeps: Sequence[str], no_keeps: Sequence[str]
) -> MixtureSpec:
    """Return the mixture with the filters of its sources changed. asked: the name or path by which the user gave it.

    no_keeps: texts NAME or NAME:KEY; these filters are removed first.   keeps: texts NAME:KEY=VALUE.
    """
    for text in no_keeps:
        name, _, key = text.partition(":")
        leaf = _leaf(spec, asked, weights, name, "--no-keep")
        spec = with_keep(spec, leaf.name, _without(leaf, key, text))
    for text in keeps:
        name, colon, rule = text.partition(":")
        if not colon or not name:
            raise click.UsageError(f'--keep "{text}" is not NAME:KEY=VALUE, such as captions:similarity=20%.')
        leaf = _leaf(spec, asked, weights, name, "--keep")
        spec = with_keep(spec, leaf.name, merged(leaf.source.keep or Keep(), [rule], "--keep"))
    return spec


def _leaf(spec: MixtureSpec, asked: str, weights: Weights | None, name: str, option: str) -> MixLeaf:
    return leaf_named(list(leaves(tree_of(spec, weights, asked))), name, option)


def _without(leaf: MixLeaf, key: str, text: str) -> Keep | None:
    """Return the filters of a leaf without the one of `key`, or without any if it is ""; None if no filter is left."""
    if not key:
        return None
    data = leaf.source.keep.model_dump(exclude_none=True) if leaf.source.keep else {}
    if key not in data:
        known = _listed(name for name in data if name != "allow_empty")
        raise click.UsageError(
            f'--no-keep "{text}": the mixture says of {leaf.name} no filter "{key}"; it says {known}.'
        )
    del data[key]
    return validate_data(Keep, data, "--no-keep") if data.keys() - {"allow_empty"} else None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
