"""Operations on columns as they are: joined, padded, cast, scaled, clipped; and those of the gripper."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from vladata.spec.operation_base import NumberListOrRegister, NumberOrList, Reads, Unary
from vladata.spec.references import AnyReference, Register
from vladata.spec.strict import Many, Strict, says, says_all


class Concat(Strict):
    """Columns side by side. The last operation of a chain is one without `out`: it gives the action."""

    op: Literal["concat"]
    of: Annotated[Many[AnyReference], Field(min_length=1)]
    """What is joined, in order: the widths add."""
    output: Register | None = Field(default=None, alias="out")
    """The register that it writes; left out at the end of a chain, where the result is the action."""

    def reads(self) -> Reads:
        return [(("of", i), text) for i, text in enumerate(self.of)]

    @property
    def writes(self) -> str | None:
        return self.output


class Const(Strict):
    """The same value in every step, for what a robot does not have."""

    op: Literal["const"]
    value: float
    """The value: 0 in a gripper column means closed under open_absolute, and no change under closing_relative."""
    width: int = Field(ge=1, le=1000)
    """How many columns."""
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
    """One number, one for each column, or a register; never 0."""
    offset: NumberOrList = 0.0
    """One number, or one for each column."""

    def reads(self) -> Reads:
        scale: Reads = [(("scale",), self.scale)] if isinstance(self.scale, str) else []
        return [*super().reads(), *scale]

    @field_validator("scale")
    @classmethod
    def _loses_nothing(cls, scale: float | tuple[float, ...] | str) -> float | tuple[float, ...] | str:
        # A range of no width, or a standard deviation of 0, would ask for a scale of infinity (refused as not finite)
        # or, the other way round, of 0.
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

    @model_validator(mode="after")
    def _in_order(self) -> "Clip":
        if self.low >= self.high:
            says_all([(("high",), f"got {self.high}; allowed: more than low, {self.low}")])
        return self


class Threshold(Unary):
    """`above` where in > at, else `below`; NaN stays NaN."""

    op: Literal["threshold"]
    at: float
    """What a value must exceed; one that equals it counts as below."""
    above: float
    """What it then becomes."""
    below: float
    """What it becomes otherwise."""

    @model_validator(mode="after")
    def _tells_apart(self) -> "Threshold":
        if self.above == self.below:
            says_all([(("below",), f"got {self.below}, as above; use const for one value")])
        return self


class InvertGripper(Unary):
    """1 - in: open for closed. It does not clip."""

    op: Literal["invert_gripper"]


class Rel2AbsGripper(Unary):
    """Relative gripper commands (+1 close, -1 open, 0 stay) as absolute opening (1 open, 0 closed)."""

    op: Literal["rel2abs_gripper"]


class BinarizeGripper(Unary):
    """Continuous opening as 0 or 1, a value in between taken from what comes next."""

    op: Literal["binarize_gripper"]
