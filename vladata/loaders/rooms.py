"""The memory of batches, which is used again when a batch is gone: new memory pages cost 5 to 10% of the decoding time.

A batch is gone when no reference to its pixels is left: no array, no view of it and no tensor made of it, all of which hold the
memory. A loop that keeps batches keeps their memory; the next batches get other memory.
"""

import math
import weakref
from collections import deque
from typing import Any

import numpy as np


class Rooms:
    """A supply of arrays of `size` bytes or less; the memory of at most `most` arrays is kept for later. Any thread may take
    one."""

    def __init__(self, size: int, most: int) -> None:
        self._size, self._most = size, most
        self._free: deque[memoryview] = deque(maxlen=most)

    def take(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
        """Return an array with undefined content; an array of more than `size` bytes gets memory of its own."""
        count = math.prod(shape) * dtype.itemsize
        if not 0 < count <= self._size:
            return np.empty(shape, dtype)
        try:
            room = self._free.pop()
        except IndexError:
            room = np.empty(self._size, np.uint8).data
        # In numpy a view holds the owner of the memory. For views of `whole` that is `whole`, since `room` is not an array.
        whole = np.frombuffer(room, np.uint8)
        weakref.finalize(whole, self._free.append, room).atexit = False
        return whole[:count].view(dtype).reshape(shape)

    def __reduce__(self) -> tuple[Any, ...]:
        return Rooms, (self._size, self._most)
