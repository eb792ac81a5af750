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
    state:       float [S], proprioception, in the units and the order of the dataset's schema; None if the policy needs none.
    id:          the seed of a policy that draws its tokens: equal ids give equal draws in any batch.
    """

    images: Mapping[str, np.ndarray]
    instruction: str
    state: np.ndarray | None = None
    id: str = ""


@dataclass(frozen=True, eq=False)
class Action:
    """The answer of a policy.

    actions:   float32 [H, D], the next H actions in physical units, with the dimensions of `names`.
    terminate: True if the episode must end with the first action.
    plan:      the plan that the model wrote before the action; "" if it writes no plan.
    names:     the names of the D dimensions.
    ends:      bool [H], True where the episode must end with that action; the actions after it must not be done.
    texts:     task -> the text that the model wrote.
    prompts:   task -> the prompt that the model got.
    tokens:    task -> the ids of the text that the model wrote.
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
