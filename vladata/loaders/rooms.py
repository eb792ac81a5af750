"""The memory of batches, used again when a batch is gone: fresh pages cost 5 to 10% of the time of decoding into them.

A batch is gone when nobody can reach its pixels any more: neither its array, nor a view of it, nor a tensor made of it, all of
which hold the array. Who keeps batches keeps their memory, and gets other for the next.
"""

import math
import weakref
from collections import deque
from typing import Any

import numpy as np


class Rooms:
    """Arrays of `size` bytes or less; the memory of at most `most` is kept for later. Any thread may take one."""

    def __init__(self, size: int, most: int) -> None:
        self._size, self._most = size, most
        self._free: deque[memoryview] = deque(maxlen=most)

    def take(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
        """Return an array with anything in it; one of more than `size` bytes has memory of its own."""
        count = math.prod(shape) * dtype.itemsize
        if not 0 < count <= self._size:
            return np.empty(shape, dtype)
        try:
            room = self._free.pop()
        except IndexError:
            room = np.empty(self._size, np.uint8).data
        # numpy lets a view hold what owns the memory. That is `whole` for views of it, since `room` is no array.
        whole = np.frombuffer(room, np.uint8)
        weakref.finalize(whole, self._free.append, room).atexit = False
        return whole[:count].view(dtype).reshape(shape)

    def __reduce__(self) -> tuple[Any, ...]:
        return Rooms, (self._size, self._most)
