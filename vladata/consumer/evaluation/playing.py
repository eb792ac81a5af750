"""Some trials of one policy, step by step, all together: those that are not over are asked for their next action in one batch.

Of a chunk of actions the first is done, and then the policy is asked again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from vladata.consumer.evaluation.actors import Actor, Seat
from vladata.consumer.evaluation.adapter import Adapter
from vladata.consumer.evaluation.trials import Outcome, Trial
from vladata.consumer.policy.observation import Action, Observation


@dataclass
class Played:
    """A trial under way. film: (frame, what was done then), where it is filmed."""

    trial: Trial
    world: Adapter
    seen: Observation
    steps: int = 0
    done: bool = False
    terminated: bool = False
    film: list[tuple[np.ndarray, Action]] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """What came of it, once it is over."""
        return Outcome(self.trial, self.world.success, self.terminated, self.steps, self.seen.instruction)


def play(
    trials: Sequence[Trial], actor: Actor, make: Callable[[], Adapter], filmed: Callable[[Trial], bool]
) -> list[Played]:
    """Play trials to their ends."""
    found = []
    for trial in trials:
        world = make()
        found.append(Played(trial, world, world.reset(trial.suite, trial.seed, trial.number)))
    while left := [each for each in found if not each.done]:
        seats = [Seat(each.trial, each.world, each.seen, each.steps) for each in left]
        for each, action in zip(left, actor.act(seats), strict=True):
            if filmed(each.trial):
                each.film.append((each.world.frame(), action))
            each.seen, each.done = each.world.step(action.actions[0], action.terminate)
            each.steps += 1
            each.terminated |= action.terminate
            each.done |= each.steps >= each.world.most_steps
    return found
