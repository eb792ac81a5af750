"""The sources of a mixture as a tree whose leaves are datasets. Nested sources and named mixtures are branches of it.

A leaf is named by its path, "web/captions". Weights are read as decimals, so that 0.1 is exactly a tenth. Sizes are numbers of
samples in the whole epoch, so they are allowed only if all weights above are sizes too, and they must add up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from vladata.errors import UsageError
from vladata.spec import find
from vladata.spec.keep import Keep
from vladata.spec.mixture import MixSource, MixtureSpec, Source, Weights
from vladata.spec.read import validate_data

DEEPEST = 20


@dataclass(frozen=True)
class MixLeaf:
    """A converted dataset in a mixture."""

    name: str
    source: MixSource


@dataclass(frozen=True)
class Branch:
    """Sources that are weighted against each other. parts: name of a source -> (its weight, its leaf or branch)."""

    name: str
    weights: Weights
    temperature: float | None
    parts: Mapping[str, "tuple[Fraction, MixLeaf | Branch]"]


@dataclass(frozen=True)
class _Above:
    """The mixtures and branches that a source is part of.

    names:      names of the mixtures, outermost first.
    identities: the files of these mixtures; a mixture without a file has none.
    file:       the name or path of the innermost mixture.
    weights:    the meaning of the weights of each branch, outermost first.
    """

    names: tuple[str, ...]
    identities: tuple[str, ...]
    file: str
    weights: tuple[Weights, ...] = ()

    @property
    def where(self) -> str:
        return f"mixture {self.names[0]}"


def tree_of(spec: MixtureSpec, weights: Weights | None = None, file: str = "") -> Branch:
    """Return the sources of a mixture as a tree.

    weights: the meaning of the weights, if the spec does not give it.
    file:    the name or path of the mixture; paths of other mixtures in it are relative to this path.
    """
    if spec.weights and weights and spec.weights != weights:
        raise UsageError(
            "the mixture itself establishes the meaning of its weights, and it is another",
            where=f"mixture {spec.name}",
            got=weights,
            allowed=spec.weights,
        )
    meaning = spec.weights or weights
    if meaning is None:
        raise UsageError(
            "the mixture does not establish the meaning of its weights",
            where=f"mixture {spec.name}",
            allowed="shares, times_steps",
            hint="Choose one: --weights shares takes them as parts of all samples, --weights times_steps multiplies them "
            "by the samples of each dataset.",
        )
    above = _Above((spec.name,), (find.identity(file),) if file else (), file)
    return _branch("", meaning, spec.temperature, spec.sources, above)


def leaves(branch: Branch) -> Iterator[MixLeaf]:
    """Yield all datasets, in the order of the spec."""
    for _, part in branch.parts.values():
        if isinstance(part, MixLeaf):
            yield part
        else:
            yield from leaves(part)


def without(branch: Branch, names: set[str]) -> Branch:
    """Return the tree without the leaves `names` and without branches that become empty. The other weights are not changed."""
    kept: dict[str, tuple[Fraction, MixLeaf | Branch]] = {}
    for name, (weight, part) in branch.parts.items():
        if isinstance(part, MixLeaf):
            if part.name not in names:
                kept[name] = weight, part
        else:
            below = without(part, names)
            if below.parts:
                kept[name] = weight, below
    return Branch(branch.name, branch.weights, branch.temperature, kept)


def with_keep(spec: MixtureSpec, name: str, keep: Keep | None) -> MixtureSpec:
    """Return the mixture with `keep` as the filters of the leaf `name`; None keeps all samples of the leaf."""
    data = spec.model_dump(exclude_none=True)
    below, (*above, last) = data["sources"], name.split("/")
    for own in above:
        if "sources" not in below[own]:
            raise UsageError(
                "the source is part of another mixture, whose file says what is kept of it",
                where=f"mixture {spec.name}, {name}",
                got=below[own]["mixture"],
                hint="Change keep in that file, or write its sources into this one.",
            )
        below = below[own]["sources"]
    source = below[last] if isinstance(below[last], dict) else {"weight": below[last]}
    source.pop("keep", None)
    below[last] = source if keep is None else {**source, "keep": keep.model_dump(exclude_none=True)}
    return validate_data(MixtureSpec, data, f"mixture {spec.name}")


def size_of(part: Branch | MixLeaf, weight: Fraction = Fraction()) -> Fraction:
    """Return the number of samples of a part in an epoch, if weights are sizes. weight: the weight of the part."""
    if isinstance(part, MixLeaf) or part.weights != "sizes":
        return weight
    return sum((size_of(below, size) for size, below in part.parts.values()), Fraction())


def _branch(
    name: str, weights: Weights, temperature: float | None, sources: Mapping[str, Source], above: _Above
) -> Branch:
    if weights == "sizes" and set(above.weights) - {"sizes"}:
        raise UsageError(
            "sizes are numbers of samples of an epoch, so the weights above them must be sizes too",
            where=f"{above.where}, {name}, weights",
            got=weights,
            allowed="shares, times_steps",
            hint="Write weights: shares here, which takes the numbers as parts; or give sizes at every level.",
        )
    parts: dict[str, tuple[Fraction, MixLeaf | Branch]] = {}
    below = replace(above, weights=(*above.weights, weights))
    for own, given in sources.items():
        source = given if isinstance(given, MixSource) else MixSource(weight=given)
        path = f"{name}/{own}" if name else own
        weight, part = Fraction(repr(source.weight)), _part(path, source, below)
        if weights == "sizes":
            _check_size(weight, part, source, f"{above.where}, {path}")
        parts[own] = weight, part
    return Branch(name, weights, temperature, parts)


def _check_size(weight: Fraction, part: MixLeaf | Branch, source: MixSource, where: str) -> None:
    if weight.denominator != 1:
        raise UsageError(
            "the size of a source must be a whole number of samples",
            where=where,
            got=source.weight,
            allowed="a whole number",
        )
    inner = size_of(part, weight)
    if "weight" in source.model_fields_set and inner != weight:
        raise UsageError(
            "the sizes of its sources do not add up to its own",
            where=f"{where}, weight",
            got=int(weight),
            allowed=f"{int(inner)}, or nothing, which takes their sum",
        )


def _part(path: str, source: MixSource, above: _Above) -> MixLeaf | Branch:
    if source.sources is not None:
        assert source.weights is not None
        return _branch(path, source.weights, source.temperature, source.sources, above)
    if source.mixture is None:
        return MixLeaf(path, source)
    file = find.beside(source.mixture, above.file)
    identity = find.identity(file)
    if identity in above.identities or len(above.names) > DEEPEST:
        raise UsageError(
            "a mixture contains itself",
            where=f"{above.where}, {path}, mixture",
            got=source.mixture,
            hint=f"It is part of {' > '.join(above.names)}.",
        )
    spec = find.mixture(file)
    # `weights` beside the name may change sizes into shares; no other meaning can be changed.
    meaning = source.weights if spec.weights in (None, "sizes") and source.weights else spec.weights
    if meaning is None or source.weights not in (None, meaning):
        raise UsageError(
            f"{spec.name} {'establishes another' if spec.weights else 'does not establish the'} meaning of its weights",
            where=f"{above.where}, {path}, weights",
            got=source.weights,
            allowed=spec.weights or "",
            hint=""
            if spec.weights
            else "Write it beside its name: weights: shares, or weights: times_steps.",
        )
    within = replace(
        above, names=(*above.names, spec.name), identities=(*above.identities, identity), file=file
    )
    return _branch(path, meaning, spec.temperature, spec.sources, within)
