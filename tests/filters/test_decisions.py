"""The stop where a filter leaves nothing, to the character, and where it is allowed."""

import pytest

from tests.filters.pairs import image, parts, rejected, row
from vladata.errors import UsageError
from vladata.filters.decisions import check_left
from vladata.filters.plan import plan_filters
from vladata.spec.keep import Keep

SMALL = [image(5, height=90)]
ROWS = [row(0), row(1, language="pt"), row(2, task="vqa", images=SMALL), row(3, task="vqa", language="pt")]


def checked(rows=ROWS, **asked):
    keep = Keep.model_validate(asked)
    check_left(plan_filters(keep, parts(rows)), keep, "cc3m")


def test_a_task_that_is_left_empty_is_named():
    with pytest.raises(UsageError) as error:
        checked(language=["en"], size={"min": 100})
    assert str(error.value) == (
        "cc3m: the filter size(min=100) leaves nothing of the task vqa, which had 2 pairs.\n"
        "  Pairs that each filter takes out: language(en) 1, size(min=100) 1. "
        "Loosen a filter, or allow that nothing is left: keep.allow_empty."
    )
    assert error.value.exit_code == 2


def test_a_corpus_that_is_left_empty_is_named():
    with pytest.raises(UsageError) as error:
        checked(size={"min": 200}, language=["fr"])
    assert str(error.value) == (
        "cc3m: the filter language(fr) leaves nothing of the corpus, which had 4 pairs.\n"
        "  Pairs that each filter takes out: language(fr) 4. "
        "Loosen a filter, or allow that nothing is left: keep.allow_empty."
    )


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"keys": {"deny": "/dev/null"}, "tasks": ["ocr"]}, "tasks(ocr)"),
        ({"aspect": {"max": 1.2}}, "aspect(max=1.2)"),
        ({"text": {"min": 90}}, "text(min=90)"),
        ({"similarity": {"min": 0.9}}, "similarity(min=0.9)"),
    ],
)
def test_every_filter_can_be_the_one(asked, name):
    rows = [row(i, similarity=0.5) for i in range(3)]
    with pytest.raises(UsageError) as error:
        checked(rows, **asked)
    assert f"the filter {name} leaves nothing of the corpus, which had 3 pairs" in str(error.value)


def test_duplicates_can_be_the_one():
    rows = [row(0), row(1, task="vqa", images=[image(0)])]
    with pytest.raises(UsageError, match="the filter duplicate leaves nothing of the task vqa"):
        checked(rows, duplicates={})


def test_what_is_allowed_or_meant_is_no_fault():
    checked(size={"min": 100}, language=["en"], allow_empty=True)
    checked(tasks=["caption"])
    checked([rejected(0)], size={"min": 10_000})
    checked([], size={"min": 10_000})
    checked(language=["en", "pt"])
