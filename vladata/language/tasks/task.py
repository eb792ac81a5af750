"""The declaration of a kind of task: its own words in braces, its settings, and its wording if a recipe gives none.

A recipe's task is a kind, its prompts and its target. A word in braces is a *place*: a function from the steps of one episode,
all at once, to T texts. The places of every kind are in places.py; a kind adds its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from vladata.actions.settings import Setting
from vladata.image_geometry import ImageGeometry


@dataclass(frozen=True, slots=True)
class Steps:
    """The T taken steps of one episode, as a task sees them, and the N samples for which it makes texts.

    episode:      the id of the episode; all random draws depend on it.
    at:           int64 [N], the step of each sample: positions among the T, rising.
    samples:      int64 [N], the numbers of the samples in the episode.
    columns:      the standardised columns (records.py), each of length T: action float32 [T, D], terminate bool [T], state
                  float32 [T, S], images/<camera>.
    numbers:      int64 [T], the RLDS step number of each, strictly rising.
    instructions: T texts, as the recipe normalises them.
    spell:        given `samples`, their actions as the codec's text.
    spell_state:  given positions among the T, the states there as texts of the recipe's `state`; None if it has no `state`.
    robot:        the names of the numbers of actions and states.
    annotations:  field ("plan", "box", "box@primary") -> T texts, "" without an annotation.
    camera:       the schema's camera to whose pictures places refer: the first that the samples show.
    unnamed:      the camera of places whose annotation does not name one; "" for `camera`.
    placed:       given a camera and a position among the T, the way of that picture's pixels into the sample's picture;
                  None if there is no picture.
    failed:       True if the data says that the episode did not succeed.
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
        """Return these steps with fewer samples. chosen: positions among the N."""
        return replace(self, at=self.at[chosen], samples=self.samples[chosen])


@dataclass(frozen=True, slots=True)
class Robot:
    """The names and meanings of the numbers of an episode.

    actions:  the names of the D dimensions of an action.
    grippers: name of each dimension that is a gripper -> its convention: open_absolute or closing_relative.
    states:   the names of the S dimensions of the state.
    """

    actions: tuple[str, ...]
    grippers: Mapping[str, str]
    states: tuple[str, ...]


Texts = Sequence[str | None]
"""N texts, one per sample; None for a step without such a text."""
Place = Callable[[Steps, Mapping[str, Any]], Texts]
"""The function that gives the texts for a word in braces, from the steps and the settings of the task."""


class Wording(Protocol):
    """A task as a recipe has it (spec/tasks.py: TaskRule)."""

    @property
    def prompts(self) -> tuple[str, ...]:
        """The templates of prompts; each step draws one."""

    @property
    def target(self) -> str:
        """The template of targets."""

    def settings(self) -> dict[str, Any]:
        """Return the settings that only this kind has."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A kind of task.

    about:    a sentence for the author of a recipe.
    prompt, target: its default templates; "" if a recipe must give one.
    needs:    the places that a target must hold.
    places:   its own places; they may be in its target, but not in its prompt, which would give the answer away.
    settings: the settings that a recipe may give, beside those of every task.
    misfit:   given the settings, the name of one that contradicts the others, and the reason; ("", "") if all fit.
    frames:   the number of frames that its samples show, if the kind chooses them; 0 for those of the window.
    shows:    the function that chooses those frames, int64 [N, frames]: positions among the T, that of the sample's step first,
              and none after it; -1 in place of a missing frame.
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
