import numpy as np
import pytest

from vladata.transforms.filter_episode import filter_episode

NO_YES, YES_NO = np.array([False, True]), np.array([True, False])


@pytest.mark.parametrize(
    ("answers", "which", "kept"),
    [
        (YES_NO, "first", True),
        (NO_YES, "first", False),
        (NO_YES, "any", True),
        (YES_NO, "all", False),
        (np.array([True]), "all", True),
        (np.array([False]), "any", False),
    ],
)
def test_whose_answer_counts(answers, which, kept):
    assert filter_episode([(answers, which)]) is kept


def test_all_tests_must_hold():
    assert filter_episode([(YES_NO, "first"), (NO_YES, "any")])
    assert not filter_episode([(YES_NO, "first"), (NO_YES, "first")])
