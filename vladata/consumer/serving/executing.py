"""Chunks of actions, done one by one: some of each before the policy is asked anew, or several chunks averaged.

Temporal ensembling is that of ACT (Zhao et al. 2023, arXiv:2304.13705, section IV.B and its released code): the policy is asked
at every step, and the actions that its chunks have for this step are averaged with the weights exp(-m * i), i = 0 for the oldest.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vladata.consumer.policy.observation import Action, Observation
from vladata.errors import UsageError

Question = Observation | Callable[[], Observation]


class Asks(Protocol):
    """What a policy or a client does."""

    def act(self, question: Question) -> Action:
        """The next actions."""


@dataclass(frozen=True, eq=False)
class Step:
    """What is done now. action: float32 [D].   ends: whether the episode is to end with it.   plan: of its chunk."""

    action: np.ndarray
    ends: bool
    plan: str


class Executing:
    """Gives the action of each step.

    execute:  actions of a chunk that are done before the next question; None: all of them.
    ensemble: m of the weights; the policy is asked at every step. Not together with `execute`."""

    def __init__(self, asks: Asks, execute: int | None = None, ensemble: float | None = None) -> None:
        if execute is not None and ensemble is not None:
            raise UsageError("execute and ensemble are two ways to do a chunk; give one of them")
        if execute is not None and execute < 1:
            raise UsageError("a step does one action at least", got=f"execute={execute}", allowed="from 1")
        self._asks, self._execute, self._ensemble = asks, execute, ensemble
        self.reset()

    def reset(self) -> None:
        """Begin an episode: actions that are left are forgotten."""
        self._left: deque[Step] = deque()
        self._chunks: deque[np.ndarray] = (
            deque()
        )  # what each still has for this step and those after it, the oldest first

    def next(self, question: Question) -> Step:
        """The action of this step. The question is asked, and a function called, where the policy is."""
        if self._ensemble is not None:
            return self._averaged(self._asks.act(question), self._ensemble)
        if not self._left:
            action = self._asks.act(question)
            each = zip(action.actions, action.ends.tolist(), strict=True)
            self._left = deque(Step(move, ends, action.plan) for move, ends in list(each)[: self._execute])
        return self._left.popleft()

    def _averaged(self, action: Action, m: float) -> Step:
        self._chunks = deque(chunk[1:] for chunk in self._chunks if len(chunk) > 1)
        self._chunks.append(action.actions)
        moves = np.stack([chunk[0] for chunk in self._chunks])
        weights = np.exp(-m * np.arange(len(moves)))
        mean = (weights[:, None] * moves).sum(0) / weights.sum()
        return Step(mean.astype(np.float32), bool(action.ends[0]), action.plan)
