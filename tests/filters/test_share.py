"""The best share: so many exactly, whatever stands together at the edge."""

from fractions import Fraction
from math import ceil

import numpy as np
import pytest

from tests.filters.pairs import parts, row
from vladata.errors import UsageError
from vladata.filters.plan import plan_filters
from vladata.filters.share import best
from vladata.spec.keep import Keep


@pytest.mark.parametrize(
    ("values", "share", "kept"),
    [
        ([0.1, 0.9, 0.5, 0.7], "1/2", [1, 3]),
        ([0.5, 0.5, 0.5, 0.5], "1/2", [0, 1]),
        ([0.5, 0.9, 0.5, 0.5], "3/4", [0, 1, 2]),
        ([0.5, 0.6, 0.7], "1/1000", [2]),
        ([0.5, 0.6, 0.7], "1", [0, 1, 2]),
        ([-1.0, float("inf"), -0.0, 0.0], "1/2", [1, 2]),
        ([], "1/2", []),
    ],
)
def test_the_best_and_of_equals_the_first(values, share, kept):
    found = best(np.array(values, np.float32), np.zeros(len(values), np.uint8), Fraction(share))
    assert np.flatnonzero(found).tolist() == kept


def test_each_task_has_its_own_share():
    rng = np.random.default_rng(0)
    task = rng.integers(0, 5, 10_000).astype(np.uint8)
    values = (rng.integers(0, 50, 10_000) / 50 + task).astype(np.float32)
    kept = best(values, task, Fraction(1, 10))
    for number in range(5):
        own = task == number
        assert kept[own].sum() == ceil(own.sum() / 10)
        assert values[own & kept].min() >= values[own & ~kept].max()


def test_a_share_is_of_what_the_filters_before_leave():
    rows = [row(i, language="en" if i % 2 else "fr", similarity=i / 100) for i in range(100)]
    keep = Keep.model_validate({"language": ["en"], "similarity": "10%"})
    decisions = plan_filters(keep, parts(rows, 30))
    assert np.flatnonzero(np.concatenate(decisions.verdicts) == 0).tolist() == [91, 93, 95, 97, 99]


def test_pairs_without_a_similarity_are_counted_apart():
    rows = [row(0, similarity=0.3), row(1), row(2, similarity=float("nan")), row(3, similarity=0.2)]
    decisions = plan_filters(Keep.model_validate({"similarity": {"top": "50%"}}), parts(rows))
    assert decisions.counts == {"no_similarity": 2, "similarity(top=50%)": 1}
    assert decisions.kept(0).tolist() == [True, False, False, False]


def test_a_corpus_without_similarities_is_refused():
    with pytest.raises(UsageError) as error:
        plan_filters(Keep.model_validate({"similarity": "10%"}), parts([row(0), row(1)]))
    assert str(error.value) == (
        "keep.similarity: none of the 2 pairs has a similarity.\n"
        "  When the corpus is converted: name the field that holds it in the corpus schema (similarity), or compute it with "
        "vladata convert web2vla --similarity-model MODEL."
    )
