"""The table of shapes as an environment of trials."""

import numpy as np

from vladata.consumer.policy.observation import Observation
from vladata.consumer.tabletop.suites import SUITES, trial
from vladata.consumer.tabletop.world import MOST, MOST_STEPS, World
from vladata.keys import seed_of


class Tabletop:
    """Suites of vladata/consumer/tabletop/suites.py, but that of the demonstrations."""

    suites = tuple(name for name in SUITES if name not in ("robot", "validation"))
    other_suites = ("validation",)
    most_steps = MOST_STEPS
    names = ("dx", "dy")

    @property
    def success(self) -> bool:
        """Whether the tip ended at its target."""
        return self._world.success

    def reset(self, suite: str, seed: int, trial_number: int) -> Observation:
        """Begin a trial."""
        self._world = World(trial(suite, seed, trial_number), seed_of(seed, suite, trial_number))
        return self._seen()

    def step(self, action: np.ndarray, terminate: bool) -> tuple[Observation, bool]:
        """Move the tip, or end."""
        self._world.step(action, terminate)
        return self._seen(), self._world.done

    def expert(self) -> tuple[np.ndarray, bool]:
        """Towards the target."""
        return self._world.expert()

    def random(self, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        """Anywhere; ends one time in 14."""
        return rng.uniform(-MOST, MOST, 2).astype(np.float32), bool(rng.random() < 1 / MOST_STEPS)

    def frame(self) -> np.ndarray:
        """The picture, four times as large."""
        return self._world.picture().repeat(4, 0).repeat(4, 1)

    def _seen(self) -> Observation:
        world = self._world
        return Observation({"primary": world.picture()}, world.trial.instruction, world.state())
