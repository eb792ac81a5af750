"""ECoT's words for the motion of an arm, by its rule: the first and the last of four consecutive states are compared.

    d            last - first, of x y z roll pitch yaw gripper, metres and radians, the gripper 1 where it is open
    x y z        if |dx| + |dy| + |dz| is over 3 t, they are scaled down so that the sum is 3 t
    rotations    divided by 10
    each         1 where over t, -1 where under -t, else 0; t = 0.03
    words        "move forward left up, tilt up, rotate clockwise, close gripper"; "stop" if all are 0

A roll counts as tilting, and so does a pitch if there is no roll. Near the end of an episode there are fewer than four states;
the last step has the words of the one before it.

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
    """Return T texts. states: float [T, 7], of NAMES; all 0 in a column that a robot does not have."""
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
    """Return the words of seven signs."""
    moves = [_MOVE[i][signs[i] > 0] for i in range(3) if signs[i]]
    said = [f"move {' '.join(moves)}"] if moves else []
    for sign, words in ((signs[3] or signs[4], _TILT), (signs[5], _TURN), (signs[6], _GRIPPER)):
        if sign:
            said.append(words[sign > 0])
    return ", ".join(said) or "stop"
