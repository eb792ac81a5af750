"""Trials of one policy, played step by step at the same time: each step is one batch with all trials that are not over.

Only the first action of a chunk is done; then the policy is called again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from vladata.consumer.evaluation.actors import Actor, Seat
from vladata.consumer.evaluation.adapter import Adapter
from vladata.consumer.evaluation.trials import Outcome, TrialId
from vladata.consumer.policy.observation import Action, Observation
from vladata.errors import ContractMismatch

Film = list[tuple[np.ndarray, Action]]


@dataclass
class Played:
    """A trial that is played.

    malformed: True if the policy gave an action that is not finite, which ends the trial as a failure.
    seconds:   the time of the policy for this trial, as its share of each batch.
    film:      if it is filmed, each frame with the action after it; the last frame has the action before it."""

    trial: TrialId
    world: Adapter
    seen: Observation
    instruction: str
    steps: int = 0
    done: bool = False
    terminated: bool = False
    malformed: bool = False
    seconds: float = 0.0
    film: Film = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """The outcome of the trial, which must be over."""
        success = bool(self.world.success) and not self.malformed
        said = (self.terminated, self.steps, self.instruction, self.malformed, round(self.seconds, 6))
        return Outcome(self.trial, success, *said)

    def do(self, action: Action, filmed: bool) -> None:
        """Do the policy's action. Raises ContractMismatch for an action that does not fit the environment."""
        move = _checked(action, self.world)
        if filmed:
            self.film.append((self.world.frame(), action))
        self.steps += 1
        self.malformed = not np.isfinite(move).all()
        if self.malformed:
            self.done = True
            return
        self.seen, over = self.world.step(move, action.terminate)
        self.terminated = action.terminate
        self.done = over or action.terminate or self.steps >= self.world.most_steps
        if filmed and self.done:
            self.film.append((self.world.frame(), action))


def play(
    trials: Sequence[TrialId], actor: Actor, make: Callable[[], Adapter], filmed: bool = False
) -> Iterator[list[Played]]:
    """Play trials to their ends, and yield after each step the trials that ended with this step."""
    left = []
    for trial in trials:
        world = make()
        seen = world.reset(trial.suite, trial.seed, trial.number)
        left.append(Played(trial, world, seen, seen.instruction))
    while left:
        seats = [Seat(each.trial, each.world, each.seen, each.steps) for each in left]
        start = time.perf_counter()
        actions = actor.act(seats)
        took = (time.perf_counter() - start) / len(seats)
        for each, action in zip(left, actions, strict=True):
            each.seconds += took
            each.do(action, filmed)
        yield [each for each in left if each.done]
        left = [each for each in left if not each.done]


def _checked(action: Action, world: Adapter) -> np.ndarray:
    """Check a chunk of actions, and return its first action, float32 [D]."""
    moves = np.asarray(action.actions, np.float32)
    if action.names != world.names or moves.ndim != 2 or moves.shape[1] != len(world.names) or not len(moves):
        raise ContractMismatch(
            "an action of the policy does not fit the environment",
            got=f"shape {list(moves.shape)} of {', '.join(action.names)}",
            allowed=f"[steps, {len(world.names)}] of {', '.join(world.names)}",
        )
    first: np.ndarray = moves[0]
    return first
