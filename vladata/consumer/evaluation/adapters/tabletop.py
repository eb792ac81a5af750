"""The table of shapes as an environment of trials."""

import numpy as np

from vladata.consumer.policy.observation import Observation
from vladata.consumer.tabletop.suites import SUITES, trial
from vladata.consumer.tabletop.tasks import Reach
from vladata.consumer.tabletop.world import MOST, MOST_STEPS, World
from vladata.keys import seed_of

_APART = ("robot", "validation")


class Tabletop:
    """The suites of vladata/consumer/tabletop/suites.py, without the suites of demonstrations."""

    suites = tuple(name for name, suite in SUITES.items() if suite.tasks == ("reach",) and name not in _APART)
    other_suites = ("validation", "one_stage", "two_stage")
    most_steps = MOST_STEPS
    names = ("dx", "dy")
    state_names = ("x", "y")

    @property
    def success(self) -> bool:
        """True if the trial has ended with its task achieved."""
        return self._world.success

    def reset(self, suite: str, seed: int, trial_number: int) -> Observation:
        """Begin a trial."""
        self._world = World(trial(suite, seed, trial_number), seed_of(seed, suite, trial_number))
        return self._seen()

    def step(self, action: np.ndarray, terminate: bool) -> tuple[Observation, bool]:
        """Move the tip, or end the trial."""
        self._world.step(action, terminate)
        return self._seen(), self._world.done

    def expert(self) -> tuple[np.ndarray, bool]:
        """Return the expert's action, towards the goal."""
        return self._world.expert()

    def random(self, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        """Return a random move; it ends the trial with probability 1 / 14."""
        return rng.uniform(-MOST, MOST, 2).astype(np.float32), bool(rng.random() < 1 / Reach.most_steps)

    def frame(self) -> np.ndarray:
        """Return the picture, enlarged to four times its size."""
        return self._world.picture().repeat(4, 0).repeat(4, 1)

    def _seen(self) -> Observation:
        world = self._world
        return Observation({"primary": world.picture()}, world.trial.instruction, world.state())
