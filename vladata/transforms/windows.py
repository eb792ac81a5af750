"""Windows over the taken steps of an episode: which frames each shows, and which actions it spells.

Of T = 6 steps, history 3, stride 2, chunk 3 (K = 3 frames, H = 3 actions):

    at   frames     rows       mask
    0    0 0 0      0 1 2      1 1 1      head repeat: the first frame stands for what is before it
    ...
    4    4 2 0      4 5 5      1 1 0      tail repeat: the last action stands for what is after it
    5    5 3 1      5 5 5      1 0 0

With head drop there are no windows at 0 to 3, with tail drop none at 4 and 5. A tail that is truncated has the rows whose mask
is 1. The same, step for step, as `rlds.transformations.batch` with shift 1 over steps that are padded at both ends.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata.spec.windows import Head, Tail, Windows


@dataclass(frozen=True, slots=True)
class WindowRule:
    """How windows are made. history: K frames.   stride: taken steps between two of them.   chunk: H actions.

    head, tail: what is done where frames or actions are missing, as the recipe's `windows` says it (vladata/spec/windows.py).
    """

    history: int = 1
    stride: int = 1
    head: Head = "repeat"
    chunk: int = 1
    tail: Tail = "drop"

    @property
    def contracted(self) -> dict[str, Any]:
        """What an action contract says of it beside the codec's chunk_length."""
        return {name: getattr(self, name) for name in ("history", "stride", "head", "tail")}

    @property
    def steps_before(self) -> int:
        """How many steps at the beginning of an episode lack a frame."""
        return (self.history - 1) * self.stride


PLAIN = WindowRule()
"""A window a step, of its frame and its action."""


@dataclass(frozen=True, slots=True)
class Window:
    """N windows of an episode of T taken steps, all at once; int64 positions among the steps, 0..T-1.

    at:     [N], the step of each, rising.
    frames: [N, K], the frames that it shows, that of its step first.
    rows:   [N, H], the actions that it spells, in order of time; the last step repeated where there is none.
    mask:   [N, H], 1 where an action is the episode's, 0 where the last one is repeated: ones, then zeros.
    """

    at: np.ndarray
    frames: np.ndarray
    rows: np.ndarray
    mask: np.ndarray

    def __len__(self) -> int:
        return len(self.at)

    @property
    def valid(self) -> np.ndarray:
        """int64 [N], how many of the H actions are the episode's, at least 1."""
        counts: np.ndarray = self.mask.sum(axis=1)
        return counts


def rule_of(windows: Windows, frequency: float | None, schema: str) -> WindowRule:
    """The rule that a recipe's `windows` makes of taken steps at `frequency`, hertz; what has no effect is as it is unsaid.

    Raises UsageError where stride_seconds is not close to whole steps (vladata/spec/windows.py).
    """
    frames = (windows.steps(frequency, schema), windows.head) if windows.history > 1 else (1, "repeat")
    return WindowRule(windows.history, *frames, windows.chunk, windows.tail if windows.chunk > 1 else "drop")


def without_window(taken: np.ndarray, rule: WindowRule) -> tuple[np.ndarray, np.ndarray]:
    """How many steps of each episode no window stands at: for want of frames, and for want of actions.

    A step that lacks both is counted as one that lacks frames. taken: T of each episode, integers of any shape.
    """
    head = np.minimum(taken, rule.steps_before if rule.head == "drop" else 0)
    tail = np.minimum(taken - head, rule.chunk - 1 if rule.tail == "drop" else 0)
    return head, tail


def windows(taken: int, rule: WindowRule) -> Window:
    """The windows of an episode of `taken` steps."""
    head, tail = without_window(np.array(taken), rule)
    at = np.arange(int(head), taken - int(tail), dtype=np.int64)
    frames = np.maximum(at[:, None] - rule.stride * np.arange(rule.history), 0)
    ahead = at[:, None] + np.arange(rule.chunk)
    return Window(at, frames, np.minimum(ahead, taken - 1), (ahead < taken).astype(np.int64))
