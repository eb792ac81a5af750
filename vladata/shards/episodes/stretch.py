"""Steps of one episode that follow each other without a gap, written as an episode of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vladata.records import Place

INSTRUCTION = "language_instruction"
"""The text that every step has."""
PLAN = "plan"
"""The text of a schema's plan."""
NOTES = "annotations/"
"""The prefix of the name of a text from annotation tables."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that all stretches of an output have.

    cameras:  the names of the pictures, in order.
    action:   D, its dimensions; state: S, 0 without a state.
    texts:    the names of the texts of each step, the instruction first.
    numbers:  the names of the numbers of each step: "discount", and "reward" if there is one.
    metadata: values of the whole episode: path -> dtype as TFDS spells it, "string" for a text.
    """

    cameras: tuple[str, ...]
    action: int
    state: int
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stretch:
    """N steps that follow each other, and the moment after the last. A step may stand for several recorded steps.

    split, episode, place: the episode of the source, and the place of its record.
    piece:    the number of the stretch among the `pieces` of that episode, from 0.
    numbers:  int64 [N], the RLDS step numbers.
    action:   float32 [N, D]
    state:    float32 [N + 1, S]; the last row is the moment after the last action.
    images:   name -> N + 1 encoded pictures; the last one shows the moment after the last action.
    texts:    name -> N texts.
    values:   name -> float32 [N + 1].
    ended:    True if the episode ended with the last action.
    recorded: True if the moment after the last action was recorded; else the last step is repeated.
    metadata: path -> one text or number.
    """

    split: str
    episode: str
    place: Place
    piece: int
    pieces: int
    numbers: np.ndarray
    action: np.ndarray
    state: np.ndarray
    images: Mapping[str, Sequence[bytes]]
    texts: Mapping[str, Sequence[str]]
    values: Mapping[str, np.ndarray]
    ended: bool
    recorded: bool
    metadata: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.numbers)
