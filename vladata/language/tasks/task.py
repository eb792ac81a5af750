"""The declaration of a kind of task: its places, its settings, and its default wording.

A recipe's task is a kind, its prompts and its target. A word in braces is a *place*: a function from the steps of one episode
to N texts, one for each sample. The places that all kinds share are in places.py; a kind may add further ones.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from vladata.actions.settings import Setting
from vladata.image_geometry import ImageGeometry


@dataclass(frozen=True, slots=True)
class Steps:
    """The T taken steps of one episode, and the N samples for which a task makes texts.

    episode:      the id of the episode; all random draws depend on it.
    at:           the step of each sample, int64 [N]: positions among the T steps, rising.
    samples:      the numbers of the samples in the episode, int64 [N].
    columns:      the standardised columns (records.py), each of length T: action float32 [T, D], terminate bool [T], state
                  float32 [T, S], images/<camera>.
    numbers:      the RLDS step number of each step, int64 [T], strictly rising.
    instructions: T texts, as the recipe normalises them.
    spell:        a function from `samples` to the texts of their actions, by the recipe's codec.
    spell_state:  a function from positions among the T steps to the texts of their states, by the recipe's `state`; None if
                  the recipe has no `state`.
    robot:        the names of the dimensions of actions and states.
    annotations:  field ("plan", "box", "box@primary") -> T texts, "" without an annotation.
    camera:       the schema's camera in whose pictures points are given: the first that the samples show.
    unnamed:      the camera of points whose annotation names no camera; "" for `camera`.
    placed:       a function from a camera and a position among the T steps to the map from pixels of the recorded picture to
                  pixels of the sample's picture, None if there is no picture.
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
        """Return these steps with fewer samples. chosen: positions among the N samples."""
        return replace(self, at=self.at[chosen], samples=self.samples[chosen])


@dataclass(frozen=True, slots=True)
class Robot:
    """The names and meanings of the dimensions of actions and states.

    actions:  the names of the D dimensions of an action.
    grippers: name of a gripper's dimension -> its convention, open_absolute or closing_relative.
    states:   the names of the S dimensions of the state.
    """

    actions: tuple[str, ...]
    grippers: Mapping[str, str]
    states: tuple[str, ...]


Texts = Sequence[str | None]
"""N texts, one per sample; None for a step without such a text."""
Place = Callable[[Steps, Mapping[str, Any]], Texts]
"""A function from the steps and the settings of a task to the texts for a word in braces."""


class Wording(Protocol):
    """A task in a recipe (spec/tasks.py: TaskRule)."""

    @property
    def prompts(self) -> tuple[str, ...]:
        """The templates of prompts; each step draws one."""

    @property
    def target(self) -> str:
        """The template of targets."""

    def settings(self) -> dict[str, Any]:
        """Return the settings by which words in braces are replaced."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A kind of task.

    about:    a sentence for the author of a recipe.
    prompt, target: the default templates; "" if a recipe must give one.
    needs:    the places that a target must have. A prompt must not have them: they are the answer.
    places:   name -> place that only this kind has. Targets may use them, prompts may not.
    settings: the settings that a recipe may give, in addition to those of every task.
    misfit:   a function from the settings to the name of one that contradicts the others, and the reason; ("", "") if all fit.
    frames:   the number of frames that the samples show, if the kind chooses them; 0 for the frames of the window.
    shows:    the function that chooses these frames, int64 [N, frames]: positions among the T steps, the sample's own step
              first, no later steps; -1 in place of a missing frame.
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
