import pytest

from vladata.transforms.stride import stride


@pytest.mark.parametrize(
    ("length", "factor", "left"),
    [(7, 3, [0, 3, 6]), (8, 3, [0, 3, 6]), (3, 5, [0]), (1, 2, [0]), (0, 2, []), (4, 2, [0, 2])],
)
def test_every_kth_step(length, factor, left):
    assert stride(length, factor).tolist() == left
