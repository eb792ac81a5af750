"""Every filter against a plain loop over random rows; the counts; and that cuts of the index change nothing."""

import numpy as np
import pytest

from tests.filters.pairs import image, parts, random_rows, rejected, row
from tests.filters.plainly import KEPT, UNFIT, plainly
from vladata.corpora.rows import TASKS
from vladata.errors import UsageError
from vladata.filters.decisions import UNFIT as UNFIT_CODE
from vladata.filters.plan import plan_filters
from vladata.filters.seen import NOTHING, Seen, seen_of
from vladata.spec.keep import ALL_PAIRS, Keep

ALLOWED, DENIED, DENIED_IMAGES = {"a", "b", ""}, {"b", "k7"}, {3, 4, 9}

LATER = {"duplicate_elsewhere", "duplicate", "near_duplicate_elsewhere", "near_duplicate", KEPT}


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    (folder / "allow").write_text("a\nb\n")
    (folder / "deny").write_text("b\r\n\r\nk7")
    (folder / "images").write_text("".join(f"{digest:016x}\n" for digest in DENIED_IMAGES))
    return folder


def asked(rng, lists):
    """Some filters at random."""
    every = {
        "tasks": [str(task) for task in rng.permutation(TASKS)[:3]],
        "language": [["en", "pt"], ["pt-br"], ["en-gb", "pt"]][rng.integers(3)],
        "keys": [{"allow": f"{lists}/allow"}, {"deny": f"{lists}/deny"}][rng.integers(2)],
        "images": {"deny": f"{lists}/images"},
        "size": {"min": 100},
        "aspect": {"max": [1.0, 2.0, 3.5][rng.integers(3)]},
        "text": [{"min": 3}, {"max": 20}, {"keep": "a|o"}, {"drop": "(?i)BUY|x{20}"}][rng.integers(4)],
        "similarity": [{"top": "10%"}, {"top": "33.3%"}, {"min": 0.55}, {"top": "100%"}][rng.integers(4)],
        "duplicates": [{}, {"near": 2}, {"near": 5, "exact": False}, {"near": 0}][rng.integers(4)],
    }
    return Keep.model_validate({name: value for name, value in every.items() if rng.random() < 0.4})


def words(decisions, count):
    """The first word of each row's verdict, as plainly says it."""
    names = {0: KEPT, UNFIT_CODE: UNFIT}
    names |= {i: name.partition("(")[0] for i, name in enumerate(decisions.names, 1)}
    found = [names[verdict] for part in decisions.verdicts for verdict in part.tolist()]
    assert len(found) == count
    return found


@pytest.mark.parametrize("seed", range(60))
def test_filters_are_those_of_a_plain_loop(seed, lists):
    rng = np.random.default_rng(seed)
    rows, keep = random_rows(rng, int(rng.integers(1, 120))), asked(rng, lists)
    seen = (
        Seen(np.array([1, 2, 7], np.uint64), np.array([0, 3], np.uint64)) if rng.random() < 0.3 else NOTHING
    )
    cuts = sorted(rng.integers(0, len(rows) + 1, int(rng.integers(0, 4))).tolist())
    expected = plainly(keep, rows, {"a", "b"}, DENIED, DENIED_IMAGES, seen)
    if "no_similarity" in expected and not {"similarity", *LATER} & set(expected):
        with pytest.raises(UsageError, match="has a similarity"):
            plan_filters(keep, parts(rows, *cuts), seen)
        return
    decisions = plan_filters(keep, parts(rows, *cuts), seen)
    assert words(decisions, len(rows)) == expected
    for name, count in decisions.counts.items():
        assert count == expected.count(name.partition("(")[0])
    for task, (before, after) in decisions.tasks.items():
        own = [word for row, word in zip(rows, expected, strict=True) if row["task"] == task]
        assert (before, after) == (len(own) - own.count(UNFIT), own.count(KEPT))


@pytest.mark.parametrize("seed", range(5))
def test_cuts_of_the_index_change_nothing(seed):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, 150)
    keep = Keep.model_validate({"size": {"min": 60}, "similarity": "40%", "duplicates": {"near": 3}})
    whole = plan_filters(keep, parts(rows))
    for cuts in ([1], [0, 0, 50], range(1, len(rows)), [len(rows)]):
        cut = plan_filters(keep, parts(rows, *cuts))
        assert np.concatenate(cut.verdicts).tolist() == whole.verdicts[0].tolist()
        assert (cut.counts, cut.tasks, cut.unfit) == (whole.counts, whole.tasks, whole.unfit)


def test_what_is_decided_literally(lists):
    rows = [
        row(0),
        rejected(1),
        row(2, language="pt-br"),
        row(3, language="fr"),
        row(4, images=[image(4, height=99)]),
        row(5, task="vqa", images=[image(0)]),
        rejected(6, "bad_text"),
    ]
    keep = Keep.model_validate({"language": ["en", "pt"], "size": {"min": 100}, "duplicates": {}})
    decisions = plan_filters(keep, parts(rows, 3))
    assert [part.tolist() for part in decisions.verdicts] == [[0, 255, 0], [1, 2, 3, 255]]
    assert decisions.kept(0).tolist() == [True, False, True]
    assert decisions.counts == {"language(en, pt)": 1, "size(min=100)": 1, "duplicate": 1}
    assert decisions.tasks == {"caption": (4, 2), "vqa": (1, 0)}
    assert decisions.unfit == {("rejected", "bad_image"): 1, ("rejected", "bad_text"): 1}
    assert decisions.files == {}


def test_no_rule_keeps_what_is_fit():
    decisions = plan_filters(ALL_PAIRS, parts([row(0), rejected(1)]))
    assert (decisions.verdicts[0].tolist(), decisions.counts) == ([0, 255], {})


def test_an_empty_index():
    keep = Keep.model_validate({"size": {"min": 1}, "similarity": "1%", "duplicates": {"near": 1}})
    for given in (parts([]), lambda columns: iter(())):
        assert sum(plan_filters(keep, given).counts.values()) == 0


def test_names_of_filters_say_what_they_ask(lists):
    keep = Keep.model_validate(
        {
            "text": {"drop": "(?i)buy", "min": 3},
            "aspect": {"max": 3},
            "similarity": {"min": 0.28},
            "tasks": ["vqa", "caption"],
            "duplicates": {"near": 2},
            "keys": {"deny": f"{lists}/deny"},
        }
    )
    decisions = plan_filters(keep, parts([row(0, similarity=1.0, images=[image(0, 0)])]), seen_of([]))
    assert decisions.names == (
        "tasks(vqa, caption)",
        f"keys(deny={lists}/deny)",
        "aspect(max=3)",
        "text(min=3, drop=(?i)buy)",
        "no_similarity",
        "similarity(min=0.28)",
        "duplicate",
        "near_duplicate(2)",
    )
    assert list(decisions.files) == [f"{lists}/deny"]
