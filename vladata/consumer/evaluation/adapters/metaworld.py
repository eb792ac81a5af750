"""Meta-World: an arm at a table with objects to reach, push, open and press (Yu et al. 2019; the package metaworld, on MuJoCo).

The suites are the ten tasks of its MT10, by their names there; the positions of objects and goal are drawn for each trial. A
picture shows the table with the goal. The state is the position of the hand (m) and the opening of the gripper (0 to 1). An
action has four numbers from -1 to 1: three move the hand (1 is one centimetre); the fourth closes the gripper (1) or opens it
(-1). A trial ends by itself as soon as its task is done; a policy that terminates earlier has failed.
"""

import atexit
import ctypes
import os
import sys
import warnings
from functools import cache
from typing import Any

import numpy as np

from vladata.consumer.policy.observation import Observation
from vladata.errors import MissingExtra, UsageError
from vladata.keys import seed_of

CANNOT = "MuJoCo cannot draw on this machine"
HINT = "Install an OpenGL library: apt-get install libosmesa6 and set MUJOCO_GL=osmesa, or libegl1 and MUJOCO_GL=egl."
if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    # MuJoCo reads this variable once, when it is imported; its default needs a display.
    os.environ.setdefault("MUJOCO_GL", "osmesa")
# Mesa and TensorFlow each contain an LLVM. PyOpenGL opens libraries globally, so that one would call the other's functions and
# crash. RTLD_DEEPBIND makes each library use its own functions.
for_all = ctypes.RTLD_GLOBAL
ctypes.RTLD_GLOBAL = getattr(os, "RTLD_DEEPBIND", 0)  # type: ignore[misc]
try:
    import mujoco
    from metaworld import ALL_V3_ENVIRONMENTS_GOAL_OBSERVABLE as WORLDS
    from metaworld.policies import ENV_POLICY_MAP as EXPERTS
except ModuleNotFoundError as fault:
    says = f"environment metaworld needs {fault.name}"
    raise MissingExtra(says, hint='pip install "vladata[metaworld]"') from None
except (AttributeError, ImportError, RuntimeError) as fault:
    # PyOpenGL and MuJoCo raise these if a library is missing.
    raise MissingExtra(CANNOT, got=str(fault), hint=HINT) from None
finally:
    ctypes.RTLD_GLOBAL = for_all  # type: ignore[misc]
for half in (mujoco.Renderer, getattr(mujoco, "GLContext", mujoco.Renderer)):
    # Without these attributes, closing a renderer that could not be made would raise a second error.
    half._gl_context = half._mjr_context = half._context = None

TASKS = {
    "reach-v3": "reach the red ball",
    "push-v3": "push the puck to the green ball",
    "pick-place-v3": "lift the puck to the blue ball",
    "door-open-v3": "open the door",
    "drawer-open-v3": "open the drawer",
    "drawer-close-v3": "close the drawer",
    "button-press-topdown-v3": "press the button from above",
    "peg-insert-side-v3": "put the peg into the hole",
    "window-open-v3": "open the window",
    "window-close-v3": "close the window",
}
"""Suite -> instruction."""
LONGEST = 500  # actions, the package's own limit
LARGEST = 1024  # pixels


class MetaWorld:
    """The tasks of Meta-World's MT10."""

    suites = tuple(TASKS)
    other_suites = ()
    names = ("dx", "dy", "dz", "gripper")
    state_names = ("x", "y", "z", "gripper")

    def __init__(self, most_steps: int = 200, size: int = 96, noise: float = 0.0) -> None:
        """most_steps: most actions of a trial.   size: side of the picture, in pixels.

        noise: standard deviation of the noise that is added to each number of an action before it is done. Demonstrations need
        it to show the expert's actions also in states that the expert does not reach by itself."""
        for name, value, most in (("most_steps", most_steps, LONGEST), ("size", size, LARGEST)):
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
                raise UsageError(f"{name} must be a whole number from 1 to {most}", got=value)
        if isinstance(noise, bool) or not isinstance(noise, int | float) or not 0 <= noise <= 1:
            raise UsageError("noise must be a number from 0 to 1", got=noise)
        self.most_steps, self.size, self.noise, self.success = most_steps, size, noise, False

    def reset(self, suite: str, seed: int, trial: int) -> Observation:
        """Begin a trial."""
        drawn = seed_of(seed, "metaworld", suite, trial)
        self._suite, self._rng = suite, np.random.default_rng(drawn)
        self._world, self._expert = _world(suite, drawn % 2**32), EXPERTS[suite]()
        self._known, _ = self._world.reset()
        self.success = False
        return self._seen()

    def step(self, action: np.ndarray, terminate: bool) -> tuple[Observation, bool]:
        """Move the hand and the gripper; or end the trial, which then has failed."""
        if terminate:
            return self._seen(), True
        moved = action + self.noise * self._rng.standard_normal(len(self.names))
        self._known, _, _, cut, told = self._world.step(np.clip(moved, -1, 1).astype(np.float32))
        self.success = bool(told["success"])
        return self._seen(), bool(self.success or cut)

    def expert(self) -> tuple[np.ndarray, bool]:
        """Return the action of the package's scripted policy, cut to -1..1. It knows all positions and never terminates."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # the package warns each time that it cuts an action
            said = self._expert.get_action(self._known)
        return np.clip(said, -1, 1).astype(np.float32), False

    def random(self, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        """Return a random action."""
        return rng.uniform(-1, 1, len(self.names)).astype(np.float32), False

    def frame(self) -> np.ndarray:
        """Return the picture, enlarged to twice its size."""
        return self._picture().repeat(2, 0).repeat(2, 1)

    def _seen(self) -> Observation:
        return Observation(
            {"primary": self._picture()}, TASKS[self._suite], self._known[:4].astype(np.float32)
        )

    def _picture(self) -> np.ndarray:
        camera = _camera(self._suite, self.size)
        camera.update_scene(self._world.data, camera="corner4")
        return np.ascontiguousarray(camera.render()[::-1, ::-1])  # the package's cameras are upside down


def _world(suite: str, seed: int) -> Any:
    return WORLDS[f"{suite}-goal-observable"](seed=seed)


@cache
def _camera(suite: str, size: int) -> Any:
    """Return the renderer of a suite: one for all its worlds, which differ only in the positions of objects."""
    model = _world(suite, 0).model
    # Shadows take five times as long as the rest of drawing, and smooth edges twice as long. A loader that halves the size
    # smooths edges too.
    model.vis.quality.shadowsize = model.vis.quality.offsamples = 0
    model.vis.global_.offwidth = model.vis.global_.offheight = size
    try:
        camera = mujoco.Renderer(model, size, size)
    except (AttributeError, ImportError, OSError, RuntimeError, mujoco.FatalError) as fault:
        raise MissingExtra(CANNOT, got=str(fault), hint=HINT) from None
    atexit.register(camera.close)  # before the libraries that it needs are unloaded
    return camera
