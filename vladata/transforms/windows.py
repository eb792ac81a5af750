"""Windows over the taken steps of an episode: the frames that each shows, and the actions that it spells.

Of T = 6 steps, history 3, stride 2, chunk 3 (K = 3 frames, H = 3 actions):

    at   frames     rows       mask
    0    0 0 0      0 1 2      1 1 1      head repeat: the first frame in place of those before it
    ...
    4    4 2 0      4 5 5      1 1 0      tail repeat: the last action in place of those after it
    5    5 3 1      5 5 5      1 0 0

With head drop there are no windows at 0 to 3; with tail drop there are none at 4 and 5. With tail truncate only the rows whose
mask is 1 are spelled. `rlds.transformations.batch` with shift 1 over steps that are padded at both ends gives the same positions.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata.spec.windows import Head, Tail, Windows


@dataclass(frozen=True, slots=True)
class WindowRule:
    """The rule by which windows are made.

    history:    K, the number of frames, at least 1.
    stride:     the distance from one frame to the next, in taken steps, at least 1.
    chunk:      H, the number of actions, at least 1.
    head, tail: the treatment of missing frames and actions, as in the recipe's `windows` (vladata/spec/windows.py).
    """

    history: int = 1
    stride: int = 1
    head: Head = "repeat"
    chunk: int = 1
    tail: Tail = "drop"

    @property
    def contracted(self) -> dict[str, Any]:
        """The entries of an action contract that describe windows; chunk_length is an entry of the codec."""
        return {name: getattr(self, name) for name in ("history", "stride", "head", "tail")}

    @property
    def steps_before(self) -> int:
        """The number of steps at the beginning of an episode that lack a frame."""
        return (self.history - 1) * self.stride


PLAIN = WindowRule()
"""One window for each step, with one frame and one action."""


@dataclass(frozen=True, slots=True)
class Window:
    """N windows of an episode of T taken steps, as int64 arrays; steps are positions 0..T-1.

    at:     [N], the step of each window, rising.
    frames: [N, K], the steps of the frames that the window shows, its own step first.
    rows:   [N, H], the steps of the actions that the window spells, in order of time; after the end, the last step again.
    mask:   [N, H], 1 for an action of the episode, 0 for the last one repeated: ones, then zeros.
    """

    at: np.ndarray
    frames: np.ndarray
    rows: np.ndarray
    mask: np.ndarray

    def __len__(self) -> int:
        return len(self.at)

    @property
    def valid(self) -> np.ndarray:
        """The number of actions of each window that are not repeated ones, int64 [N], 1 to H."""
        counts: np.ndarray = self.mask.sum(axis=1)
        return counts


def rule_of(windows: Windows, frequency: float | None, schema: str) -> WindowRule:
    """Return the rule of a recipe's `windows`. frequency: taken steps per second. Keys without effect get their defaults.

    Raises UsageError where stride_seconds is not close to whole steps (vladata/spec/windows.py).
    """
    frames = (windows.steps(frequency, schema), windows.head) if windows.history > 1 else (1, "repeat")
    return WindowRule(windows.history, *frames, windows.chunk, windows.tail if windows.chunk > 1 else "drop")


def without_window(taken: np.ndarray, rule: WindowRule) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each episode, the number of steps without a window for lack of frames, and for lack of actions.

    A step that lacks both counts as lacking frames. taken: the number T of steps of each episode, integers of any shape.
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
