"""The interface of a policy that can be served."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from vladata.consumer.policy.observation import Action, Observation


class Served(Protocol):
    """A policy that can be served.

    names:       the D dimensions of an action.
    state_names: the names of the numbers of the state that it needs; () if it needs no state.
    cameras:     the cameras that an observation must hold.
    frames:      K, the number of pictures of each camera.
    stride:      the number of steps from one of these pictures to the next.
    grippers:    the dimensions of an action in which 1 is open and 0 is closed."""

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def state_names(self) -> tuple[str, ...]: ...

    @property
    def cameras(self) -> tuple[str, ...]: ...

    @property
    def frames(self) -> int: ...

    @property
    def stride(self) -> int: ...

    @property
    def grippers(self) -> tuple[str, ...]: ...

    def check(self, observation: Observation) -> None:
        """Raise ContractMismatch or UsageError for an observation that does not fit."""

    def act_many(self, observations: Sequence[Observation]) -> list[Action]:
        """Return the next action for each observation."""

    def example(self) -> Observation:
        """Return an observation that fits the policy, to warm it up."""

    def told(self) -> Mapping[str, Any]:
        """Return the facts that robots must know, as a JSON object: action contract, image contract, state, instruction."""
