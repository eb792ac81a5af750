"""Some trials of one policy, step by step, all together: those that are not over are asked for their next action in one batch.

Of a chunk of actions the first is done, and then the policy is asked again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from vladata.consumer.evaluation.actors import Actor, Seat
from vladata.consumer.evaluation.adapter import Adapter
from vladata.consumer.evaluation.trials import Outcome, Trial
from vladata.consumer.policy.observation import Action, Observation
from vladata.errors import ContractMismatch

Film = list[tuple[np.ndarray, Action]]


@dataclass
class Played:
    """A trial under way. film: each frame and what was done then, and the last frame with what led to it; where it is filmed.

    malformed: whether the policy gave an action that is not finite, which ends the trial as a failure.
    seconds: what the policy took for its part of each batch."""

    trial: Trial
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
        """What came of it, once it is over."""
        success = bool(self.world.success) and not self.malformed
        said = (self.terminated, self.steps, self.instruction, self.malformed, round(self.seconds, 6))
        return Outcome(self.trial, success, *said)

    def do(self, action: Action, filmed: bool) -> None:
        """Do what the policy said. Raises ContractMismatch for an action that is not one of the environment's."""
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
    trials: Sequence[Trial], actor: Actor, make: Callable[[], Adapter], filmed: bool = False
) -> Iterator[list[Played]]:
    """Play trials to their ends; yields those that are over, as soon as they are."""
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
    """The first action of a chunk, float32 [D]."""
    moves = np.asarray(action.actions, np.float32)
    if action.names != world.names or moves.ndim != 2 or moves.shape[1] != len(world.names) or not len(moves):
        raise ContractMismatch(
            "an action of the policy is none of the environment",
            got=f"shape {list(moves.shape)} of {', '.join(action.names)}",
            allowed=f"[steps, {len(world.names)}] of {', '.join(world.names)}",
        )
    first: np.ndarray = moves[0]
    return first
