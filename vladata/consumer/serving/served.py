"""What a server asks of a policy, and what it says of it to robots."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from vladata.consumer.policy.observation import Action, Observation


class Served(Protocol):
    """A policy. names, state_names: of the D dimensions of an action, and of the state that it is told, () for none.

    cameras: that an observation shows.   frames: K of each.   stride: steps from one of them to the next.
    grippers: those dimensions of an action of which 1 is open and 0 is closed."""

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
        """The next action for each."""

    def example(self) -> Observation:
        """An observation that fits, to begin with."""

    def told(self) -> Mapping[str, Any]:
        """What robots are to know, as JSON has it: action and image contract, state, instruction."""
