"""Operations on poses and motions: differences, rotations, and frames of reference."""

from collections.abc import Iterator
from itertools import permutations
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vladata.spec.operation_base import Reads, Unary
from vladata.spec.references import AnyReference, Register
from vladata.spec.strict import Many, Strict, wrong
from vladata.spec.together import Problem, check

_PLAIN = ("quat_xyzw", "quat_wxyz", "rotvec", "matrix_rows", "matrix_columns", "r6_rows", "r6_columns")
ROTATIONS = (
    *_PLAIN,
    *(
        f"euler_{''.join(axes)}_{frame}"
        for axes in permutations("xyz")
        for frame in ("extrinsic", "intrinsic")
    ),
)
"""The forms of a rotation; `vladata/transforms/rotations.py` defines each."""


def _rotation(kind: str) -> str:
    if kind not in ROTATIONS:
        raise wrong(
            kind, ", ".join(_PLAIN) + ", or euler_xyz_extrinsic with its axes in any order, or intrinsic"
        )
    return kind


RotationKind = Annotated[str, AfterValidator(_rotation), Field(json_schema_extra={"enum": list(ROTATIONS)})]
"""The form in which a rotation is recorded."""

Subtraction = Literal["none", "wrap_pi", "compose"]
"""The way in which roll, pitch and yaw are subtracted: plainly, wrapped to [-pi, pi), or as the angles from one rotation to the
other."""


class DeltaToNext(Unary):
    """The change from each step to the next."""

    op: Literal["delta_to_next"]
    rotation: Subtraction
    """The way in which the last three of 3 or 6 columns (roll, pitch, yaw) are subtracted. none: plainly. wrap_pi: the difference
    wrapped to [-pi, pi). compose: the angles of the rotation from one to the next."""
    tail: Literal["drop", "zero", "repeat", "source"]
    """The result of the last step, which has no next step. drop: the step is dropped. zero: zeros. repeat: the change of the step
    before. source: the value of `recorded`."""
    recorded: AnyReference | None = None
    """The recorded action, as wide as `in`, for `tail: source`."""

    def reads(self) -> Reads:
        recorded: Reads = [(("recorded",), self.recorded)] if self.recorded else []
        return [*super().reads(), *recorded]

    @property
    def rule(self) -> str:
        return "delta_to_next(tail=drop)"

    @check
    def _recorded_when_used(self) -> Iterator[Problem]:
        if self.tail == "source" and not self.recorded:
            yield ("recorded",), "is missing; tail: source takes the last step's value from there"
        if self.tail != "source" and self.recorded:
            yield ("recorded",), f'is not used with tail: {self.tail}; only "source" takes it'


class Subtract(Unary):
    """in - minus: a relative action, from an absolute target (in) and the pose from which the motion starts (minus)."""

    op: Literal["subtract"]
    minus: AnyReference
    """The columns to subtract, as many as `in` has."""
    rotation: Subtraction
    """The way in which the last three of 3 or 6 columns (roll, pitch, yaw) are subtracted. none: plainly. wrap_pi: the difference
    wrapped to [-pi, pi). compose: the angles of the rotation that leads from `minus` to `in`."""

    def reads(self) -> Reads:
        return [*super().reads(), (("minus",), self.minus)]


class ConvertRotation(Unary):
    """A rotation in another form."""

    op: Literal["convert_rotation"]
    source: RotationKind = Field(alias="from")
    """The form of `in`."""
    to: RotationKind
    """The form of `out`."""

    @check
    def _changes_something(self) -> Iterator[Problem]:
        if self.source == self.to:
            yield ("to",), f'got "{self.to}", as from; nothing would change'


class RotateFrame(Unary):
    """A motion v of 3 columns in another frame of reference: R v, or with `inverse` R^-1 v. Of 6 columns, the last three are
    roll, pitch and yaw of a rotation dR, which becomes R dR R^-1, or with `inverse` R^-1 dR R."""

    op: Literal["rotate_frame"]
    frame: Literal["yaw", "rotation", "constant"]
    """The source of R. yaw: an angle about z. rotation: a recorded rotation. constant: the numbers of `matrix`."""
    angle: AnyReference | None = None
    """The angle in radians, for `frame: yaw`."""
    rotation: AnyReference | None = None
    """The recorded rotation, for `frame: rotation`."""
    source: RotationKind | None = Field(default=None, alias="from")
    """The form of `rotation`, for `frame: rotation`."""
    matrix: Annotated[Many[float], Field(min_length=9, max_length=9)] | None = None
    """The numbers of R, row after row, for `frame: constant`."""
    inverse: bool
    """true: turn by R^-1 in place of R, from the frame in which R is expressed into the frame to which R turns."""

    def reads(self) -> Reads:
        named = {"angle": self.angle, "rotation": self.rotation}
        return [*super().reads(), *(((name,), text) for name, text in named.items() if text)]

    @check
    def _has_what_the_frame_needs(self) -> Iterator[Problem]:
        needed = {"yaw": ("angle",), "rotation": ("rotation", "from"), "constant": ("matrix",)}[self.frame]
        given = {"angle": self.angle, "rotation": self.rotation, "from": self.source, "matrix": self.matrix}
        for name, value in given.items():
            if (value is None) == (name in needed):
                yield (name,), "is missing" if name in needed else f"is not used with frame: {self.frame}"


class EpisodeScale(Strict):
    """One number for each episode, |of[0]| / |per[1] - per[0]|: the distance that one unit of the action stands for."""

    op: Literal["episode_scale"]
    of: AnyReference
    """The action; the length of its first step is the numerator."""
    per: AnyReference
    """The position; the length of its first move is the denominator."""
    output: Register = Field(alias="out")
    """The register that it writes, for the scale of an affine."""

    def reads(self) -> Reads:
        return [(("of",), self.of), (("per",), self.per)]

    @property
    def writes(self) -> str | None:
        return self.output
