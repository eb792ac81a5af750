"""Another control frequency: every n-th step is kept, and the changes of the steps in between are added to it.

A kept step t replaces the steps t to t + n - 1, counted by their RLDS step numbers from the first step that is left:
    changes (dx, dj0)     the sum over these steps
    droll, dpitch, dyaw   the rotation that these steps make together (see Turning), if the action has all three
    each gripper          open_absolute: the value of step t; closing_relative: the last command that is not 0
    anything else         the value of step t
The last kept step also replaces all steps after it, so no motion is lost: the sum of all changes is the same.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal

import numpy as np

from vladata.spec.dimensions import is_change, turns
from vladata.transforms.rotations import from_matrices, to_matrices
from vladata.transforms.subtract import ROLL_PITCH_YAW

Turning = Literal["sum", "base", "tool"]
"""The way in which changes of roll, pitch and yaw are composed. sum: the numbers are added (differences of angles). base:
rotations about fixed axes, R = R_n ... R_1. tool: rotations about the axes of the hand, R = R_1 ... R_n."""


@dataclass(frozen=True, slots=True)
class Every:
    """The rule for another control frequency.

    factor:   the n of "every n-th step is kept", at least 2.
    names:    the names of the D dimensions of the action.
    relative: the names of the grippers with closing_relative commands.
    turning:  the way in which changes of orientation are composed.
    """

    factor: int
    names: Sequence[str]
    relative: Collection[str]
    turning: Turning

    @property
    def rule(self) -> str:
        return f"every({self.factor})"

    def __call__(self, action: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return positions int64 [N] of the kept steps, and their action float32 [N, D].

        action: float32 [T, D]; numbers: the RLDS step numbers, int64 [T].
        """
        if not len(action):
            return np.zeros(0, np.int64), action
        windows = (numbers - numbers[0]) // self.factor
        starts = np.flatnonzero(np.diff(windows, prepend=-1))
        out = action[starts].copy()
        wide = action.astype(np.float64)
        for d, name in enumerate(self.names):
            if is_change(name):
                out[:, d] = np.add.reduceat(wide[:, d], starts)
            elif name in self.relative:
                out[:, d] = _last_command(action[:, d], starts)
        if self.turning != "sum":
            for columns in turns(self.names):
                out[:, columns] = _turned(wide[:, columns], starts, self.turning)
        return starts, out


def _last_command(commands: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return [N], the last command of each window that is not 0; 0 where there is none. starts: [N], the windows' first rows."""
    given = np.where(commands != 0, np.arange(len(commands)), -1)
    last = np.maximum.reduceat(given, starts)
    return np.where(last >= 0, commands[np.maximum(last, 0)], 0)


def _turned(angles: np.ndarray, starts: np.ndarray, turning: Turning) -> np.ndarray:
    """Return [N, 3], roll, pitch and yaw of the rotation that all changes in a window make together. angles: [T, 3]."""
    rotations = to_matrices(angles, ROLL_PITCH_YAW)
    ends = np.append(starts[1:], len(angles))
    made = [_product(rotations[a:b], turning) for a, b in zip(starts, ends, strict=True)]
    return from_matrices(np.array(made), ROLL_PITCH_YAW)


def _product(rotations: np.ndarray, turning: Turning) -> np.ndarray:
    ordered = rotations if turning == "tool" else rotations[::-1]
    product: np.ndarray = reduce(np.matmul, ordered)
    return product
