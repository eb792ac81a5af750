"""The choice among a task's prompts for a sample, in the first epoch and in later ones.

Epoch 0, and every epoch if prompts are kept, has the draw of the conversion, from the episode, the task and the step's number
(language/tasks/speak.py). Later epochs, if prompts are redrawn, use 64 bits of seed_of(seed, "prompts", epoch, task, key)
modulo the number of prompts, so a sample has the same prompt on any rank and after any resume.
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
    """A draw of prompts. redrawn: True to draw again in each epoch after the first."""

    seed: int
    redrawn: bool

    def __call__(self, samples: DrawableSamples, task: str, many: int, epoch: int) -> np.ndarray:
        """Return int64 [N]: the number of each sample's prompt in a task, 0 to many - 1."""
        if epoch and self.redrawn:
            words = [seed_of(self.seed, "prompts", epoch, task, key) for key in samples.texts("key")]
            return np.array([word % many for word in words], np.int64)
        return first_draw(samples.texts("episode"), samples.numbers("step"), task, many)


def first_draw(episodes: Sequence[str], steps: np.ndarray, task: str, many: int) -> np.ndarray:
    """Return int64 [N]: the number of each sample's prompt by the draw of the conversion, 0 to many - 1."""
    found = []
    for episode, step in zip(episodes, steps.tolist(), strict=True):
        word = int(stream_of(episode, task).advance(step).random_raw())
        found.append(word % many)
    return np.array(found, np.int64)
