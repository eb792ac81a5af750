"""The codecs of the actions and states of a recipe's samples, and their contract, from statistics.

A conversion measures the statistics (prepare.py); code that renders samples again takes them from a manifest.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from vladata.actions.codec import codec
from vladata.actions.codecs.table import CODECS
from vladata.actions.contract import contract
from vladata.actions.protocol import Codec
from vladata.actions.statistics import Statistics
from vladata.errors import UsageError
from vladata.robot.sources import frequency
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec
from vladata.transforms.windows import WindowRule


def learns(recipe: RecipeSpec) -> bool:
    """Return True if the codec of the recipe's actions can learn from chunks."""
    return hasattr(CODECS[recipe.action.codec], "fit")


def action_codec(
    spec: DatasetSpec,
    recipe: RecipeSpec,
    windows: WindowRule,
    statistics: Statistics,
    chunks: Iterable[np.ndarray] | None = None,
) -> Codec:
    """Return the codec of actions. chunks: the data for a codec that learns from chunks. Raises UsageError or CodecError."""
    rule = recipe.action
    if windows.tail != "drop" and not CODECS[rule.codec].maskable:
        raise UsageError(
            f"codec {rule.codec} cannot leave out the end of a chunk: the text of its first actions is not the beginning of "
            "the text of the whole chunk",
            where=f"recipe {recipe.name}, windows.tail",
            got=windows.tail,
            allowed="drop",
        )
    return codec(
        rule.codec,
        statistics,
        chunks=chunks,
        chunk=windows.chunk,
        shorter=windows.tail == "truncate",
        gripper=spec.chain(rule.chain).grippers,
        **rule.settings(),
    )


def state_codec(recipe: RecipeSpec, statistics: Statistics) -> Codec | None:
    """Return the codec of the state; None if no task spells it."""
    rule = recipe.state
    if rule is None:
        return None
    asked = rule.settings()
    if "terminate" in asked:
        asked["terminate"] = "none"  # a state ends nothing
    return codec(rule.codec, statistics, **asked)


def contract_of(
    spec: DatasetSpec,
    recipe: RecipeSpec,
    windows: WindowRule,
    spelling: Codec,
    state: Codec | None,
    every: int,
    images: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the action contract of a recipe's samples. images: the result of `image_contract`."""
    chain = recipe.action.chain
    return contract(
        spelling,
        chain=chain or spec.actions.default,
        images=images,
        rotations=rotations(spec, chain),
        windows=windows.contracted,
        state=state,
        every=every,
        control_frequency_hz=frequency(spec, every),
    )


def rotations(spec: DatasetSpec, chain: str | None) -> dict[str, str | None]:
    """Return the form of rotations in "action" and in "state" for the contract; None without rotations."""
    return {"action": spec.chain(chain).turned, "state": spec.state.rotation if spec.state else None}
