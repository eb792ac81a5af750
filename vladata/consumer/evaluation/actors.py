"""Who plays: a policy of ours, the environment's expert, or chance. All answer for many trials at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

import numpy as np

import vladata
from vladata.consumer.evaluation.adapter import Adapter
from vladata.consumer.evaluation.trials import Trial
from vladata.consumer.policy.observation import Action, Observation
from vladata.errors import ContractMismatch, MissingExtra
from vladata.keys import seed_of

ADDRESSES = ("ws://", "wss://")

if TYPE_CHECKING:
    from vladata.consumer.policy.policy import Policy


@dataclass(frozen=True)
class Seat:
    """A trial under way, as an actor is told of it. step: actions so far."""

    trial: Trial
    world: Adapter
    seen: Observation
    step: int


class Actor(Protocol):
    """Who plays."""

    def act(self, seats: Sequence[Seat]) -> list[Action]:
        """What is done next in each trial."""

    def close(self) -> None:
        """Give back what it holds."""


class Holding:
    """Holds nothing that has to be given back."""

    def close(self) -> None:
        """Nothing is to be done."""


@dataclass(frozen=True)
class Learnt(Holding):
    """A policy of a checkpoint."""

    policy: "Policy"

    def act(self, seats: Sequence[Seat]) -> list[Action]:
        """All trials are asked together."""
        return self.policy.act_many([seat.seen for seat in seats])


class Expert(Holding):
    """Who knows the world."""

    def act(self, seats: Sequence[Seat]) -> list[Action]:
        """What each world's expert does."""
        return [_action(*seat.world.expert(), seat.world.names) for seat in seats]


class Random(Holding):
    """Chance, the same for a trial and step whoever else plays."""

    def act(self, seats: Sequence[Seat]) -> list[Action]:
        """What chance does in each."""
        found = []
        for seat in seats:
            trial = seat.trial
            seed = seed_of(trial.seed, "random", trial.suite, trial.number, seat.step)
            found.append(_action(*seat.world.random(np.random.default_rng(seed)), seat.world.names))
        return found


def actor(checkpoint: str, dataset: str | None, world: Adapter, device: str) -> Actor:
    """Who plays in a world.

    Raises ContractMismatch where a policy's actions or state are others, MissingExtra where torch is not installed."""
    if checkpoint in OWN:
        return OWN[checkpoint]()
    if is_address(checkpoint):
        return _remote(checkpoint, world)
    if find_spec("torch") is None:
        raise MissingExtra("policies of checkpoints need torch", hint='pip install "vladata[train]"')
    policy = vladata.policy(checkpoint, device=device, dataset=dataset)
    _check_fits(policy.names, policy.state_names, world, checkpoint)
    return Learnt(policy)


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
    """Return whether the name of a checkpoint is the address of a policy server."""
    return checkpoint.startswith(ADDRESSES)


OWN: dict[str, type[Expert] | type[Random]] = {"expert": Expert, "random": Random}
"""What a policy may be instead of a checkpoint: one of the environment's own."""


def _check_fits(names: tuple[str, ...], state_names: tuple[str, ...], world: Adapter, where: str) -> None:
    _alike("the actions of the policy are others than those of the environment", names, world.names, where)
    if state_names:
        what = "the policy is told another state than the environment gives"
        _alike(what, state_names, world.state_names, where)


def _alike(what: str, ours: tuple[str, ...], theirs: tuple[str, ...], where: str) -> None:
    if ours != tuple(theirs):
        told = [", ".join(names) or "none" for names in (ours, theirs)]
        raise ContractMismatch(what, where=where, got=told[0], allowed=told[1])


def _action(action: np.ndarray, ends: bool, names: tuple[str, ...]) -> Action:
    return Action(np.asarray(action, np.float32)[None], ends, "", names)
