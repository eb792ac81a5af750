"""Select: the choice of episodes and steps of a dataset, the `select` of a recipe.

    select:
      instruction: {keep: "pick|place", drop: drawer}
      success: true
      length: {min: 10, max: 500}
      idle: {longest: 7}
      hz: 5

All of it is decided from the index, before a byte is converted, and counted in the ledger. Statistics are of the steps that
are taken.
"""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from vladata.errors import UsageError
from vladata.spec.strict import Strict, says
from vladata.spec.together import Problem, check

CLOSE = 1e-3  # of a factor to a whole number


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as fault:
        raise says(f"is not a regular expression: {fault}") from None
    return text


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
"""A regular expression that is searched for in the text (re.search). Case matters; (?i) at its beginning ignores it."""


class InstructionTest(Strict):
    """The instructions that are taken. Each step is judged by its own instruction, as corrected by an errata, before the recipe
    normalises it."""

    keep: Pattern | None = None
    """The pattern that must be found in the instruction."""
    drop: Pattern | None = None
    """The pattern that must not be found in the instruction."""

    @check
    def _asks_something(self) -> Iterator[Problem]:
        if self.keep is None and self.drop is None:
            yield (), "has no condition; give keep or drop"


class Length(Strict):
    """The lengths of episodes that are taken, in steps as they were recorded."""

    min: Annotated[int, Field(ge=1)] | None = None
    """The fewest steps."""
    max: Annotated[int, Field(ge=1)] | None = None
    """The most steps."""

    @check
    def _in_order(self) -> Iterator[Problem]:
        if self.min is None and self.max is None:
            yield (), "has no condition; give min or max"
        if self.min is not None and self.max is not None and self.max < self.min:
            yield ("max",), f"got {self.max}; allowed: {self.min} (min) or more"


class Idle(Strict):
    """Stretches without motion, which are removed whole.

    A step is idle when no change (dx, droll, dj0) is larger than `still`, no other dimension differs by more than
    `still` from the step before, and no gripper by more than `gripper`; a relative gripper is idle at 0.
    """

    longest: int = Field(default=7, ge=0)
    """The longest stretch of idle steps that is kept."""
    still: float = Field(default=1e-3, ge=0)
    """The largest change that counts as no motion, in the units of the action: metres and radians a step."""
    gripper: float = Field(default=0.01, ge=0)
    """The largest change that counts as no motion of a gripper, whose opening is 0 to 1."""
    shortest: int = Field(default=1, ge=1)
    """The fewest moving steps in a row that are kept between two idle stretches; fewer are removed as well."""


class Select(Strict):
    """The choice of episodes and steps; a key that is left out sets no condition."""

    instruction: InstructionTest | None = None
    """Conditions on the instruction."""
    success: bool | None = None
    """true: episodes that succeeded. false: episodes that failed. The schema's `success` tells them apart."""
    length: Length | None = None
    """Conditions on the length of the episode."""
    idle: Idle | None = None
    """Remove stretches in which nothing moves."""
    every: int | None = Field(default=None, ge=2, le=1_000_000)
    """Every n-th step is taken, from the first, n being this number. Changes are added up over the steps between; other values
    are those of the step."""
    hz: float | None = Field(default=None, gt=0, le=10_000)
    """The wanted control frequency, in place of `every`: the schema's frequency divided by a whole number."""

    @check
    def _one_rate(self) -> Iterator[Problem]:
        if self.every is not None and self.hz is not None:
            yield ("hz",), "is not used together with every; give one of them"

    def factor(self, frequency: float | None, schema: str) -> int:
        """Return n where every n-th step of data at `frequency` (hertz) is taken.

        Raises UsageError where `frequency` is not a whole multiple of hz.
        """
        if self.hz is None:
            return self.every or 1
        if frequency is None:
            raise UsageError(
                f"the control frequency of {schema} is not established",
                where="select.hz",
                got=f"{self.hz:g}",
                hint="Give select.every instead: n takes every n-th step.",
            )
        factor = max(1, round(frequency / self.hz))
        if abs(frequency / self.hz - factor) > CLOSE * factor:
            rates = sorted({max(1, factor - 1), factor, factor + 1})
            raise UsageError(
                f"{schema} has {frequency:g} steps a second, which is not a whole multiple of {self.hz:g}",
                where="select.hz",
                got=f"{self.hz:g}",
                allowed=", ".join(f"{frequency / rate:.4g} (every: {rate})" for rate in rates),
            )
        return factor


EVERYTHING = Select()
"""All episodes, all steps."""
