"""read = written + filtered + rejected, whatever happens to an episode."""

import pytest

from vladata.errors import LedgerUnbalanced
from vladata.index.ledger import Ledger


def entry(step, outcome="rejected", reason="not_finite"):
    return {"step": step, "outcome": outcome, "reason": reason, "says": "x"}


def row(steps, dropped=(), left_out=()):
    return {
        "steps": steps,
        "dropped": [{"rule": r, "steps": n, "whole": bool(whole)} for r, n, *whole in dropped],
        "left_out": list(left_out),
    }


def booked(*rows):
    ledger = Ledger()
    for values, written in rows:
        ledger.book(values, written)
    return ledger


def test_every_kind_of_episode():
    ledger = booked(
        (row(10, [("drop_steps(first=1)", 1)], [entry(3)]), 8),
        (row(1, [("last_step", 1)]), 0),
        (row(6, [("last_step", 1), ("idle(longest=3)", 5, True)]), 0),
        (row(4, [], [entry(i, "filtered", "empty_instruction") for i in range(4)]), 0),
        (row(0, [], [entry(-1, "rejected", "corrupt_record")]), 0),
        (row(5, [], [entry(-1, "rejected", "no_steps")]), 0),
    )
    ledger.check(8, "x")
    assert ledger.as_json() == {
        "episodes": {"read": 6, "written": 1, "filtered": 3, "rejected": 2},
        "steps": {"read": 26, "written": 8, "filtered": 12, "rejected": 6},
        "reasons": {
            "drop_steps(first=1)": {"outcome": "filtered", "episodes": 0, "steps": 1},
            "empty_instruction": {"outcome": "filtered", "episodes": 1, "steps": 4},
            "idle(longest=3)": {"outcome": "filtered", "episodes": 1, "steps": 5},
            "last_step": {"outcome": "filtered", "episodes": 0, "steps": 2},
            "too_short": {"outcome": "filtered", "episodes": 1, "steps": 0},
            "corrupt_record": {"outcome": "rejected", "episodes": 1, "steps": 0},
            "no_steps": {"outcome": "rejected", "episodes": 1, "steps": 5},
            "not_finite": {"outcome": "rejected", "episodes": 0, "steps": 1},
        },
    }


def test_a_fault_found_late_moves_from_written_to_rejected():
    ledger = booked((row(2), 2))
    ledger.reject_written("bad_image")
    ledger.reject_written("bad_image")
    ledger.lose_written("bad_image")
    ledger.check(0, "x")
    assert ledger.as_json()["episodes"] == {"read": 1, "written": 0, "filtered": 0, "rejected": 1}


def test_a_step_that_nobody_accounts_for():
    with pytest.raises(LedgerUnbalanced, match="out: 10 steps were read, but 9 are accounted for"):
        booked((row(10), 9)).check(9, "out")


def test_shards_that_hold_something_else():
    with pytest.raises(
        LedgerUnbalanced, match="do not hold the planned samples; got '9 samples'; allowed: 10"
    ):
        booked((row(10), 10)).check(9, "out")
