"""The world as an environment of Gymnasium, for a trainer or a policy of your own."""

from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium import spaces

from vladata.consumer.tabletop.scene import PIXELS
from vladata.consumer.tabletop.suites import SUITES, trial
from vladata.consumer.tabletop.world import MOST, World
from vladata.errors import UnknownName, UsageError
from vladata.keys import seed_of

LARGER = 4  # factor by which a rendered picture is larger, along each side
LETTERS = "abcdefghijklmnopqrstuvwxyz "

Seen = dict[str, Any]


class TabletopEnv(gymnasium.Env[Seen, np.ndarray]):
    """Trials of a suite, one after another: reset(seed=S) begins trial 0 of seed S, and each reset without a seed the next one.

    Observation: image uint8 [48, 48, 3], tip float32 [2] from 0 to 1, and instruction, a text.
    Action: float32 [3]: dx, dy in sides of the table, each within -0.16..0.16, and terminate: 0.5 or more ends the trial.
    Reward: 1 if the trial ends as a success, 0 otherwise. An episode is `terminated` by the action, `truncated` at its length
    limit.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"], "render_fps": 3}

    def __init__(self, suite: str = "seen", render_mode: str | None = None) -> None:
        """suite: the suite to play, unless reset names another one. Raises UnknownName for an unknown suite."""
        _known(suite)
        if render_mode not in (None, "rgb_array"):
            raise UsageError("unknown render_mode", got=render_mode, allowed="rgb_array or None")
        self.render_mode = render_mode
        self.observation_space = spaces.Dict(
            {
                "image": spaces.Box(0, 255, (PIXELS, PIXELS, 3), np.uint8),
                "tip": spaces.Box(0, 1, (2,), np.float32),
                "instruction": spaces.Text(min_length=1, max_length=80, charset=LETTERS),
            }
        )
        low, high = np.array([[-MOST, -MOST, 0], [MOST, MOST, 1]], np.float32)
        self.action_space = spaces.Box(low, high, dtype=np.float32)
        self._suite, self._seed, self._next = suite, 0, 0
        self._world: World | None = None

    @property
    def world(self) -> World:
        """The current trial; `world.expert()` returns the expert's action. Raises UsageError before the first reset."""
        if self._world is None:
            raise UsageError("there is no trial yet", hint="Call reset() first.")
        return self._world

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Seen, dict[str, Any]]:
        """Begin a trial. options: {"suite": NAME, "trial": NUMBER}; both keys are optional.

        If no call has given a seed, one is drawn. Raises UnknownName for an unknown suite or option."""
        given = options or {}
        for name in given:
            if name not in ("suite", "trial"):
                raise UnknownName("option", name, ["suite", "trial"])
        suite = given.get("suite", self._suite)
        _known(suite)
        number = given.get("trial", 0 if seed is not None else self._next)
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < 0:
            raise UsageError("trial must be a whole number from 0", got=number)
        first = self._world is None
        super().reset(seed=seed)
        if seed is not None:
            self._seed = seed
        elif first:
            self._seed = int(self.np_random.integers(2**31))
        self._next = int(number) + 1
        self._world = World(trial(suite, self._seed, int(number)), seed_of(self._seed, suite, int(number)))
        return self._seen(), {"suite": suite, "seed": self._seed, "trial": int(number)}

    def step(self, action: np.ndarray) -> tuple[Seen, float, bool, bool, dict[str, Any]]:
        """Move the tip, or end the trial if action[2] is 0.5 or more.

        Raises UsageError for anything but three finite numbers."""
        given = np.asarray(action, np.float64)
        if given.shape != (3,) or not np.isfinite(given).all():
            raise UsageError("an action must be three finite numbers: dx, dy, terminate", got=action)
        world, ends = self.world, bool(given[2] >= 0.5)
        world.step(given[:2], ends)
        success = world.success
        return self._seen(), float(success), ends, world.done and not ends, {"success": success}

    def render(self) -> np.ndarray | None:
        """Return a picture, uint8 [192, 192, 3], if render_mode is "rgb_array"; else None."""
        if self.render_mode is None:
            return None
        return self.world.picture().repeat(LARGER, 0).repeat(LARGER, 1)

    def _seen(self) -> Seen:
        world = self.world
        return {"image": world.picture(), "tip": world.state(), "instruction": world.trial.instruction}


def _known(suite: object) -> None:
    if suite not in SUITES:
        raise UnknownName("suite", str(suite), list(SUITES))
