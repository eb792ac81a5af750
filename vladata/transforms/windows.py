"""Windows over the taken steps of an episode: the frames that each shows, and the actions that it spells.

Of T = 6 steps, history 3, stride 2, chunk 3 (K = 3 frames, H = 3 actions):

    at   frames     rows       mask
    0    0 0 0      0 1 2      1 1 1      head repeat: the first frame in place of those before it
    ...
    4    4 2 0      4 5 5      1 1 0      tail repeat: the last action in place of those after it
    5    5 3 1      5 5 5      1 0 0

With head drop there are no windows at 0 to 3, with tail drop none at 4 and 5. A truncated tail has only the rows whose mask
is 1. `rlds.transformations.batch` with shift 1 over steps that are padded at both ends gives the same positions.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata.spec.windows import Head, Tail, Windows


@dataclass(frozen=True, slots=True)
class WindowRule:
    """The rule by which windows are made.

    history:    K frames.
    stride:     taken steps from one frame to the next.
    chunk:      H actions.
    head, tail: the treatment of missing frames and actions, as in the recipe's `windows` (vladata/spec/windows.py).
    """

    history: int = 1
    stride: int = 1
    head: Head = "repeat"
    chunk: int = 1
    tail: Tail = "drop"

    @property
    def contracted(self) -> dict[str, Any]:
        """The part of an action contract beside the codec's chunk_length."""
        return {name: getattr(self, name) for name in ("history", "stride", "head", "tail")}

    @property
    def steps_before(self) -> int:
        """The number of steps at the beginning of an episode that lack a frame."""
        return (self.history - 1) * self.stride


PLAIN = WindowRule()
"""One window for each step, of its frame and its action."""


@dataclass(frozen=True, slots=True)
class Window:
    """N windows of an episode of T taken steps, all at once; int64 positions among the steps, 0..T-1.

    at:     [N], the step of each window, rising.
    frames: [N, K], the frames that it shows, that of its step first.
    rows:   [N, H], the actions that it spells, in order of time; the last step is repeated where there is none.
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
        """int64 [N], the number of the H actions that are the episode's, at least 1."""
        counts: np.ndarray = self.mask.sum(axis=1)
        return counts


def rule_of(windows: Windows, frequency: float | None, schema: str) -> WindowRule:
    """Return the rule of a recipe's `windows` for taken steps at `frequency` (hertz); keys without effect have their defaults.

    Raises UsageError where stride_seconds is not close to whole steps (vladata/spec/windows.py).
    """
    frames = (windows.steps(frequency, schema), windows.head) if windows.history > 1 else (1, "repeat")
    return WindowRule(windows.history, *frames, windows.chunk, windows.tail if windows.chunk > 1 else "drop")


def without_window(taken: np.ndarray, rule: WindowRule) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of steps of each episode without a window: those that lack frames, and those that lack actions.

    A step that lacks both is counted as one that lacks frames. taken: T of each episode, integers of any shape.
    """
    head = np.minimum(taken, rule.steps_before if rule.head == "drop" else 0)
    tail = np.minimum(taken - head, rule.chunk - 1 if rule.tail == "drop" else 0)
    return head, tail


def windows(taken: int, rule: WindowRule) -> Window:
    """Return the windows of an episode of `taken` steps."""
    head, tail = without_window(np.array(taken), rule)
    at = np.arange(int(head), taken - int(tail), dtype=np.int64)
    frames = np.maximum(at[:, None] - rule.stride * np.arange(rule.history), 0)
    ahead = at[:, None] + np.arange(rule.chunk)
    return Window(at, frames, np.minimum(ahead, taken - 1), (ahead < taken).astype(np.int64))
