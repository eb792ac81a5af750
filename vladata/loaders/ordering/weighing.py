"""The shares of a mixture's sources at load: the mixture's own, or weights by the names of sources or of groups of sources.

A name is the path of a source, "web/captions", or the beginning of several paths, "web": a group, whose sources divide its weight
in their old proportions. Weights are parts of all samples, so exactly one name must apply to each source.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import isfinite
from numbers import Rational, Real

from vladata.errors import UnknownName, UsageError


def weighed(
    shares: Mapping[str, Fraction], weights: Mapping[str, float] | None, where: str
) -> dict[str, Fraction]:
    """Return source -> its share, above 0, in the order of `shares`; together they are 1.

    shares:  the mixture's own, above 0.
    weights: name -> its part, as the written decimal: 0.1 is exactly a tenth. A source with weight 0 is left out.
    Raises UnknownName for a name that the mixture does not have, UsageError unless the weights give each source one share.
    """
    if weights is None:
        total = sum(shares.values())
        return {name: share / total for name, share in shares.items()}
    if not isinstance(weights, Mapping):
        raise UsageError("weights must be a map from names to numbers", where=where, got=weights)
    given = {name: _number(name, weight, where) for name, weight in weights.items()}
    over = {source: [name for name in given if _is_within(source, name)] for source in shares}
    _check_names(list(given), over, where)
    total = sum(given.values())
    if not total:
        raise UsageError("all weights are 0", where=where, got=", ".join(given))
    groups = {name: sum(shares[s] for s, (own,) in over.items() if own == name) for name in given}
    found = {source: given[name] / total * shares[source] / groups[name] for source, (name,) in over.items()}
    return {source: share for source, share in found.items() if share}


def spelled(shares: Mapping[str, Fraction]) -> str:
    """Return shares as one text, "robot=1/2 web/captions=2/5 web/vqa=1/10"."""
    return " ".join(f"{name}={share}" for name, share in shares.items())


def _is_within(source: str, name: str) -> bool:
    return f"{source}/".startswith(f"{name}/")


def _number(name: str, weight: object, where: str) -> Fraction:
    fits = isinstance(weight, Real) and not isinstance(weight, bool)
    if not fits or not isfinite(weight) or weight < 0:  # type: ignore[arg-type, operator]
        raise UsageError(
            "a weight must be a number, 0 or more",
            where=f"{where}, weights, {name}",
            got=weight,
            allowed="0 or more; 0 leaves the source out",
        )
    assert isinstance(weight, Real)
    return Fraction(weight) if isinstance(weight, Rational) else Fraction(repr(float(weight)))


def _check_names(given: list[str], over: Mapping[str, list[str]], where: str) -> None:
    """Raise UnknownName for an unknown name, UsageError if no name, or more than one, applies to a source."""
    under = {name for names in over.values() for name in names}
    known = list(dict.fromkeys(part for source in over for part in _parts(source)))
    for name in given:
        if name not in under:
            raise UnknownName("source of the mixture", str(name), known, where)
    if absent := [source for source, names in over.items() if not names]:
        raise UsageError(
            "the weights leave out sources of the mixture",
            where=f"{where}, weights",
            got=", ".join(given),
            allowed=", ".join(over),
            hint=f"Give a weight for {', '.join(absent)} too, or for the group; 0 leaves a source out.",
        )
    for source, names in over.items():
        if len(names) > 1:
            raise UsageError(
                f"two weights are given for {source}",
                where=f"{where}, weights",
                got=", ".join(names),
                hint="Give either the weight of the group, or the weights of its sources.",
            )


def _parts(source: str) -> list[str]:
    """Return the groups of a source, outermost first, and the source."""
    names = source.split("/")
    return ["/".join(names[: i + 1]) for i in range(len(names))]
