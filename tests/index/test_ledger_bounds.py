"""No ledger has a count below 0 or above what was read: it is refused before it is written."""

import pytest

from vladata.errors import LedgerUnbalanced
from vladata.index.ledger import Ledger


def written(episodes, steps):
    ledger = Ledger()
    ledger.episodes.update(read=episodes, written=episodes)
    ledger.steps.update(read=steps, written=steps)
    return ledger


def test_a_lost_episode_is_moved_whole():
    ledger = written(2, 5)
    for _ in range(3):
        ledger.reject_written("bad_image")
    ledger.lose_written("bad_image")
    ledger.check(2, "out")
    assert ledger.as_json() == {
        "episodes": {"read": 2, "written": 1, "filtered": 0, "rejected": 1},
        "steps": {"read": 5, "written": 2, "filtered": 0, "rejected": 3},
        "reasons": {"bad_image": {"outcome": "rejected", "episodes": 1, "steps": 3}},
    }


def test_an_episode_that_is_lost_twice_is_refused():
    ledger = written(1, 2)
    for _ in range(2):
        ledger.reject_written("bad_image")
        ledger.lose_written("bad_image")
    with pytest.raises(LedgerUnbalanced) as caught:
        ledger.check(0, "out")
    assert str(caught.value) == (
        "out: -1 episodes are counted as written; allowed: 0 to 1, the number that was read."
    )


def test_more_steps_than_were_read_are_refused():
    ledger = written(1, 2)
    ledger.steps.update(written=1, rejected=-1)
    with pytest.raises(LedgerUnbalanced, match=r"out: 3 steps are counted as written; allowed: 0 to 2"):
        ledger.check(3, "out")


def of_two_tasks(steps):
    ledger = Ledger(tasks=("action", "plan"))
    ledger.episodes.update(read=1, written=1)
    ledger.steps.update(read=steps, written=steps)
    return ledger


def test_samples_are_counted_by_task():
    ledger = of_two_tasks(5)
    ledger.reject_written("bad_image", {"action", "plan"})  # the step with all its samples
    ledger.reject_written("bad_image", {"plan"})  # one of them: the step is written all the same
    ledger.check(7, "out")
    assert ledger.as_json() == {
        "episodes": {"read": 1, "written": 1, "filtered": 0, "rejected": 0},
        "steps": {"read": 5, "written": 4, "filtered": 0, "rejected": 1},
        "samples": {"action": 4, "plan": 3},
        "reasons": {"bad_image": {"outcome": "rejected", "episodes": 0, "steps": 1}},
    }


@pytest.mark.parametrize("written", [4, 5, 8, 9, 11])
def test_shards_with_another_number_of_samples_are_refused(written):
    with pytest.raises(
        LedgerUnbalanced, match=f"not hold the planned samples; got '{written} samples'; allowed: 10"
    ):
        of_two_tasks(5).check(written, "out")
