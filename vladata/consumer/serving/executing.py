"""Chunks of actions, done one by one: the first few actions of each chunk, or averages of several chunks.

Temporal ensembling is as in ACT (Zhao et al. 2023, arXiv:2304.13705, section IV.B and its released code): the policy answers at
every step, and the actions of all its chunks for this step are averaged with the weights exp(-m * i), i = 0 for the oldest chunk.
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
    """A policy or a client, which answers a question with a chunk of actions."""

    def act(self, question: Question) -> Action:
        """Return the next actions."""


@dataclass(frozen=True, eq=False)
class RobotStep:
    """The action to do now.

    action: float32 [D].   ends: True if the episode must end with it.   plan: the plan of its chunk."""

    action: np.ndarray
    ends: bool
    plan: str


class Executing:
    """The source of actions of a control loop: it asks a policy or a client, and returns one action for each step.

    execute:  number of actions of a chunk that are done before the next question; None: all of them.
    ensemble: m in the weights of temporal ensembling, which asks at every step. Not together with `execute`."""

    def __init__(self, asks: Asks, execute: int | None = None, ensemble: float | None = None) -> None:
        if not hasattr(asks, "act"):
            raise UsageError("expected a policy or a client, which has a method act", got=type(asks).__name__)
        if execute is not None and ensemble is not None:
            raise UsageError("execute and ensemble exclude each other; give one of them")
        if execute is not None and execute < 1:
            raise UsageError("execute must be at least 1", got=f"execute={execute}", allowed="from 1")
        self._asks, self._execute, self._ensemble = asks, execute, ensemble
        self.reset()

    def reset(self) -> None:
        """Begin an episode: forget the actions that are left."""
        self._left: deque[RobotStep] = deque()
        # The actions of each chunk for this step and later ones, the oldest chunk first.
        self._chunks: deque[np.ndarray] = deque()

    def next(self, question: Question) -> RobotStep:
        """Return the action of this step. The question is used (a function is called) only if a new chunk is needed."""
        if self._ensemble is not None:
            return self._averaged(self._asks.act(question), self._ensemble)
        if not self._left:
            action = self._asks.act(question)
            each = zip(action.actions, action.ends.tolist(), strict=True)
            self._left = deque(
                RobotStep(move, ends, action.plan) for move, ends in list(each)[: self._execute]
            )
        return self._left.popleft()

    def _averaged(self, action: Action, m: float) -> RobotStep:
        self._chunks = deque(chunk[1:] for chunk in self._chunks if len(chunk) > 1)
        self._chunks.append(action.actions)
        moves = np.stack([chunk[0] for chunk in self._chunks])
        weights = np.exp(-m * np.arange(len(moves)))
        mean = (weights[:, None] * moves).sum(0) / weights.sum()
        return RobotStep(mean.astype(np.float32), bool(action.ends[0]), action.plan)
