import numpy as np
import pytest

from vladata.errors import SourceError
from vladata.spec.references import parse
from vladata.transforms.select_columns import select_columns

TABLE = np.arange(14, dtype=np.float32).reshape(2, 7)


def select(column, reference):
    return select_columns(column, parse(reference).columns, reference, "schema mine")


@pytest.mark.parametrize(
    ("reference", "columns"),
    [
        ("action", [0, 1, 2, 3, 4, 5, 6]),
        ("action[0]", [0]),
        ("action[6]", [6]),
        ("action[-1]", [6]),
        ("action[-7]", [0]),
        ("action[0:6]", [0, 1, 2, 3, 4, 5]),
        ("action[3:7]", [3, 4, 5, 6]),
        ("action[-2:]", [5, 6]),
        ("action[:-5]", [0, 1]),
        ("action[6,0,0]", [6, 0, 0]),
        ("action[-1,1]", [6, 1]),
    ],
)
def test_columns_of_a_row(reference, columns):
    assert select(TABLE, reference).tolist() == TABLE[:, columns].tolist()


@pytest.mark.parametrize(
    "reference",
    [
        *("action[7]", "action[-8]", "action[0:8]", "action[7:]", "action[-8:]"),
        *("action[:-7]", "action[0,7]", "action[-8,0]", "action[5:-5]"),
    ],
)
def test_what_is_not_there_is_an_error(reference):
    with pytest.raises(SourceError) as caught:
        select(TABLE, reference)
    assert str(caught.value) == (
        f'schema mine: the schema selects "{reference}", and the data has 7 columns there.\n'
        "  Columns are counted from 0 to 6, or from -7 to -1 from the end."
    )


def test_a_scalar_counts_as_one_column():
    scalar = np.array([1, 2, 3], np.float32)
    assert select(scalar, "reward").shape == (3, 1)
    assert select(scalar, "reward[0]").shape == (3, 1)
    with pytest.raises(SourceError, match="the data has 1 column there"):
        select(scalar, "reward[1]")


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [(bool, "f4"), ("i4", "f4"), ("u1", "f4"), ("i8", "f4"), ("f2", "f4"), ("f4", "f4"), ("f8", "f8")],
)
def test_everything_comes_as_float(dtype, expected):
    out = select(np.ones(3, dtype), "x")
    assert out.dtype == expected
    assert out[:, 0].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("column", "got"),
    [
        ([b"text"], "bytes a step"),
        ([], "an empty list"),
        (np.zeros((2, 3, 4), np.float32), "float32 of shape [3, 4] a step"),
        (np.array(["a"]), "<U1 of shape [] a step"),
    ],
)
def test_what_nobody_can_compute_with(column, got):
    with pytest.raises(SourceError) as caught:
        select(column, "x")
    assert str(caught.value) == (
        f"schema mine: the schema computes with \"x\"; got '{got}'; allowed: one number or one row of numbers for each step."
    )
