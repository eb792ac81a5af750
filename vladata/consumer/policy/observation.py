"""What goes into a policy and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Observation:
    """What a robot sees and is told.

    images:      camera, by the name that samples have ("primary") -> uint8 [height, width, 3], RGB; of policies with a history
                 [K, height, width, 3], the step's own picture first.
    instruction: what it is to do.
    state:       float [S], proprioception, in the units and the order of the dataset's schema; None where no question holds it.
    id:          by which a policy that draws its tokens draws: the same id, the same draws, whatever stands beside it in a batch.
    """

    images: Mapping[str, np.ndarray]
    instruction: str
    state: np.ndarray | None = None
    id: str = ""


@dataclass(frozen=True, eq=False)
class Action:
    """What a policy says.

    actions:   float32 [H, D], physical units, the next H actions; dimensions of `names`.
    terminate: whether the episode is to end with the first of them.
    plan:      what the model planned before it acted; "" where it plans nothing.
    names:     of the D dimensions.
    ends:      bool [H], whether the episode is to end with each; what comes behind such an action is not to be done.
    texts:     task -> the text that the model wrote.   prompts: task -> what it was asked.   tokens: task -> the ids of its text.
    """

    actions: np.ndarray
    terminate: bool
    plan: str
    names: tuple[str, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, list[int]] = field(default_factory=dict)
    ends: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))

    def spelled(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "actions": self.actions.tolist(),
            "terminate": self.terminate,
            "plan": self.plan,
            "names": list(self.names),
            "texts": dict(self.texts),
        }
