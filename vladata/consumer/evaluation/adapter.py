"""The interface of an environment for trials: one class of about a page.

The start of a trial depends only on suite, seed and number, not on the player or on earlier trials. One adapter is made for each
trial that runs at the same time.
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
    """An environment.

    success: True where the trial is over and was a success.   suites: the suites that are played by default.
    other_suites: suites that are played only where a config names them, for example to choose settings on.
    most_steps: most actions of a trial.   names: the D dimensions of an action.
    state_names: the numbers of the state in an observation; () where there is none."""

    success: bool
    suites: tuple[str, ...]
    other_suites: tuple[str, ...]
    most_steps: int
    names: tuple[str, ...]
    state_names: tuple[str, ...]

    def reset(self, suite: str, seed: int, trial: int) -> Observation:
        """Begin a trial."""

    def step(self, action: np.ndarray, terminate: bool) -> tuple[Observation, bool]:
        """Do an action, float32 [D]; return the next observation, and True where the trial is over."""

    def expert(self) -> tuple[np.ndarray, bool]:
        """Return the expert's action, float32 [D], and True where it would end the trial."""

    def random(self, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        """Return a random action, float32 [D], and True where it ends the trial."""

    def frame(self) -> np.ndarray:
        """Return a picture for films, uint8 [height, width, 3]."""


def adapter(name: str, settings: Mapping[str, Any]) -> Adapter:
    """Return a new environment. Raises UsageError for an unknown one, MissingExtra where its package is not installed."""
    place = SHIPPED.get(name, name)
    module, colon, attribute = place.partition(":")
    if not colon:
        allowed = f'{", ".join(SHIPPED)}, or "package.module:Class"'
        raise UsageError("unknown environment", got=name, allowed=allowed)
    try:
        found = import_module(module)
    except ModuleNotFoundError as fault:
        if name in SHIPPED:
            raise MissingExtra(
                f"environment {name} needs {fault.name}", hint='pip install "vladata[eval]"'
            ) from None
        hint = f"{fault}. To use a module in a folder of your own, add the folder to PYTHONPATH."
        raise UsageError("the environment cannot be imported", got=name, hint=hint) from None
    kind = getattr(found, attribute, None)
    if kind is None:
        raise UsageError("the module has no class of this name", where=module, got=attribute)
    try:
        signature(kind).bind(**settings)
    except TypeError as fault:
        raise UsageError("the environment does not take these settings", where=name, got=str(fault)) from None
    made: Adapter = kind(**settings)
    return made
