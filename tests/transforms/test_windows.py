"""Windows over the steps of an episode: against a plain loop."""

from itertools import product

import numpy as np
import pytest

from vladata.transforms.windows import WindowRule, windows, without_window


def plainly(taken, rule):
    """[(at, frames, rows, mask)], lists of positions: one step after another."""
    found, lost = [], {"head": 0, "tail": 0}
    for at in range(taken):
        frames = [at - k * rule.stride for k in range(rule.history)]
        rows = [at + h for h in range(rule.chunk)]
        if rule.head == "drop" and min(frames) < 0:
            lost["head"] += 1
        elif rule.tail == "drop" and max(rows) >= taken:
            lost["tail"] += 1
        else:
            mask = [1 if row < taken else 0 for row in rows]
            found.append((at, [max(0, f) for f in frames], [min(row, taken - 1) for row in rows], mask))
    return found, lost


@pytest.mark.parametrize(
    "rule",
    [
        WindowRule(*each)
        for each in product((1, 2, 3), (1, 2), ("repeat", "drop"), (1, 2, 5), ("drop", "truncate", "repeat"))
    ],
    ids=lambda rule: f"{rule.history}-{rule.stride}-{rule.head}-{rule.chunk}-{rule.tail}",
)
def test_windows_are_those_of_a_plain_loop(rule):
    for taken in range(9):
        window = windows(taken, rule)
        expected, lost = plainly(taken, rule)
        arrays = (window.at, window.frames, window.rows, window.mask)
        assert [tuple(row) for row in zip(*(array.tolist() for array in arrays), strict=True)] == expected
        assert (len(window), window.valid.tolist()) == (len(expected), [sum(mask) for *_, mask in expected])
        assert {array.dtype for array in arrays} == {np.dtype(np.int64)}
        assert (window.frames.shape[1], window.rows.shape[1]) == (rule.history, rule.chunk)
        head, tail = without_window(np.array([taken, taken]), rule)
        assert (head.tolist(), tail.tolist()) == ([lost["head"]] * 2, [lost["tail"]] * 2)


def test_the_drawing():
    window = windows(6, WindowRule(3, 2, "repeat", 3, "repeat"))
    assert window.frames[[0, 4, 5]].tolist() == [[0, 0, 0], [4, 2, 0], [5, 3, 1]]
    assert window.rows[[0, 4, 5]].tolist() == [[0, 1, 2], [4, 5, 5], [5, 5, 5]]
    assert window.mask[[0, 4, 5]].tolist() == [[1, 1, 1], [1, 1, 0], [1, 0, 0]]
    dropped = windows(6, WindowRule(3, 2, "drop", 2, "drop"))
    assert (dropped.at.tolist(), dropped.frames.tolist(), dropped.rows.tolist()) == (
        [4],
        [[4, 2, 0]],
        [[4, 5]],
    )


def test_one_frame_and_one_action_lose_nothing():
    window = windows(4, WindowRule(head="drop"))
    assert window.at.tolist() == window.frames[:, 0].tolist() == window.rows[:, 0].tolist() == [0, 1, 2, 3]
    assert window.mask.all()
