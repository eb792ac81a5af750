"""The choice among a task's prompts for a sample, in the first epoch and in later ones.

Epoch 0, and every epoch where prompts are kept, has the draw of the conversion, from the episode, the task and the step's number
(language/tasks/speak.py). Later epochs, where prompts are redrawn, use 64 bits of seed_of(seed, "prompts", epoch, task, key)
modulo the number of prompts, so a sample has the same prompt whatever rank loads it and after any resume.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vladata.keys import seed_of
from vladata.language.tasks.speak import stream_of


class DrawableSamples(Protocol):
    """Samples for which prompts are drawn."""

    def texts(self, name: str) -> Sequence[str]:
        """Return a column of texts: "episode" or "key"."""

    def numbers(self, name: str) -> np.ndarray:
        """Return a column of numbers: "step"."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw of prompts. redrawn: True to draw anew in each epoch after the first."""

    seed: int
    redrawn: bool

    def __call__(self, samples: DrawableSamples, task: str, many: int, epoch: int) -> np.ndarray:
        """Return int64 [N]: the number, below `many`, of each sample's prompt of a task."""
        if epoch and self.redrawn:
            words = [seed_of(self.seed, "prompts", epoch, task, key) for key in samples.texts("key")]
            return np.array([word % many for word in words], np.int64)
        return first_draw(samples.texts("episode"), samples.numbers("step"), task, many)


def first_draw(episodes: Sequence[str], steps: np.ndarray, task: str, many: int) -> np.ndarray:
    """Return int64 [N]: the draw of the conversion."""
    found = []
    for episode, step in zip(episodes, steps.tolist(), strict=True):
        word = int(stream_of(episode, task).advance(step).random_raw())
        found.append(word % many)
    return np.array(found, np.int64)
