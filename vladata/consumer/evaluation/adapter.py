"""What an environment has to be for trials: one class, a page.

A trial is a pure function of suite, seed and number: whoever plays, and whatever was played before, it begins alike. An adapter
is made once for each trial that runs, and reset for the next.
"""

from collections.abc import Mapping
from importlib import import_module
from inspect import signature
from typing import Any, Protocol

import numpy as np

from vladata.consumer.policy.observation import Observation
from vladata.errors import MissingExtra, UsageError

SHIPPED = {
    "tabletop": "vladata.consumer.evaluation.adapters.tabletop:Tabletop",
    "babyai": "vladata.consumer.evaluation.adapters.babyai:BabyAI",
    "metaworld": "vladata.consumer.evaluation.adapters.metaworld:MetaWorld",
}


class Adapter(Protocol):
    """An environment. success: whether the trial, once it is over, was one.   suites: what is played where nothing else is asked.

    other_suites: those that are played where they are asked for by name, to choose settings by.
    state_names: of the state that an observation gives; () where it gives none.
    most_steps: actions after which a trial is over at the latest.   names: of the D dimensions of an action."""

    success: bool
    suites: tuple[str, ...]
    other_suites: tuple[str, ...]
    most_steps: int
    names: tuple[str, ...]
    state_names: tuple[str, ...]

    def reset(self, suite: str, seed: int, trial: int) -> Observation:
        """Begin a trial."""

    def step(self, action: np.ndarray, terminate: bool) -> tuple[Observation, bool]:
        """Do an action, float32 [D]; returns what is seen then, and whether the trial is over."""

    def expert(self) -> tuple[np.ndarray, bool]:
        """What one who knows the world would do: an action and whether to end."""

    def random(self, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        """An action of chance."""

    def frame(self) -> np.ndarray:
        """uint8 [height, width, 3], for films."""


def adapter(name: str, settings: Mapping[str, Any]) -> Adapter:
    """A new environment. Raises UsageError for one that there is not, MissingExtra where its package is not installed."""
    place = SHIPPED.get(name, name)
    module, colon, attribute = place.partition(":")
    if not colon:
        allowed = f'{", ".join(SHIPPED)}, or "package.module:Class"'
        raise UsageError("there is no such environment", got=name, allowed=allowed)
    try:
        found = import_module(module)
    except ModuleNotFoundError as fault:
        if name in SHIPPED:
            raise MissingExtra(
                f"environment {name} needs {fault.name}", hint='pip install "vladata[eval]"'
            ) from None
        hint = f"{fault}. A module in a folder of your own is found where PYTHONPATH names the folder."
        raise UsageError("the environment cannot be imported", got=name, hint=hint) from None
    kind = getattr(found, attribute, None)
    if kind is None:
        raise UsageError("the module has no such environment", where=module, got=attribute)
    try:
        signature(kind).bind(**settings)
    except TypeError as fault:
        raise UsageError("the environment takes no such settings", where=name, got=str(fault)) from None
    made: Adapter = kind(**settings)
    return made
