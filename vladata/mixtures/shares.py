"""The exact share of each leaf of a mixture: the product of the shares of all branches above it, as a fraction.

With a temperature a share is a power, which is not a fraction. It is rounded to 12 digits, and all later sums are exact.
"""

from collections.abc import Mapping
from fractions import Fraction

from vladata.errors import UsageError
from vladata.mixtures.tree import Branch, MixLeaf, leaves, size_of

DIGITS = 12


def shares(branch: Branch, samples: Mapping[str, int]) -> dict[str, Fraction]:
    """Return leaf -> its share of all samples; the shares add up to 1. samples: leaf -> its number of samples.

    Raises UsageError if a temperature makes a share 0.
    """
    found: dict[str, Fraction] = {}
    weighed = _weighed(branch, samples)
    total = sum(weighed.values())
    for name, (_, part) in branch.parts.items():
        share = weighed[name] / total
        if isinstance(part, MixLeaf):
            found[part.name] = share
        else:
            found |= {leaf: share * inner for leaf, inner in shares(part, samples).items()}
    return found


def _weighed(branch: Branch, samples: Mapping[str, int]) -> dict[str, Fraction]:
    """Return name of a part of the branch -> a number in proportion to its share."""
    if branch.weights == "sizes":
        return {name: size_of(part, weight) for name, (weight, part) in branch.parts.items()}
    if branch.weights == "shares":
        return {name: weight for name, (weight, _) in branch.parts.items()}
    large = {name: weight * _count(part, samples) for name, (weight, part) in branch.parts.items()}
    if branch.temperature in (None, 1):
        return large
    # Division by the largest comes first, so that no power overflows, however low the temperature is.
    most, power = max(large.values()), 1 / branch.temperature
    raised = {name: float(value / most) ** power for name, value in large.items()}
    for name, value in raised.items():
        if not value:
            raise UsageError(
                "the temperature makes the share of a source 0",
                where=f"source {branch.name}/{name}" if branch.name else f"source {name}",
                got=branch.temperature,
                hint=f"Its weight times its samples is {float(large[name]):.3g}, the largest has {float(most):.3g}: "
                "leave the source out, or take a higher temperature.",
            )
    return {name: Fraction(f"{value:.{DIGITS}g}") for name, value in raised.items()}


def _count(part: MixLeaf | Branch, samples: Mapping[str, int]) -> int:
    return (
        samples[part.name] if isinstance(part, MixLeaf) else sum(samples[leaf.name] for leaf in leaves(part))
    )
