"""Columns of a batch as values that can be compared."""

import numpy as np


def plain(columns):
    """Lists in place of arrays, bytes in place of views."""
    return {name: _plain(name, value) for name, value in columns.items()}


def _plain(name, value):
    if isinstance(value, np.ndarray):
        return value.tolist()
    if name == "images":
        return [{camera: bytes(image) for camera, image in each.items()} for each in value]
    return value
