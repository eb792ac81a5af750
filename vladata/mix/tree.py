"""A mixture's sources, those of nested sources and of mixtures by name too, as leaves with exact shares.

A leaf is named by its path, "web/captions". A share is the product of the shares on the way to it, each a fraction of whole
numbers: weights are read as the decimals that somebody wrote, so 0.1 is a tenth. With a temperature the share is a power, and
no fraction: it is rounded to 12 digits, and that is then exact.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from vladata.errors import UsageError
from vladata.spec.find import mixture as find_mixture
from vladata.spec.mixture import MixSource, MixtureSpec, Source, Weights

DEEPEST = 20
DIGITS = 12


@dataclass(frozen=True)
class Leaf:
    """A converted dataset in a mixture."""

    name: str
    source: MixSource


@dataclass(frozen=True)
class Branch:
    """Sources that stand side by side. parts: name of each below this one -> its weight, and what it is."""

    name: str
    weights: Weights
    temperature: float | None
    parts: Mapping[str, "tuple[Fraction, Leaf | Branch]"]


def tree_of(spec: MixtureSpec, weights: Weights | None = None) -> Branch:
    """The sources of a mixture. weights: what its weights mean, where the spec does not establish it."""
    if spec.weights and weights and spec.weights != weights:
        raise UsageError(
            "what its weights mean is established",
            where=f"mixture {spec.name}",
            got=weights,
            allowed=spec.weights,
        )
    meaning = spec.weights or weights
    if meaning is None:
        raise UsageError(
            "what its weights mean is not established",
            where=f"mixture {spec.name}",
            allowed="shares, times_steps",
            hint="Say it: --weights shares takes them as parts of all samples, --weights times_steps multiplies them "
            "by the samples of each dataset.",
        )
    return _branch("", meaning, spec.temperature, spec.sources, (spec.name,))


def leaves(branch: Branch) -> Iterator[Leaf]:
    """All datasets, in the order of the spec."""
    for _, part in branch.parts.values():
        if isinstance(part, Leaf):
            yield part
        else:
            yield from leaves(part)


def without(branch: Branch, names: set[str]) -> Branch:
    """The tree without the leaves `names`, and without what is then empty; the weights of the others stay."""
    kept: dict[str, tuple[Fraction, Leaf | Branch]] = {}
    for name, (weight, part) in branch.parts.items():
        if isinstance(part, Leaf):
            if part.name not in names:
                kept[name] = weight, part
        else:
            below = without(part, names)
            if below.parts:
                kept[name] = weight, below
    return Branch(branch.name, branch.weights, branch.temperature, kept)


def shares(branch: Branch, samples: Mapping[str, int]) -> dict[str, Fraction]:
    """Leaf -> its share of all samples; together they are 1. samples: of each leaf."""
    found: dict[str, Fraction] = {}
    weighed = {name: _weighed(branch, *part, samples) for name, part in branch.parts.items()}
    total = sum(weighed.values())
    for name, (_, part) in branch.parts.items():
        share = Fraction(weighed[name]) / total
        if isinstance(part, Leaf):
            found[part.name] = share
        else:
            found |= {leaf: share * inner for leaf, inner in shares(part, samples).items()}
    return found


def _weighed(branch: Branch, weight: Fraction, part: Leaf | Branch, samples: Mapping[str, int]) -> Fraction:
    if branch.weights != "times_steps":
        return weight
    count = samples[part.name] if isinstance(part, Leaf) else sum(samples[leaf.name] for leaf in leaves(part))
    if branch.temperature is None:
        return weight * count
    return Fraction(f"{float(weight * count) ** (1 / branch.temperature):.{DIGITS}g}")


def _branch(
    name: str,
    weights: Weights,
    temperature: float | None,
    sources: Mapping[str, Source],
    above: tuple[str, ...],
) -> Branch:
    parts: dict[str, tuple[Fraction, Leaf | Branch]] = {}
    for own, given in sources.items():
        source = given if isinstance(given, MixSource) else MixSource(weight=given)
        path = f"{name}/{own}" if name else own
        parts[own] = Fraction(repr(source.weight)), _part(path, source, above)
        if weights == "sizes" and parts[own][0].denominator != 1:
            raise UsageError(
                "the size of a source is a number of samples",
                where=f"mixture {above[0]}, {path}",
                got=source.weight,
                allowed="a whole number",
            )
    return Branch(name, weights, temperature, parts)


def _part(path: str, source: MixSource, above: tuple[str, ...]) -> Leaf | Branch:
    if source.sources is not None:
        assert source.weights is not None
        return _branch(path, source.weights, source.temperature, source.sources, above)
    if source.mixture is None:
        return Leaf(path, source)
    spec = find_mixture(source.mixture)
    if spec.name in above or len(above) > DEEPEST:
        raise UsageError(
            "a mixture holds itself", where=f"mixture {above[0]}, {path}", got=" > ".join((*above, spec.name))
        )
    meaning = spec.weights or source.weights
    if meaning is None:
        raise UsageError(
            f"what the weights of {spec.name} mean is not established",
            where=f"mixture {above[0]}, {path}",
            hint="Say it beside its name: weights: shares, or weights: times_steps.",
        )
    return _branch(path, meaning, spec.temperature, spec.sources, (*above, spec.name))
