"""The players: a vladata policy, the environment's expert, or random actions. Each call answers for many trials."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

import numpy as np

import vladata
from vladata.consumer.evaluation.adapter import Adapter
from vladata.consumer.evaluation.trials import TrialId
from vladata.consumer.policy.observation import Action, Observation
from vladata.errors import ContractMismatch, MissingExtra
from vladata.keys import seed_of

ADDRESSES = ("ws://", "wss://")

if TYPE_CHECKING:
    from vladata.consumer.policy.policy import Policy


@dataclass(frozen=True)
class Seat:
    """A trial in progress, as an actor sees it. seen: the last observation.   step: the number of actions so far."""

    trial: TrialId
    world: Adapter
    seen: Observation
    step: int


class Actor(Protocol):
    """A player."""

    def act(self, seats: Sequence[Seat]) -> list[Action]:
        """Return the next action of each trial."""

    def close(self) -> None:
        """Release connections and other resources."""


class WithoutResources:
    """A player that has nothing to release."""

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class CheckpointActor(WithoutResources):
    """A checkpoint's policy as a player."""

    policy: "Policy"

    def act(self, seats: Sequence[Seat]) -> list[Action]:
        """Return the policy's actions for all trials, computed in one batch."""
        return self.policy.act_many([seat.seen for seat in seats])


class Expert(WithoutResources):
    """The environment's expert, which knows its full state."""

    def act(self, seats: Sequence[Seat]) -> list[Action]:
        """Return the action of each world's expert."""
        return [_action(*seat.world.expert(), seat.world.names) for seat in seats]


class Random(WithoutResources):
    """A player with random actions, which depend only on the trial and the step."""

    def act(self, seats: Sequence[Seat]) -> list[Action]:
        """Return a random action for each trial."""
        found = []
        for seat in seats:
            trial = seat.trial
            seed = seed_of(trial.seed, "random", trial.suite, trial.number, seat.step)
            found.append(_action(*seat.world.random(np.random.default_rng(seed)), seat.world.names))
        return found


def actor(checkpoint: str, dataset: str | None, world: Adapter, device: str) -> Actor:
    """Return the player for a checkpoint, a server's address, "expert" or "random".

    Raises ContractMismatch if the policy's actions or state are not the environment's, MissingExtra without torch."""
    if checkpoint in OWN:
        return OWN[checkpoint]()
    if is_address(checkpoint):
        return _remote(checkpoint, world)
    if find_spec("torch") is None:
        raise MissingExtra("policies of checkpoints need torch", hint='pip install "vladata[train]"')
    policy = vladata.policy(checkpoint, device=device, dataset=dataset)
    _check_fits(policy.names, policy.state_names, world, checkpoint)
    return CheckpointActor(policy)


def _remote(url: str, world: Adapter) -> Actor:
    from vladata.consumer.evaluation.remote import Remote

    made = Remote(url)
    try:
        _check_fits(tuple(made.contract["names"]), tuple(made.contract["state_names"]), world, url)
    except ContractMismatch:
        made.close()
        raise
    return made


def is_address(checkpoint: str) -> bool:
    """Return True if the name of a checkpoint is the address of a policy server."""
    return checkpoint.startswith(ADDRESSES)


OWN: dict[str, type[Expert] | type[Random]] = {"expert": Expert, "random": Random}
"""Players of the environment itself, by the names that a config may give instead of a checkpoint."""


def _check_fits(names: tuple[str, ...], state_names: tuple[str, ...], world: Adapter, where: str) -> None:
    _check_equal("the policy's actions are not the environment's", names, world.names, where)
    if state_names:
        what = "the policy needs another state than the environment gives"
        _check_equal(what, state_names, world.state_names, where)


def _check_equal(what: str, ours: tuple[str, ...], theirs: tuple[str, ...], where: str) -> None:
    if ours != tuple(theirs):
        told = [", ".join(names) or "none" for names in (ours, theirs)]
        raise ContractMismatch(what, where=where, got=told[0], allowed=told[1])


def _action(action: np.ndarray, ends: bool, names: tuple[str, ...]) -> Action:
    return Action(np.asarray(action, np.float32)[None], ends, "", names)
