"""The world: a trial played step by step, and the expert that plays it right.

An action is how far the tip moves, dx and dy in sides of the table, each clipped to 0.16. A trial ends when the one who plays
says so (terminate) or after as many steps as its task has (14; 28 of two stages), and is a success where its task is then
achieved (tasks.py): of "reach", where the tip is within 0.08 of its target.
"""

import numpy as np

from vladata.consumer.tabletop.picture import draw
from vladata.consumer.tabletop.scene import Scene
from vladata.consumer.tabletop.suites import Trial
from vladata.consumer.tabletop.tasks import PointAt, PushTo, PutNextTo, Reach, moved
from vladata.errors import UsageError
from vladata.keys import seed_of

MOST = 0.16  # of the table, along each axis in one step
STOP = 0.035  # of the table from its goal: where the expert says that it is there
MOST_STEPS = max(task.most_steps for task in (Reach, PointAt, PushTo, PutNextTo))
GAIN = 0.45  # of what is left, that the expert goes in a step
STRAY, STRAYED = 0.3, 0.1  # how often noise is added to what the expert does, and its standard deviation


class World:
    """A trial under way.

    scene: the state.   steps: actions so far.   done: whether it is over.
    """

    def __init__(self, trial: Trial, seed: int = 0) -> None:
        """seed: of the noise of pictures."""
        self.trial, self.scene = trial, trial.scene
        self.steps, self.done = 0, False
        self._seed = seed

    @property
    def tip(self) -> tuple[float, float]:
        """Where the arm is, x and y on the table."""
        assert self.scene.tip
        return self.scene.tip

    @property
    def goal(self) -> tuple[float, float]:
        """Where it is to go from here."""
        return self.trial.task.goal(self.scene, self.trial.target)

    @property
    def success(self) -> bool:
        """Whether the trial is over, and its task achieved."""
        return self.done and self.trial.task.achieved(self.scene, self.trial.target)

    def picture(self) -> np.ndarray:
        """uint8 [48, 48, 3]; the same for the same trial, seed and step."""
        return draw(self.scene, np.random.default_rng(seed_of(self._seed, "noise", self.steps)))

    def state(self) -> np.ndarray:
        """float32 [2]: where the tip is."""
        return np.array(self.tip, np.float32)

    def expert(self) -> tuple[np.ndarray, bool]:
        """float32 [2], and whether it is time to say that the task is done."""
        left = np.subtract(self.goal, self.tip)
        return (GAIN * left).clip(-MOST, MOST).astype(np.float32), bool(np.hypot(*left) < STOP)

    def step(self, action: np.ndarray, terminate: bool = False) -> None:
        """Move the tip by `action`, float [2]; or stay and end the trial. Raises UsageError once it is over."""
        given = np.asarray(action, np.float64)
        if given.shape != (2,) or not np.isfinite(given).all():
            raise UsageError("an action is two finite numbers, dx and dy", got=action)
        if self.done:
            raise UsageError("the trial is over", hint="Reset the world before the next step.")
        self.steps += 1
        if not terminate:
            loose = self.trial.target if self.trial.task.stages == 2 else None
            self.scene = moved(self.scene, given.clip(-MOST, MOST), loose)
        self.done = terminate or self.steps >= self.trial.task.most_steps


def demonstrated(trial: Trial, seed: int) -> list[tuple[Scene, np.ndarray, bool]]:
    """What the expert does from each state that noise brings it to (DART: Laskey et al., CoRL 2017): states, actions float32 [2],
    and whether it ends there."""
    world, rng = World(trial), np.random.default_rng(seed_of(seed, "stray"))
    found = []
    while not world.done:
        action, ends = world.expert()
        found.append((world.scene, action, ends))
        strays = rng.random() < STRAY
        noise = rng.normal(0, STRAYED, 2) if strays else 0.0
        world.step(action + noise, ends)
    return found
