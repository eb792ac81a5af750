import pytest

from vladata.transforms.drop_steps import drop_steps


@pytest.mark.parametrize(
    ("length", "first", "last", "left"),
    [
        (10, 1, 0, (1, 10)),
        (10, 0, 2, (0, 8)),
        (10, 3, 2, (3, 8)),
        (10, 0, 0, (0, 10)),
        (3, 1, 2, (1, 1)),  # T = first + last: nothing is left
        (3, 2, 2, (2, 2)),
        (3, 9, 0, (3, 3)),
        (3, 0, 9, (0, 0)),
        (0, 1, 1, (0, 0)),
    ],
)
def test_what_is_left(length, first, last, left):
    assert drop_steps(length, first, last) == left
