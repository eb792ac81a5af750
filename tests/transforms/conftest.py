import numpy as np
import pytest

from vladata.records import Episode, Place


def read_only(values, dtype=np.float32):
    """`values` as an array that nobody can write into; a list of numbers becomes one column."""
    array = np.array(values, dtype)
    array = array[:, None] if array.ndim == 1 else array
    array.flags.writeable = False
    return array


@pytest.fixture
def column():
    return read_only


@pytest.fixture
def episode():
    """Makes a raw Episode of columns that nobody can write into."""

    def make(**columns):
        steps = {name.replace("__", "/"): values for name, values in columns.items()}
        for values in steps.values():
            if isinstance(values, np.ndarray):
                values.flags.writeable = False
        length = len(next(iter(steps.values())))
        place = Place("set-train.tfrecord-00000-of-00001", 0, 3, 4096, 100)
        return Episode("set", "train", place, steps, {"episode_metadata/file": "x"}, np.arange(length))

    return make
