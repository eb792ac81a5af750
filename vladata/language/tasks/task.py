"""What a task is: a function of the windows of one episode, all at once, and of the recipe, to their prompts and targets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata.spec.recipe import RecipeSpec
from vladata.transforms.windows import Window


@dataclass(frozen=True, slots=True)
class Steps:
    """The T taken steps of one episode, as a task sees them, and the N windows over them, each of which is a sample.

    columns:      the standardised columns (records.py), each of length T: action float32 [T, D], terminate bool [T], state
                  float32 [T, S], images/<camera>.
    numbers:      int64 [T], the RLDS step number of each, strictly rising.
    instructions: T texts, as the recipe normalises them.
    spell:        the actions of each window as the codec's text, N of them; made when it is asked for.
    window:       at which step each window stands, and which frames and actions it has (vladata/transforms/windows.py).
    """

    columns: Mapping[str, Any]
    numbers: np.ndarray
    instructions: Sequence[str]
    spell: Callable[[], Sequence[str]]
    window: Window

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words of N samples, one a window."""

    prompts: Sequence[str]
    targets: Sequence[str]


@dataclass(frozen=True, slots=True)
class Task:
    """One task. spells_action: its targets spell the action, so that they decode to one; else its samples have no bins."""

    speak: Callable[[Steps, RecipeSpec], Spoken]
    spells_action: bool = False
