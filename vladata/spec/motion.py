"""Operations on poses and motions: differences, rotations and the frames that they are told in."""

from itertools import permutations
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from vladata.spec.operation_base import Reads, Unary
from vladata.spec.references import AnyReference, Register
from vladata.spec.strict import Many, Strict, says_all, wrong

_PLAIN = ("quat_xyzw", "quat_wxyz", "rotvec", "matrix_rows", "matrix_columns", "r6_rows", "r6_columns")
ROTATIONS = (
    *_PLAIN,
    *(
        f"euler_{''.join(axes)}_{frame}"
        for axes in permutations("xyz")
        for frame in ("extrinsic", "intrinsic")
    ),
)
"""The forms of a rotation; `vladata/transforms/rotations.py` says what each is."""


def _rotation(kind: str) -> str:
    if kind not in ROTATIONS:
        raise wrong(
            kind, ", ".join(_PLAIN) + ", or euler_xyz_extrinsic with its axes in any order, or intrinsic"
        )
    return kind


RotationKind = Annotated[str, AfterValidator(_rotation), Field(json_schema_extra={"enum": list(ROTATIONS)})]
"""How a rotation is recorded."""

Subtraction = Literal["none", "wrap_pi", "compose"]
"""How roll, pitch and yaw are subtracted: plainly, wrapped to [-pi, pi), or as the angles from one rotation to the other."""


class DeltaToNext(Unary):
    """What changes from each step to the next."""

    op: Literal["delta_to_next"]
    rotation: Subtraction
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


class Subtract(Unary):
    """in - minus: a relative action from an absolute target and the pose that it is relative to."""

    op: Literal["subtract"]
    minus: AnyReference
    """What is subtracted, as wide as `in`."""
    rotation: Subtraction
    """How the last three of 3 or 6 columns, roll, pitch and yaw, are subtracted; as in delta_to_next."""

    def reads(self) -> Reads:
        return [*super().reads(), (("minus",), self.minus)]


class ConvertRotation(Unary):
    """A rotation in another form."""

    op: Literal["convert_rotation"]
    source: RotationKind = Field(alias="from")
    """The form that `in` has."""
    to: RotationKind
    """The form that `out` gets."""

    @model_validator(mode="after")
    def _changes_something(self) -> "ConvertRotation":
        if self.source == self.to:
            says_all([(("to",), f'got "{self.to}", as from; nothing would change')])
        return self


class RotateFrame(Unary):
    """A motion told in another frame: R v, or with `inverse` R^-1 v. Of 6 columns the last three are roll, pitch and yaw
    of a rotation dR, which becomes R dR R^-1, or R^-1 dR R."""

    op: Literal["rotate_frame"]
    frame: Literal["yaw", "rotation", "constant"]
    """Where R comes from: an angle about z, a recorded rotation, or a matrix that stands here."""
    angle: AnyReference | None = None
    """The angle in radians, for `frame: yaw`."""
    rotation: AnyReference | None = None
    """The recorded rotation, for `frame: rotation`."""
    source: RotationKind | None = Field(default=None, alias="from")
    """Its form."""
    matrix: Annotated[Many[float], Field(min_length=9, max_length=9)] | None = None
    """The numbers of R, row after row, for `frame: constant`."""
    inverse: bool
    """Whether it is turned by R^-1 in place of R: from the frame that R is told in into the one that R turns to."""

    def reads(self) -> Reads:
        named = {"angle": self.angle, "rotation": self.rotation}
        return [*super().reads(), *(((name,), text) for name, text in named.items() if text)]

    @model_validator(mode="after")
    def _has_what_the_frame_needs(self) -> "RotateFrame":
        needed = {"yaw": ("angle",), "rotation": ("rotation", "from"), "constant": ("matrix",)}[self.frame]
        given = {"angle": self.angle, "rotation": self.rotation, "from": self.source, "matrix": self.matrix}
        says_all(
            ((name,), "is missing" if name in needed else f"is not used with frame: {self.frame}")
            for name, value in given.items()
            if (value is None) == (name in needed)
        )
        return self


class EpisodeScale(Strict):
    """One number an episode, |of[0]| / |per[1] - per[0]|: how far a unit of the action goes."""

    op: Literal["episode_scale"]
    of: AnyReference
    """The action, of which the first step's length is taken."""
    per: AnyReference
    """The position, of which the length of the first move is taken."""
    output: Register = Field(alias="out")
    """The register that it writes, for the scale of an affine."""

    def reads(self) -> Reads:
        return [(("of",), self.of), (("per",), self.per)]

    @property
    def writes(self) -> str | None:
        return self.output
