"""The operations of an action chain, as they are declared: one frozen model each, told apart by `op`.

What an operation computes is told and done in `vladata/transforms/`, one file of the same name each. A chain is an
ordered list of these; its last one is a `concat` that gives the action. Operations read fields of the data and
registers ("$g") and write registers; `drop_steps` and `delta_to_next` with `tail: drop` make the episode shorter, all
its columns and registers together.
"""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from vladata.spec.references import AnyReference, Register, parse
from vladata.spec.strict import Many, Strict, says, says_all

Reads = list[tuple[tuple[str | int, ...], str]]
"""What an operation reads: the path of the key in the file that names it, and the reference."""


def _kind(value: object) -> str:
    return "register" if isinstance(value, str) else "list" if isinstance(value, list | tuple) else "number"


NumberOrList = Annotated[
    Annotated[float, Tag("number")] | Annotated[Many[float], Field(min_length=1), Tag("list")],
    Discriminator(lambda value: "list" if isinstance(value, list | tuple) else "number"),
]

NumberListOrRegister = Annotated[
    Annotated[float, Tag("number")]
    | Annotated[Many[float], Field(min_length=1), Tag("list")]
    | Annotated[Register, Tag("register")],
    Discriminator(_kind),
]


class _Unary(Strict):
    """What reads one reference and writes one register."""

    input: AnyReference = Field(alias="in")
    """What it reads: columns of a field, or a register."""
    output: Register = Field(alias="out")
    """The register that it writes."""

    def reads(self) -> Reads:
        return [(("in",), self.input)]

    @property
    def writes(self) -> str | None:
        return self.output


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


class Cast(_Unary):
    """Booleans, integers and float64 as float32; true is 1."""

    op: Literal["cast"]


class Affine(_Unary):
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


class Clip(_Unary):
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


class InvertGripper(_Unary):
    """1 - in: open for closed. It does not clip."""

    op: Literal["invert_gripper"]


class Rel2AbsGripper(_Unary):
    """Relative gripper commands (+1 close, -1 open, 0 stay) as absolute opening (1 open, 0 closed)."""

    op: Literal["rel2abs_gripper"]


class BinarizeGripper(_Unary):
    """Continuous opening as 0 or 1, a value in between taken from what comes next."""

    op: Literal["binarize_gripper"]


class DeltaToNext(_Unary):
    """What changes from each step to the next."""

    op: Literal["delta_to_next"]
    rotation: Literal["none", "wrap_pi", "compose"]
    """How the last three of 3 or 6 columns, roll, pitch and yaw, are subtracted: plainly, wrapped to [-pi, pi), or as
    the angles of the rotation from one to the next."""
    tail: Literal["drop", "zero", "repeat", "source"]
    """What the last step gets, which has no next: it is dropped, gets zeros, the delta before it, or `recorded`."""
    recorded: AnyReference | None = None
    """The recorded action, as wide as `in`, for `tail: source`."""

    def reads(self) -> Reads:
        recorded: Reads = [(("recorded",), self.recorded)] if self.recorded else []
        return [*super().reads(), *recorded]

    @property
    def rule(self) -> str:
        return "delta_to_next(tail=drop)"

    @model_validator(mode="after")
    def _recorded_when_used(self) -> "DeltaToNext":
        if self.tail == "source" and not self.recorded:
            says_all([(("recorded",), "is missing; tail: source takes the last step's value from there")])
        if self.tail != "source" and self.recorded:
            says_all([(("recorded",), f'is not used with tail: {self.tail}; only "source" takes it')])
        return self


class DropSteps(Strict):
    """The first and last steps taken out."""

    op: Literal["drop_steps"]
    first: int = Field(default=0, ge=0, le=1_000_000)
    """How many steps at the beginning."""
    last: int = Field(default=0, ge=0, le=1_000_000)
    """How many steps at the end."""

    def reads(self) -> Reads:
        return []

    @property
    def writes(self) -> str | None:
        return None

    @property
    def rule(self) -> str:
        counts = {"first": self.first, "last": self.last}
        return f"drop_steps({', '.join(f'{end}={count}' for end, count in counts.items() if count)})"

    @model_validator(mode="after")
    def _drops_something(self) -> "DropSteps":
        if not self.first and not self.last:
            raise says("drops nothing; give first or last")
        return self


Operation = Annotated[
    Concat
    | Const
    | Cast
    | Affine
    | Clip
    | InvertGripper
    | Rel2AbsGripper
    | BinarizeGripper
    | DeltaToNext
    | DropSteps,
    Field(discriminator="op"),
]


def chain_problems(operations: tuple[Operation, ...]) -> Reads:
    """What is wrong with the order of a chain: paths below `operations`, each with what it says."""
    found: Reads = []
    written: set[str] = set()
    for i, operation in enumerate(operations):
        for path, text in operation.reads():
            reference = parse(text)
            if reference and reference.is_register and reference.path not in written:
                found.append(((i, *path), _unwritten(reference.path, written)))
        if operation.writes:
            written.add(operation.writes)
    return found + _unread(operations) + _misplaced(operations)


def _unwritten(register: str, written: set[str]) -> str:
    known = (
        f"registers written before: {', '.join(sorted(written))}"
        if written
        else "no register is written before"
    )
    return f'got "{register}", which no earlier operation writes; {known}'


def _unread(operations: tuple[Operation, ...]) -> Reads:
    """Registers that no later operation reads: nearly always one forgotten in the concat."""
    found: Reads = []
    for i, operation in enumerate(operations):
        later = {ref.path for op in operations[i + 1 :] for _, text in op.reads() if (ref := parse(text))}
        if operation.writes and operation.writes not in later:
            found.append(((i, "out"), f'got "{operation.writes}", which no later operation reads'))
    return found


def _misplaced(operations: tuple[Operation, ...]) -> Reads:
    """A chain ends with the one concat that has no `out`; commands are integrated before steps are dropped."""
    found: Reads = []
    last = len(operations) - 1
    for i, operation in enumerate(operations):
        gives_action = isinstance(operation, Concat) and operation.output is None
        if i == last and not gives_action:
            found.append(
                ((i, "op"), f'got "{operation.op}"; a chain ends with a concat without "out": the action')
            )
        if i < last and gives_action:
            found.append(((i, "out"), 'is missing; only the last concat of a chain has no "out"'))
        dropped = [op for op in operations[:i] if isinstance(op, DropSteps) and op.first]
        if isinstance(operation, Rel2AbsGripper) and dropped:
            found.append(
                ((i, "op"), "runs after drop_steps: commands in the dropped steps are lost; put it before")
            )
    return found
