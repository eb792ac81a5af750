"""Chunks done one by one, cut short, or averaged as ACT does."""

import numpy as np
import pytest

from vladata.consumer.policy.observation import Action
from vladata.consumer.serving.executing import Executing
from vladata.errors import UsageError


class Counting:
    """Chunks [4, 1] of 10 * question + 0, 1, 2, 3; the third action of a chunk ends the episode."""

    def __init__(self):
        self.asked = 0

    def act(self, question):
        self.asked += 1
        actions = np.float32([[10 * self.asked + i] for i in range(4)])
        return Action(
            actions, False, f"plan {self.asked}", ("x",), ends=np.array([False, False, True, False])
        )


def steps(executing, count):
    return [executing.next(lambda: None) for _ in range(count)]


def test_a_whole_chunk():
    policy = Counting()
    found = steps(Executing(policy), 6)
    assert [step.action.tolist() for step in found] == [[10], [11], [12], [13], [20], [21]]
    assert [step.ends for step in found] == [False, False, True, False, False, False]
    assert [step.plan for step in found] == ["plan 1"] * 4 + ["plan 2"] * 2
    assert policy.asked == 2


def test_some_of_a_chunk():
    policy = Counting()
    executing = Executing(policy, execute=2)
    assert [step.action[0] for step in steps(executing, 3)] == [10, 11, 20]
    executing.reset()
    assert [step.action[0] for step in steps(executing, 2)] == [30, 31]


@pytest.mark.parametrize("m", [0.0, 0.01, 1.0])
def test_chunks_that_are_averaged(m):
    policy = Counting()
    found = [step.action for step in steps(Executing(policy, ensemble=m), 6)]
    assert policy.asked == 6
    for t, action in enumerate(found):
        oldest = max(0, t - 3)
        values = [10 * (i + 1) + (t - i) for i in range(oldest, t + 1)]
        weights = [np.exp(-m * k) for k in range(len(values))]
        assert action.dtype == np.float32
        assert action[0] == pytest.approx(np.dot(values, weights) / sum(weights), rel=1e-6)


def test_after_a_reset_nothing_is_averaged_with_before():
    executing = Executing(Counting(), ensemble=0.5)
    steps(executing, 3)
    executing.reset()
    assert executing.next(lambda: None).action.tolist() == [40]


def test_what_cannot_be_asked_for():
    with pytest.raises(UsageError, match="give one of them"):
        Executing(Counting(), execute=1, ensemble=0.1)
    with pytest.raises(UsageError, match="got 'execute=0'; allowed: from 1"):
        Executing(Counting(), execute=0)


def test_what_is_neither_a_policy_nor_a_client():
    with pytest.raises(
        UsageError, match="expected a policy or a client, which has a method act; got 'NoneType'"
    ):
        Executing(None)
