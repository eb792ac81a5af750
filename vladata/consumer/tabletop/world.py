"""The world: a trial played step by step, and the expert for it.

An action is the move of the tip, dx and dy in sides of the table, each clipped to -0.16..0.16. A trial ends when the player
terminates it, or after the most steps of its task (14; 28 with two stages). It is a success if its task is then achieved
(tasks.py); for "reach", if the tip is within 0.08 of its target.
"""

import numpy as np

from vladata.consumer.tabletop.picture import draw
from vladata.consumer.tabletop.scene import Scene
from vladata.consumer.tabletop.suites import Trial
from vladata.consumer.tabletop.tasks import PointAt, PushTo, PutNextTo, Reach, moved
from vladata.errors import UsageError
from vladata.keys import seed_of

MOST = 0.16  # longest move along each axis in one step, in sides of the table
STOP = 0.035  # distance from the goal below which the expert terminates
MOST_STEPS = max(task.most_steps for task in (Reach, PointAt, PushTo, PutNextTo))
GAIN = 0.45  # share of the remaining way that the expert moves in one step
STRAY, STRAYED = 0.3, 0.1  # share of the expert's actions with noise, and its standard deviation


class World:
    """A trial in progress.

    scene: the state.   steps: the number of actions so far.   done: True if it is over.
    """

    def __init__(self, trial: Trial, seed: int = 0) -> None:
        """seed: the seed of the noise in pictures."""
        self.trial, self.scene = trial, trial.scene
        self.steps, self.done = 0, False
        self._seed = seed

    @property
    def tip(self) -> tuple[float, float]:
        """The position of the arm's tip, x and y on the table."""
        assert self.scene.tip
        return self.scene.tip

    @property
    def goal(self) -> tuple[float, float]:
        """The goal of the tip in this state."""
        return self.trial.task.goal(self.scene, self.trial.target)

    @property
    def success(self) -> bool:
        """True if the trial is over and its task is achieved."""
        return self.done and self.trial.task.achieved(self.scene, self.trial.target)

    def picture(self) -> np.ndarray:
        """Return the picture, uint8 [48, 48, 3]. Equal trials, seeds and steps give equal pictures."""
        return draw(self.scene, np.random.default_rng(seed_of(self._seed, "noise", self.steps)))

    def state(self) -> np.ndarray:
        """Return the position of the tip, float32 [2]."""
        return np.array(self.tip, np.float32)

    def expert(self) -> tuple[np.ndarray, bool]:
        """Return the expert's action, float32 [2], and True if it terminates."""
        left = np.subtract(self.goal, self.tip)
        return (GAIN * left).clip(-MOST, MOST).astype(np.float32), bool(np.hypot(*left) < STOP)

    def step(self, action: np.ndarray, terminate: bool = False) -> None:
        """Move the tip by `action`, float [2]; or, if `terminate`, stay and end the trial.

        Raises UsageError if the trial is over."""
        given = np.asarray(action, np.float64)
        if given.shape != (2,) or not np.isfinite(given).all():
            raise UsageError("an action must be two finite numbers, dx and dy", got=action)
        if self.done:
            raise UsageError("the trial is over", hint="Reset the world before the next step.")
        self.steps += 1
        if not terminate:
            loose = self.trial.target if self.trial.task.stages == 2 else None
            self.scene = moved(self.scene, given.clip(-MOST, MOST), loose)
        self.done = terminate or self.steps >= self.trial.task.most_steps


def demonstrated(trial: Trial, seed: int) -> list[tuple[Scene, np.ndarray, bool]]:
    """Return a demonstration: states, the expert's actions, float32 [2], and True if it terminates.

    Noise is added to some moves, but the returned actions are the expert's without noise (DART: Laskey et al., CoRL 2017)."""
    world, rng = World(trial), np.random.default_rng(seed_of(seed, "stray"))
    found = []
    while not world.done:
        action, ends = world.expert()
        found.append((world.scene, action, ends))
        strays = rng.random() < STRAY
        noise = rng.normal(0, STRAYED, 2) if strays else 0.0
        world.step(action + noise, ends)
    return found
