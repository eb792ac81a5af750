"""Memory of batches is used again, and never while somebody can still see what is in it."""

import gc
import pickle

import numpy as np
import pytest

from vladata.loaders.rooms import Rooms

SHAPE = (4, 2, 3)
SIZE = 4 * 2 * 3
UINT8 = np.dtype(np.uint8)


def address(array):
    return array.__array_interface__["data"][0]


def test_memory_is_used_again_when_its_array_is_gone():
    rooms = Rooms(SIZE, 2)
    first = rooms.take(SHAPE, UINT8)
    at = address(first)
    assert first.shape == SHAPE
    assert first.flags.writeable
    assert first.flags.c_contiguous
    del first
    assert address(rooms.take((2, 2, 3), UINT8)) == at


@pytest.mark.parametrize(
    "kept",
    [
        lambda array: array[1:],
        lambda array: array[1:, 0][..., None],
        lambda array: array.reshape(-1)[3:].view(np.int8),
        lambda array: memoryview(array),
        lambda array: np.asarray(memoryview(array[2])),
        lambda array: np.frombuffer(array, np.uint8),
        lambda array: [array.T],
        lambda array: np.from_dlpack(array[1]),
    ],
)
def test_a_view_keeps_its_memory(kept):
    rooms = Rooms(SIZE, 2)
    array = rooms.take(SHAPE, UINT8)
    array[:] = 7
    at, view = address(array), kept(array)
    del array
    gc.collect()
    other = rooms.take(SHAPE, UINT8)
    other[:] = 9
    assert address(other) != at
    assert (np.asarray(view) == 7).all()
    del view
    gc.collect()
    assert address(rooms.take(SHAPE, UINT8)) == at


def test_a_tensor_keeps_its_memory():
    torch = pytest.importorskip("torch", reason="needs torch")
    rooms = Rooms(SIZE, 2)
    array = rooms.take(SHAPE, UINT8)
    array[:] = 7
    at, tensor = address(array), torch.from_numpy(array)[1].permute(1, 0)
    del array
    gc.collect()
    assert address(rooms.take(SHAPE, UINT8)) != at
    assert (tensor == 7).all()
    del tensor
    gc.collect()
    assert address(rooms.take(SHAPE, UINT8)) == at


def test_no_more_is_kept_than_was_asked_for():
    rooms = Rooms(SIZE, 2)
    held = [rooms.take(SHAPE, UINT8) for _ in range(5)]
    assert len({address(array) for array in held}) == 5
    held.clear()
    assert len(rooms._free) == 2


def test_other_types_and_processes_have_rooms_too():
    rooms = pickle.loads(pickle.dumps(Rooms(4 * SIZE, 2)))
    array = rooms.take(SHAPE, np.dtype(np.float32))
    array[:] = 0.5
    assert (array.dtype, array.shape, float(array.sum())) == (np.float32, SHAPE, 12.0)
    assert rooms.take((0, 2, 3), UINT8).shape == (0, 2, 3)
    assert rooms.take((40, 2, 3), np.dtype(np.float32)).shape == (40, 2, 3)
