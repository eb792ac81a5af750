"""Windows: the frames that a sample shows and the actions that its target spells, the `windows` of a recipe.

    windows: {history: 2, stride_seconds: 0.5, chunk: 16, tail: repeat}

Each window belongs to one step: it shows the frame of this step and earlier frames, and spells the action of this step and later
actions. Only taken steps count: the steps that are left after selections and changes of frequency.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from vladata.errors import UsageError
from vladata.spec.select import CLOSE
from vladata.spec.strict import Strict
from vladata.spec.together import Problem, check

Head = Literal["repeat", "drop"]
Tail = Literal["drop", "truncate", "repeat"]

MOST_FRAMES, MOST_ACTIONS = 64, 1024


class Windows(Strict):
    """The frames and actions of a sample."""

    history: int = Field(default=1, ge=1, le=MOST_FRAMES)
    """The number of frames that a sample shows: the frame of its step and earlier frames."""
    stride: int | None = Field(default=None, ge=1, le=1_000_000)
    """The distance between two frames, in taken steps; 1 where it is left out."""
    stride_seconds: float | None = Field(default=None, gt=0, le=86_400)
    """The distance between two frames in seconds, in place of `stride`. At the schema's control frequency it must be close to a
    whole number of steps."""
    head: Head = "repeat"
    """The rule for the beginning of an episode, where frames are missing. repeat: the first frame takes their place. drop:
    such steps give no sample."""
    chunk: int = Field(default=1, ge=1, le=MOST_ACTIONS)
    """The number of actions that a target spells: the action of its step and of the taken steps that follow."""
    tail: Tail = "drop"
    """The rule for the end of an episode, where actions are missing. drop: such steps give no sample. truncate: their
    targets are shorter. repeat: the last action takes their place, and `mask` and `valid` of the sample say which are real."""

    @check
    def _one_stride(self) -> Iterator[Problem]:
        if self.stride is not None and self.stride_seconds is not None:
            yield ("stride_seconds",), "is not used together with stride; give one of them"

    @check
    def _stride_is_used(self) -> Iterator[Problem]:
        given = [name for name in ("stride", "stride_seconds") if getattr(self, name) is not None]
        if self.history == 1 and given and (self.stride_seconds or self.stride != 1):
            yield (given[0],), "is the distance between frames, and history is 1; give history too"

    def steps(self, frequency: float | None, schema: str) -> int:
        """Return the distance between two frames in taken steps. frequency: taken steps per second.

        Raises UsageError where the frequency is not known, or stride_seconds is not close to a whole number of steps.
        """
        if self.stride_seconds is None:
            return self.stride or 1
        if frequency is None:
            raise UsageError(
                f"the control frequency of {schema} is not established",
                where="windows.stride_seconds",
                got=f"{self.stride_seconds:g}",
                hint="Give windows.stride instead: the distance between two frames in steps.",
            )
        wanted = self.stride_seconds * frequency
        whole = max(1, round(wanted))
        if abs(wanted - whole) > CLOSE * whole:
            near = sorted({max(1, int(wanted)), int(wanted) + 1})
            raise UsageError(
                f"the steps that are taken of {schema} are {1 / frequency:.4g} seconds apart, and the frames of a window "
                f"would lie {wanted:.4g} steps apart",
                where="windows.stride_seconds",
                got=f"{self.stride_seconds:g}",
                allowed=", ".join(f"{n / frequency:.4g} (stride: {n})" for n in near),
            )
        return whole


ONE_STEP = Windows()
"""One frame and one action."""
