"""ECoT's words for the motion of an arm, by its rule: the first and the last of four consecutive states are compared.

    d            last - first, of x y z roll pitch yaw gripper, in metres and radians; an open gripper is 1
    x y z        scaled down so that |dx| + |dy| + |dz| is 3 t, if the sum is above 3 t
    rotations    divided by 10
    each         1 if above t, -1 if below -t, else 0; t = 0.03
    words        "move forward left up, tilt up, rotate clockwise, close gripper"; "stop" if all are 0

A roll counts as tilting, and so does a pitch if there is no roll. Near the end of an episode fewer than four states are
compared; the last step has the words of the step before it.

Source: MichalZawalski/embodied-CoT, scripts/generate_embodied_data/primitive_movements.py.
"""

from collections.abc import Sequence

import numpy as np

POSITION = ("x", "y", "z")
NAMES = (*POSITION, "roll", "pitch", "yaw", "gripper")
WINDOW, THRESHOLD = 4, 0.03
_MOVE = (("backward", "forward"), ("right", "left"), ("down", "up"))
_TILT, _TURN, _GRIPPER = (
    ("tilt down", "tilt up"),
    ("rotate clockwise", "rotate counterclockwise"),
    ("close gripper", "open gripper"),
)


def movements(states: np.ndarray, window: int = WINDOW, threshold: float = THRESHOLD) -> list[str]:
    """Return T texts. states: float [T, 7], columns as in NAMES; 0 in a column that the robot does not have.

    window:    the number of consecutive states of which the first and the last are compared.
    threshold: t of the rule above.
    """
    count = len(states)
    if count < 2:
        return ["stop"] * count
    values = np.asarray(states, np.float64)
    first = np.minimum(np.arange(count), count - 2)
    change = values[np.minimum(first + window - 1, count - 1)] - values[first]
    length = np.abs(change[:, :3]).sum(axis=1, keepdims=True)
    most = 3 * threshold
    change[:, :3] *= np.where(length > most, most / np.where(length > 0, length, 1), 1)
    change[:, 3:6] /= 10
    signs = (change > threshold).astype(int) - (change < -threshold)
    known: dict[tuple[int, ...], str] = {}
    return [known.setdefault(row, _words(row)) for row in map(tuple, signs.tolist())]


def _words(signs: Sequence[int]) -> str:
    """Return the words for the signs (-1, 0 or 1) of the seven changes."""
    moves = [_MOVE[i][signs[i] > 0] for i in range(3) if signs[i]]
    said = [f"move {' '.join(moves)}"] if moves else []
    for sign, words in ((signs[3] or signs[4], _TILT), (signs[5], _TURN), (signs[6], _GRIPPER)):
        if sign:
            said.append(words[sign > 0])
    return ", ".join(said) or "stop"
