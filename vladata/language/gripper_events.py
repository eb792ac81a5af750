"""The next event of a gripper: "close gripper in 3 steps", "open left gripper now".

An event is a step whose action changes the gripper's command: with open_absolute the step in which the number crosses 0.5, with
closing_relative the step in which the gripper begins to close (above 0) or to open (below 0). The next event of a step is in its
own action or in a later one; with two grippers, it is the earlier of their next events.
"""

from collections.abc import Mapping, Sequence

import numpy as np

NONE = "keep gripper"


def next_events(actions: np.ndarray, names: Sequence[str], grippers: Mapping[str, str]) -> list[str]:
    """Return T texts, one per step. actions: float [T, D]; names: of the D dimensions; grippers: name -> convention."""
    count = len(actions)
    best, words = np.full(count, count), [""] * count
    for name, meaning in grippers.items():
        doing = _doing(np.asarray(actions)[:, list(names).index(name)], meaning)
        of = name.replace("_", " ")
        following = count
        for step in range(count - 1, -1, -1):
            if doing[step]:
                following = step
            if following < count and following - step < best[step]:
                best[step] = following - step
                words[step] = f"{'close' if doing[following] > 0 else 'open'} {of}"
    return [f"{text} {_when(int(steps))}" if text else NONE for text, steps in zip(words, best, strict=True)]


def _doing(values: np.ndarray, meaning: str) -> np.ndarray:
    """Return int64 [T]: 1 where the gripper begins to close, -1 where it begins to open, else 0."""
    if meaning == "open_absolute":
        closed = (values <= 0.5).astype(int)
        return np.diff(closed, prepend=closed[:1])
    sign = np.sign(values).astype(int)
    before = np.concatenate([[0], sign[:-1]])
    began: np.ndarray = np.where(sign != before, sign, 0)
    return began


def _when(steps: int) -> str:
    return "now" if not steps else f"in {steps} step" + "s" * (steps > 1)
