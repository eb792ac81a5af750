"""Another control frequency: every k-th step, with the changes of the steps between added to it.

Step n stands for the steps n to n + k - 1, counted by their RLDS numbers from the first that is left:
    changes (dx, dj0)     added up
    droll, dpitch, dyaw   as the rotation that they make one after the other (see TURNS), where all three are there
    each gripper          open_absolute: that of step n; closing_relative: the last command that is not 0
    anything else         that of step n
The last kept step stands for the steps that remain, so no motion is lost and the sum of all changes stays.
The rule: changes are composed; absolute values are those of the steps that are kept.
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
"""The composition of changes of roll, pitch and yaw: as numbers that are added (differences of angles), as rotations
about fixed axes, R = R_n ... R_1, or about the axes of the hand, R = R_1 ... R_n."""


@dataclass(frozen=True, slots=True)
class Every:
    """The rule for another control frequency.

    factor:   n, where every n-th step is kept, at least 2.
    names:    those of the D dimensions.
    relative: the grippers whose commands are closing_relative, by name.
    turning:  the composition of changes of orientation.
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
    """Return the last command of each window that is not 0, or 0; [N]."""
    given = np.where(commands != 0, np.arange(len(commands)), -1)
    last = np.maximum.reduceat(given, starts)
    return np.where(last >= 0, commands[np.maximum(last, 0)], 0)


def _turned(angles: np.ndarray, starts: np.ndarray, turning: Turning) -> np.ndarray:
    """Return roll, pitch and yaw [N, 3] of the rotation that the changes [T, 3] of each window make together."""
    rotations = to_matrices(angles, ROLL_PITCH_YAW)
    ends = np.append(starts[1:], len(angles))
    made = [_product(rotations[a:b], turning) for a, b in zip(starts, ends, strict=True)]
    return from_matrices(np.array(made), ROLL_PITCH_YAW)


def _product(rotations: np.ndarray, turning: Turning) -> np.ndarray:
    ordered = rotations if turning == "tool" else rotations[::-1]
    product: np.ndarray = reduce(np.matmul, ordered)
    return product
