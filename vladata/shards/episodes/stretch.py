"""Steps of one episode that follow each other without a hole: what is written as an episode of its own."""

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
"""In front of the name of a text that annotation tables give."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What all stretches of an output have, beside the action.

    cameras:  the names of their pictures, in order.
    action:   D, its dimensions; state: S, 0 where there is none.
    texts:    of each step, the instruction first.
    numbers:  of each step, "reward" and "discount" among them.
    metadata: of the whole episode: path -> dtype as TFDS spells it, "string" of a text.
    """

    cameras: tuple[str, ...]
    action: int
    state: int
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stretch:
    """N steps, each the RLDS step after the one before it (or as many later as one stands for), and the moment after them.

    split, episode, place: which episode they are of, and where its record lies.
    piece:    its number among the stretches of that episode, from 0, of `pieces`.
    numbers:  int64 [N], their RLDS step numbers.
    action:   float32 [N, D]
    state:    float32 [N + 1, S]; the last is of the moment after the last action.
    images:   name -> N + 1 encoded pictures, the last likewise.
    texts:    name -> N texts.
    values:   name -> float32 [N + 1].
    ended:    whether the episode has ended with the last of them.
    recorded: whether the moment after the last action was recorded; else the last step is there again.
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
