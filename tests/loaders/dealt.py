"""Mixtures that are dealt, without data: their shares, their order, and the step of its rule made by a plain loop."""

from fractions import Fraction
from math import gcd, isqrt

from vladata.loaders.ordering.cursor import Identity
from vladata.loaders.ordering.dealing import DealtOrder

IDENTITY = Identity("ab12", "0:1000:1", "samples", 1, 7, "")
HALVES = {"robot": Fraction(1, 2), "web": Fraction(1, 2)}
FIVE = {
    "robot/bridge": Fraction(1, 2) * Fraction(2, 3),
    "robot/fractal": Fraction(1, 2) * Fraction(1, 3),
    "web/captions": Fraction(1, 2) * Fraction(4, 5),
    "web/vqa": Fraction(1, 2) * Fraction(1, 5) - Fraction(1, 1000),
    "web/rare": Fraction(1, 1000),
}
"""Unequal shares, nested."""


def order_of(shares, samples=1000, sizes=None):
    sizes = sizes or {name: 13 * i + 1 for i, name in enumerate(shares)}
    return DealtOrder(samples, IDENTITY, shares, sizes)


def step_of(over):
    middle = (isqrt(5 * over**2) - over) // 2
    return min(
        (m for m in range(max(0, middle - 100), min(over, middle + 101)) if gcd(m, over) == 1),
        key=lambda m: (terms(m, over), abs(m - middle), m),
    )


def terms(a, b):
    return 0 if not b else a // b + terms(b, a % b)
