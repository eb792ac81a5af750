"""Select: the choice of episodes and steps of a dataset, the `select` of a recipe.

    select:
      instruction: {keep: "pick|place", drop: drawer}
      success: true
      length: {min: 10, max: 500}
      idle: {longest: 7}
      hz: 5

The choice is made from the index, before anything is converted, and the ledger counts what is removed. Statistics are of the
steps that are taken.
"""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from vladata.errors import UsageError
from vladata.spec.strict import Strict, says
from vladata.spec.together import Problem, check

CLOSE = 1e-3  # the largest difference of a factor from a whole number


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as fault:
        raise says(f"is not a regular expression: {fault}") from None
    return text


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
"""A regular expression that is searched for in the text (re.search). Case matters; (?i) at its beginning ignores it."""


class InstructionTest(Strict):
    """The instructions that are taken. Each step is judged by its own instruction, after the corrections of an errata file and
    before the recipe normalises it."""

    keep: Pattern | None = None
    """The pattern that must be found in the instruction."""
    drop: Pattern | None = None
    """The pattern that must not be found in the instruction."""

    @check
    def _asks_something(self) -> Iterator[Problem]:
        if self.keep is None and self.drop is None:
            yield (), "has no condition; give keep or drop"


class Length(Strict):
    """The lengths of episodes that are taken, in recorded steps."""

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
    """Stretches without motion that are longer than `longest`; all their steps are removed.

    A step is idle when no change (dx, droll, dj0) is larger than `still`, no other dimension differs from the step before by
    more than `still`, and no gripper by more than `gripper`; a relative gripper is idle at 0.
    """

    longest: int = Field(default=7, ge=0)
    """The longest stretch that is kept, in steps."""
    still: float = Field(default=1e-3, ge=0)
    """The largest change that counts as no motion, in the units of the action: metres and radians a step."""
    gripper: float = Field(default=0.01, ge=0)
    """The largest change of a gripper's opening (0 to 1) that counts as no motion."""
    shortest: int = Field(default=1, ge=1)
    """The fewest moving steps in a row that are kept between two idle stretches; fewer are removed, too."""


class Select(Strict):
    """The choice of episodes and steps; a key that is left out sets no condition."""

    instruction: InstructionTest | None = None
    """Conditions on the instruction."""
    success: bool | None = None
    """true: episodes that succeeded. false: episodes that failed. The schema's `success` tells them apart."""
    length: Length | None = None
    """Conditions on the length of the episode."""
    idle: Idle | None = None
    """Removal of stretches in which nothing moves."""
    every: int | None = Field(default=None, ge=2, le=1_000_000)
    """The n of "every n-th step is taken", from the first step on. Changes are summed over the steps in between; other values are
    those of the taken step."""
    hz: float | None = Field(default=None, gt=0, le=10_000)
    """The wanted control frequency, in place of `every`: the schema's frequency divided by a whole number."""

    @check
    def _one_rate(self) -> Iterator[Problem]:
        if self.every is not None and self.hz is not None:
            yield ("hz",), "is not used together with every; give one of them"

    def factor(self, frequency: float | None, schema: str) -> int:
        """Return the n of "every n-th step is taken", for data at `frequency` (hertz).

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
