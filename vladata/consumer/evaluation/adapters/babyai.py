"""BabyAI: an agent in rooms of a grid, with instructions where to go (Chevalier-Boisvert et al. 2019; minigrid's environments).

The agent sees the 7 by 7 cells in front of it, 8 pixels each, and turns left, turns right or goes forward. An action has one
number for each of these three moves; the move with the largest number is done, the first one if several are equal. (A single
number would give the moves an order that they do not have.) A trial ends by itself when the agent has arrived; a policy that
terminates earlier has failed.
"""

import gymnasium
import numpy as np
from minigrid.utils.baby_ai_bot import BabyAIBot

from vladata.consumer.policy.observation import Observation
from vladata.errors import UsageError
from vladata.keys import seed_of

LEVELS = {
    "goto-object": "BabyAI-GoToObjS6-v1",
    "goto-small": "BabyAI-GoToLocalS5N2-v0",
    "goto-red-ball": "BabyAI-GoToRedBallGrey-v0",
    "goto-local": "BabyAI-GoToLocalS8N7-v0",
}
"""Suite -> level.

goto-object: one object in a room.   goto-small: two objects in a small room.   goto-red-ball: a red ball among grey objects.
goto-local: eight objects in a room."""
TILE = 8  # pixels


class BabyAI:
    """The levels of BabyAI in which nothing is carried or opened."""

    suites = tuple(LEVELS)
    other_suites = ()
    names = ("left", "right", "forward")
    state_names = ()

    def __init__(self, most_steps: int = 64) -> None:
        """most_steps: most actions of a trial."""
        if isinstance(most_steps, bool) or not isinstance(most_steps, int) or most_steps < 1:
            raise UsageError("most_steps must be a whole number from 1", got=most_steps)
        self.most_steps, self.success = most_steps, False

    def reset(self, suite: str, seed: int, trial: int) -> Observation:
        """Begin a trial."""
        self._world = gymnasium.make(
            LEVELS[suite], disable_env_checker=True, max_steps=self.most_steps
        ).unwrapped
        self._world.reset(seed=seed_of(seed, "babyai", suite, trial) % 2**31)
        self._bot, self.success = BabyAIBot(self._world), False
        self._last: int | None = None
        return self._seen()

    def step(self, action: np.ndarray, terminate: bool) -> tuple[Observation, bool]:
        """Turn or go forward; or end the trial, which then has failed."""
        if terminate:
            return self._seen(), True
        self._last = int(np.argmax(action))
        _, reward, ended, cut, _ = self._world.step(self._last)
        self.success = bool(ended and reward > 0)
        return self._seen(), bool(ended or cut)

    def expert(self) -> tuple[np.ndarray, bool]:
        """Return the action of BabyAI's bot. The bot has a memory, so this must be called at every step, from the first one."""
        said = int(self._bot.replan(self._last))
        if said >= len(self.names):
            raise UsageError("the bot wants an action that this environment does not have", got=said)
        return np.eye(len(self.names), dtype=np.float32)[said], False

    def random(self, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        """Return a random action."""
        return rng.random(len(self.names)).astype(np.float32), False

    def frame(self) -> np.ndarray:
        """Return a picture of the whole world from above."""
        seen: np.ndarray = self._world.get_frame(highlight=True, tile_size=24)
        return seen

    def _seen(self) -> Observation:
        picture = self._world.get_pov_render(tile_size=TILE).astype(np.uint8)
        return Observation({"primary": picture}, self._world.mission)
