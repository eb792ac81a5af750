"""Select: which episodes and steps of a dataset are taken, the `select` of a recipe.

    select:
      instruction: {keep: "pick|place", drop: drawer}
      success: true
      length: {min: 10, max: 500}
      idle: {longest: 7}
      hz: 5

All of it is decided from the index, before a byte is converted, and counted in the ledger; statistics are those of what is
taken.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from vladata.errors import UsageError
from vladata.spec.strict import Strict, says, says_all

CLOSE = 1e-3  # of a factor to a whole number


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as fault:
        raise says(f"is no regular expression: {fault}") from None
    return text


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
"""A regular expression, which counts where it is found (re.search). Small and capital letters differ; (?i) makes them one."""


class InstructionTest(Strict):
    """The instructions that are taken. A step goes by its own, as corrected by an errata, before a recipe normalises it."""

    keep: Pattern | None = None
    """What must be found in it."""
    drop: Pattern | None = None
    """What must not be found in it."""

    @model_validator(mode="after")
    def _asks_something(self) -> "InstructionTest":
        if self.keep is None and self.drop is None:
            raise says("asks nothing; give keep or drop")
        return self


class Length(Strict):
    """The lengths of episodes that are taken, in steps as they were recorded."""

    min: Annotated[int, Field(ge=1)] | None = None
    """The fewest steps."""
    max: Annotated[int, Field(ge=1)] | None = None
    """The most steps."""

    @model_validator(mode="after")
    def _in_order(self) -> "Length":
        if self.min is None and self.max is None:
            raise says("asks nothing; give min or max")
        if self.min is not None and self.max is not None and self.max < self.min:
            says_all([(("max",), f"got {self.max}; allowed: not less than min, {self.min}")])
        return self


class Idle(Strict):
    """Stretches without motion, which are taken out whole.

    A step is idle when no change (dx, droll, dj0) is larger than `still`, no other dimension differs by more than
    `still` from the step before, and no gripper by more than `gripper`; a relative gripper is idle at 0.
    """

    longest: int = Field(default=7, ge=0)
    """The most idle steps in a row that stay."""
    still: float = Field(default=1e-3, ge=0)
    """What counts as no motion, in the units of the action: metres and radians a step."""
    gripper: float = Field(default=0.01, ge=0)
    """What counts as no motion of a gripper, which opens from 0 to 1."""
    shortest: int = Field(default=1, ge=1)
    """The fewest steps in a row that stay between the stretches; fewer go too."""


class Select(Strict):
    """Which episodes and steps are taken; what is left out asks nothing."""

    instruction: InstructionTest | None = None
    """By their instruction."""
    success: bool | None = None
    """Episodes that succeeded, or those that failed, as the schema's `success` tells them apart."""
    length: Length | None = None
    """By the length of the episode."""
    idle: Idle | None = None
    """Without the stretches in which nothing moves."""
    every: int | None = Field(default=None, ge=2, le=1_000_000)
    """Every how manieth step is taken, from the first: changes are added up over the steps between, others are those of
    the step."""
    hz: float | None = Field(default=None, gt=0, le=10_000)
    """The same, by the control frequency that is wanted: the schema's, divided by a whole number."""

    @model_validator(mode="after")
    def _one_rate(self) -> "Select":
        if self.every is not None and self.hz is not None:
            says_all([(("hz",), "is not used together with every; give one of them")])
        return self

    def factor(self, frequency: float | None, schema: str) -> int:
        """Every how manieth step is taken of data at `frequency`, hertz. UsageError where hz is no whole part of it."""
        if self.hz is None:
            return self.every or 1
        if frequency is None:
            raise UsageError(
                f"the control frequency of {schema} is not established",
                where="select.hz",
                got=f"{self.hz:g}",
                hint="Say every how manieth step is wanted: select.every.",
            )
        factor = max(1, round(frequency / self.hz))
        if abs(frequency / self.hz - factor) > CLOSE * factor:
            rates = sorted({max(1, factor - 1), factor, factor + 1})
            raise UsageError(
                f"{schema} has {frequency:g} steps a second, which {self.hz:g} does not divide",
                where="select.hz",
                got=f"{self.hz:g}",
                allowed=", ".join(f"{frequency / rate:.4g} (every: {rate})" for rate in rates),
            )
        return factor


EVERYTHING = Select()
"""All episodes, all steps."""
