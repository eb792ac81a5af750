"""The cosine transform of action chunks over time (DCT-II, orthonormal), with the same bits on every machine.

    c[k] = sum over t of basis[k, t] * x[t]       basis[k, t] = s[k] * cos(pi * (2 t + 1) * k / (2 H))
    x[t] = sum over k of basis[k, t] * c[k]       s[0] = sqrt(1 / H), s[k] = sqrt(2 / H)

The basis is rounded once from 60 digits, and sums are made in the order of t (or k), each operation rounded alone. BLAS is not
used, since its order and fused operations differ between machines; nor is libm, whose cosines differ.
Source: the definition that scipy.fft.dct(type=2, norm="ortho") states.
"""

from decimal import Decimal, localcontext
from functools import lru_cache

import numpy as np

_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628621")
_DIGITS = 60
_BLOCK = 1 << 16  # numbers that are computed at a time: they fit the processor's cache


@lru_cache(maxsize=8)
def basis(length: int) -> np.ndarray:
    """Return the basis, float64 [H, H], row k over time; not writeable. length: H."""
    with localcontext() as context:
        context.prec = _DIGITS
        scale = (Decimal(2) / length).sqrt()
        quarter = [float(scale * _cosine(_PI * m / (2 * length))) for m in range(length)]
        first = float((Decimal(1) / length).sqrt())
    half = np.array(
        [*quarter, 0.0, *(-value for value in reversed(quarter))]
    )  # at pi * m / (2 H), m in 0..2H
    turn = np.outer(np.arange(length), 2 * np.arange(length) + 1) % (4 * length)
    table: np.ndarray = half[np.minimum(turn, 4 * length - turn)]
    table[0] = first
    table.flags.writeable = False
    return table


def _cosine(x: Decimal) -> Decimal:
    """Return cos(x) for 0 <= x <= pi / 2, by its series."""
    term = total = Decimal(1)
    n = 0
    while abs(term) > Decimal(10) ** -_DIGITS:
        n += 2
        term *= -x * x / (n * (n - 1))
        total += term
    return total


def forward(chunks: np.ndarray) -> np.ndarray:
    """Return float64 coefficients [N, H, D] from float64 chunks [N, H, D]."""
    return _summed(chunks, basis(chunks.shape[1]))


def inverse(coefficients: np.ndarray) -> np.ndarray:
    """Return float64 chunks [N, H, D] from float64 coefficients [N, H, D]."""
    return _summed(coefficients, basis(coefficients.shape[1]).T)


def _summed(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return out[n, i, d] = sum over j of weights[i, j] * values[n, j, d], j ascending."""
    result = np.zeros(values.shape)
    step = max(1, _BLOCK // max(1, values[0].size if len(values) else 1))
    for start in range(0, len(values), step):
        block, out = values[start : start + step], result[start : start + step]
        product = np.empty(out.shape)
        for j in range(values.shape[1]):
            np.multiply(weights[:, j][np.newaxis, :, np.newaxis], block[:, j][:, np.newaxis], out=product)
            out += product
    return result
