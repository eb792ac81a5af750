"""What a kind of task is: the words in braces that only it knows, its settings, and its wording where a recipe gives none.

A recipe's task is a kind, its prompts and its target. What stands in their braces is a *place*: a function of the steps of
one episode, all at once, to T texts. The places that every kind knows are in places.py; a kind adds those of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from vladata.actions.settings import Setting
from vladata.image_geometry import ImageGeometry


@dataclass(frozen=True, slots=True)
class Steps:
    """The T taken steps of one episode, as a task sees them, and the N samples for which it is to find words.

    episode:      the id of the episode, from which everything that is drawn is drawn.
    at:           int64 [N], the step of each sample: positions among the T, rising.
    samples:      int64 [N], which samples of the episode they are.
    columns:      the standardised columns (records.py), each of length T: action float32 [T, D], terminate bool [T], state
                  float32 [T, S], images/<camera>.
    numbers:      int64 [T], the RLDS step number of each, strictly rising.
    instructions: T texts, as the recipe normalises them.
    spell:        given `samples`, their actions as the codec's text.
    spell_state:  given positions among the T, the state there as the text of the recipe's `state`; None where it has none.
    robot:        what the numbers of actions and states are.
    annotations:  field ("plan", "box", "box@primary") -> T texts, "" where nothing is said.
    camera:       the schema's camera whose pictures places are in: that which the samples show first.
    unnamed:      the schema's camera that places are of whose annotation names none; "": of `camera`.
    placed:       given a camera and a position among the T, where the pixels of that picture go in the sample's;
                  None where it is no picture.
    failed:       whether something says that the episode did not succeed.
    """

    episode: str
    at: np.ndarray
    samples: np.ndarray
    columns: Mapping[str, Any]
    numbers: np.ndarray
    instructions: Sequence[str]
    spell: Callable[[np.ndarray], Sequence[str]]
    spell_state: Callable[[np.ndarray], Sequence[str]] | None = None
    robot: "Robot" = field(default_factory=lambda: Robot((), {}, ()))
    annotations: Mapping[str, Sequence[str]] = field(default_factory=dict)
    camera: str = ""
    unnamed: str = ""
    placed: Callable[[str, int], ImageGeometry | None] | None = None
    failed: bool = False

    def __len__(self) -> int:
        return len(self.at)

    def some(self, chosen: np.ndarray) -> "Steps":
        """The same steps, of which fewer samples are asked for. chosen: positions among the N."""
        return replace(self, at=self.at[chosen], samples=self.samples[chosen])


@dataclass(frozen=True, slots=True)
class Robot:
    """What the numbers of an episode are.

    actions:  the names of the D dimensions of an action.
    grippers: those of them that are a gripper -> what its numbers mean: open_absolute or closing_relative.
    states:   the names of the S dimensions of the state.
    """

    actions: tuple[str, ...]
    grippers: Mapping[str, str]
    states: tuple[str, ...]


Texts = Sequence[str | None]
"""N texts, one a sample; None where its step has nothing of the kind."""
Place = Callable[[Steps, Mapping[str, Any]], Texts]
"""What is put in for a word in braces, given the steps and the settings of the task."""


class Wording(Protocol):
    """A task as a recipe has it (spec/tasks.py: TaskRule)."""

    @property
    def prompts(self) -> tuple[str, ...]:
        """Templates, of which each step draws one."""

    @property
    def target(self) -> str:
        """A template."""

    def settings(self) -> dict[str, Any]:
        """The settings of the kind alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A kind of task.

    about:    a sentence for whoever writes a recipe.
    prompt, target: its templates where a recipe gives none; "" where it has to.
    needs:    the places that a target must hold.
    places:   those that only this kind knows; they may stand in its target, not in its prompt, which would give them away.
    settings: what a recipe may say of it, beside what it says of every task.
    misfit:   given the settings, the name of one that does not fit the others and what is wrong with it; ("", "") where all fit.
    frames:   how many frames its samples show, where they are not those of the window: 0, they are.
    shows:    those frames, int64 [N, frames]: positions among the T, that of the sample's step first, and none after it; -1 where
              there is none.
    """

    about: str
    prompt: str
    target: str
    needs: tuple[str, ...]
    places: Mapping[str, Place] = field(default_factory=dict)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    misfit: Callable[[Mapping[str, Any]], tuple[str, str]] | None = None
    frames: int = 0
    shows: Callable[[Steps, Mapping[str, Any]], np.ndarray] | None = None
