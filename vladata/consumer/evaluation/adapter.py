"""The interface of an environment for trials: a class of about one page.

The start of a trial depends only on suite, seed and number, not on the player or on earlier trials. Trials that run at the same
time have an adapter each.
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

    success:      True if the trial is over and was a success.
    suites:       the suites that are played by default.
    other_suites: suites that are played only if a config names them, for example to choose settings.
    most_steps:   most actions of a trial.
    names:        the names of the D dimensions of an action.
    state_names:  the names of the numbers of the state in an observation; () without a state."""

    success: bool
    suites: tuple[str, ...]
    other_suites: tuple[str, ...]
    most_steps: int
    names: tuple[str, ...]
    state_names: tuple[str, ...]

    def reset(self, suite: str, seed: int, trial: int) -> Observation:
        """Begin a trial, and return its first observation."""

    def step(self, action: np.ndarray, terminate: bool) -> tuple[Observation, bool]:
        """Do an action, float32 [D]. Return the next observation, and True if the trial is over."""

    def expert(self) -> tuple[np.ndarray, bool]:
        """Return the expert's action, float32 [D], and True if it would end the trial."""

    def random(self, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        """Return a random action, float32 [D], and True if it ends the trial."""

    def frame(self) -> np.ndarray:
        """Return a picture for films, uint8 [height, width, 3]."""


def adapter(name: str, settings: Mapping[str, Any]) -> Adapter:
    """Return a new environment. Raises UsageError for an unknown one, MissingExtra if its package is not installed."""
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
