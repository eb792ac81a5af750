import numpy as np
import pytest

from vladata.spec.selection import OF_TEXTS as DECLARED_OF_TEXTS
from vladata.spec.selection import Condition
from vladata.transforms.conditions import OF_NUMBERS, OF_TEXTS, of_numbers, of_texts


def test_every_declared_test_is_there():
    assert {*OF_NUMBERS, *OF_TEXTS} == set(Condition.__args__)
    assert set(OF_TEXTS) == set(DECLARED_OF_TEXTS)


@pytest.mark.parametrize(
    ("test", "value", "answers"),
    [
        ("is_true", None, [False, True, True, False, True]),
        ("is_false", None, [True, False, False, False, False]),
        ("eq", 0.5, [False, True, False, False, False]),
        ("gt", 0.5, [False, False, False, False, True]),
        ("abs_le", 0.5, [True, True, True, False, False]),
        ("unchanged", None, [True, False, False, False, False]),
    ],
)
def test_numbers(test, value, answers, column):
    assert of_numbers(test, column([0, 0.5, -0.25, np.nan, 1]), value).tolist() == answers


def test_all_columns_must_say_yes(column):
    x = column([[1, 1], [1, 0], [1, 0], [0, 0]])
    assert of_numbers("is_true", x, None).tolist() == [True, False, False, False]
    assert of_numbers("unchanged", x, None).tolist() == [True, False, True, False]


def test_texts():
    texts = ["pick the cup", "", "  ", "cup"]
    assert of_texts("non_empty", texts, None).tolist() == [True, False, False, True]
    assert of_texts("matches", texts, "^cup|the").tolist() == [True, False, False, True]
    assert of_texts("non_empty", [], None).shape == (0,)
