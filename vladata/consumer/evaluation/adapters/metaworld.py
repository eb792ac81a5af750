"""Meta-World: an arm at a table with things to reach, push, open and press (Yu et al. 2019; the package metaworld, on MuJoCo).

The ten tasks of its MT10, by its own names; where the things and the goal are is drawn for each trial. A picture shows the table
with the goal, and the state is where the hand is (m) and how far the gripper is open (0 to 1). An action has four numbers of -1
to 1: three move the hand, 1 by a centimetre, the fourth closes the gripper (1) or opens it (-1). A trial ends by itself as soon
as its task is done, so that nobody needs to say it; who says so before has failed.
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
HINT = "Install a library of OpenGL: apt-get install libosmesa6 with MUJOCO_GL=osmesa, or libegl1 with MUJOCO_GL=egl."
if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    # MuJoCo reads it once, when it is imported; its own choice needs a display.
    os.environ.setdefault("MUJOCO_GL", "osmesa")
# Mesa brings an LLVM, and TensorFlow another. As PyOpenGL opens libraries, for all of the process to see, one takes the other's
# functions, and crashes: so they are opened for themselves.
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
    # PyOpenGL and MuJoCo raise these where a library is not there.
    raise MissingExtra(CANNOT, got=str(fault), hint=HINT) from None
finally:
    ctypes.RTLD_GLOBAL = for_all  # type: ignore[misc]
for half in (mujoco.Renderer, getattr(mujoco, "GLContext", mujoco.Renderer)):
    # Else closing one that could not be made is a second fault.
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
"""Suite -> what the arm is told."""
LONGEST = 500  # actions, after which the package itself takes no more
LARGEST = 1024  # pixels


class MetaWorld:
    """Tasks of MT10."""

    suites = tuple(TASKS)
    other_suites = ()
    names = ("dx", "dy", "dz", "gripper")
    state_names = ("x", "y", "z", "gripper")

    def __init__(self, most_steps: int = 200, size: int = 96, noise: float = 0.0) -> None:
        """most_steps: actions of a trial at most.   size: of the picture, pixels.

        noise: standard deviation of what is added to each number of an action before it is done. Of demonstrations, so that they
        show what the expert does in states that it does not come to by itself."""
        for name, value, most in (("most_steps", most_steps, LONGEST), ("size", size, LARGEST)):
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
                raise UsageError(f"{name} is a whole number from 1 to {most}", got=value)
        if isinstance(noise, bool) or not isinstance(noise, int | float) or not 0 <= noise <= 1:
            raise UsageError("noise is a number from 0 to 1", got=noise)
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
        """Move the hand and the gripper; or end, and fail."""
        if terminate:
            return self._seen(), True
        moved = action + self.noise * self._rng.standard_normal(len(self.names))
        self._known, _, _, cut, told = self._world.step(np.clip(moved, -1, 1).astype(np.float32))
        self.success = bool(told["success"])
        return self._seen(), bool(self.success or cut)

    def expert(self) -> tuple[np.ndarray, bool]:
        """Return the action of the package's scripted policy, cut to -1..1; it knows where everything is and never terminates."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of just that, each time
            said = self._expert.get_action(self._known)
        return np.clip(said, -1, 1).astype(np.float32), False

    def random(self, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        """Anything."""
        return rng.uniform(-1, 1, len(self.names)).astype(np.float32), False

    def frame(self) -> np.ndarray:
        """The picture, twice as large."""
        return self._picture().repeat(2, 0).repeat(2, 1)

    def _seen(self) -> Observation:
        return Observation(
            {"primary": self._picture()}, TASKS[self._suite], self._known[:4].astype(np.float32)
        )

    def _picture(self) -> np.ndarray:
        camera = _camera(self._suite, self.size)
        camera.update_scene(self._world.data, camera="corner4")
        return np.ascontiguousarray(
            camera.render()[::-1, ::-1]
        )  # the cameras of the package hang upside down


def _world(suite: str, seed: int) -> Any:
    return WORLDS[f"{suite}-goal-observable"](seed=seed)


@cache
def _camera(suite: str, size: int) -> Any:
    """Return the renderer of a suite: one for all its worlds, which differ only in where things are."""
    model = _world(suite, 0).model
    # Shadows take five times as long as all the rest, smooth edges twice; loading at half the size smooths them too.
    model.vis.quality.shadowsize = model.vis.quality.offsamples = 0
    model.vis.global_.offwidth = model.vis.global_.offheight = size
    try:
        camera = mujoco.Renderer(model, size, size)
    except (AttributeError, ImportError, OSError, RuntimeError, mujoco.FatalError) as fault:
        raise MissingExtra(CANNOT, got=str(fault), hint=HINT) from None
    atexit.register(camera.close)  # before the libraries that it needs are gone
    return camera
