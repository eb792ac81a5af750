"""A rotation in another form, by way of its matrix; rotations.py tells the forms and what becomes of their edges."""

import numpy as np

from vladata.transforms.rotations import from_matrices, to_matrices


def convert_rotation(x: np.ndarray, source: str, to: str) -> np.ndarray:
    """float [T, W] of form `source` -> the same dtype [T, W'] of form `to`."""
    return from_matrices(to_matrices(x, source), to).astype(x.dtype)
