"""Operations on the numbers of columns: join, pad, cast, scale, clip; and the operations of the gripper."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, field_validator

from vladata.spec.operation_base import NumberListOrRegister, NumberOrList, Reads, Unary
from vladata.spec.references import AnyReference, Register
from vladata.spec.strict import Many, Strict, says
from vladata.spec.together import Problem, check


class Concat(Strict):
    """Columns side by side. The last operation of a chain is a concat without `out`: its result is the action."""

    op: Literal["concat"]
    of: Annotated[Many[AnyReference], Field(min_length=1)]
    """The columns to join, in order; the width of the result is the sum of theirs."""
    output: Register | None = Field(default=None, alias="out")
    """The register that it writes; left out at the end of a chain, where the result is the action."""

    def reads(self) -> Reads:
        return [(("of", i), text) for i, text in enumerate(self.of)]

    @property
    def writes(self) -> str | None:
        return self.output


class Const(Strict):
    """One value in every step, for a dimension that a robot does not have."""

    op: Literal["const"]
    value: float
    """The value: 0 in a gripper column means closed under open_absolute, and no change under closing_relative."""
    width: int = Field(ge=1, le=1000)
    """The number of columns."""
    output: Register = Field(alias="out")
    """The register that it writes."""

    def reads(self) -> Reads:
        return []

    @property
    def writes(self) -> str | None:
        return self.output


class Cast(Unary):
    """Booleans, integers and float64 as float32; true is 1."""

    op: Literal["cast"]


class Affine(Unary):
    """scale * in + offset: units, sign, from one range to another."""

    op: Literal["affine"]
    scale: NumberListOrRegister = 1.0
    """The factor: one number, one for each column, or a register; never 0."""
    offset: NumberOrList = 0.0
    """The summand: one number, or one for each column."""

    def reads(self) -> Reads:
        scale: Reads = [(("scale",), self.scale)] if isinstance(self.scale, str) else []
        return [*super().reads(), *scale]

    @field_validator("scale")
    @classmethod
    def _loses_nothing(cls, scale: float | tuple[float, ...] | str) -> float | tuple[float, ...] | str:
        # Dividing by a range of width 0, or by a standard deviation of 0, gives infinity, which is refused as not
        # finite; multiplying by it gives 0.
        if scale == 0 or (isinstance(scale, tuple) and 0 in scale):
            raise says("a scale of 0 would make every value the same; use const for that")
        return scale


class Clip(Unary):
    """min(max(in, low), high); NaN stays NaN."""

    op: Literal["clip"]
    low: float
    """The least value."""
    high: float
    """The greatest value."""

    @check
    def _in_order(self) -> Iterator[Problem]:
        if self.low >= self.high:
            yield ("high",), f"got {self.high}; allowed: more than low, {self.low}"


class Threshold(Unary):
    """`above` where in > at, else `below`; NaN stays NaN."""

    op: Literal["threshold"]
    at: float
    """The bound: a value above it becomes `above`; one that equals it becomes `below`."""
    above: float
    """The result for values above the bound."""
    below: float
    """The result for all other values."""

    @check
    def _tells_apart(self) -> Iterator[Problem]:
        if self.above == self.below:
            yield ("below",), f"got {self.below}, as above; use const for one value"


class InvertGripper(Unary):
    """1 - in: open for closed. It does not clip."""

    op: Literal["invert_gripper"]


class Rel2AbsGripper(Unary):
    """Relative gripper commands (+1 close, -1 open, 0 stay) as absolute opening (1 open, 0 closed)."""

    op: Literal["rel2abs_gripper"]


class BinarizeGripper(Unary):
    """Continuous opening as 0 or 1. A value in between becomes the next 0 or 1 that follows it."""

    op: Literal["binarize_gripper"]
