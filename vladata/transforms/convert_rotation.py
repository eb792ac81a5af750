"""A rotation in another form, computed by way of its matrix; rotations.py has the forms and their edge cases."""

import numpy as np

from vladata.transforms.rotations import from_matrices, to_matrices


def convert_rotation(x: np.ndarray, source: str, to: str) -> np.ndarray:
    """Return [T, W'] of form `to`, in the dtype of `x`. x: float [T, W] of form `source`."""
    return from_matrices(to_matrices(x, source), to).astype(x.dtype)
