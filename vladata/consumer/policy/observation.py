"""The input and the output of a policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Observation:
    """One step of a robot, as a policy needs it.

    images:      camera, by its name in the samples ("primary") -> uint8 [height, width, 3], RGB; for policies with a history
                 [K, height, width, 3], the picture of the step itself first.
    instruction: the robot's instruction.
    state:       float [S], proprioception, in the units and the order of the dataset's schema; None where the policy needs none.
    id:          seeds the draws of a policy that draws its tokens: equal ids give equal draws, whatever else is in the batch.
    """

    images: Mapping[str, np.ndarray]
    instruction: str
    state: np.ndarray | None = None
    id: str = ""


@dataclass(frozen=True, eq=False)
class Action:
    """The answer of a policy.

    actions:   float32 [H, D], the next H actions in physical units, with the dimensions of `names`.
    terminate: True where the episode is to end with the first action.
    plan:      the plan that the model wrote before the action; "" where it writes none.
    names:     the names of the D dimensions.
    ends:      bool [H], True where the episode is to end with that action; the actions after it must not be done.
    texts:     task -> the text that the model wrote.   prompts: task -> its prompt.   tokens: task -> the ids of its text.
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
        """Return the answer as a JSON object."""
        return {
            "actions": self.actions.tolist(),
            "terminate": self.terminate,
            "plan": self.plan,
            "names": list(self.names),
            "texts": dict(self.texts),
        }
