"""MixtureSpec: which datasets are trained on together, and at which weights, `schemas/mixtures/NAME.yaml`.

The mixtures that ship are those that other projects publish, under PROJECT-NAME. Their datasets go by the names of our
schemas; one without a schema keeps the name that its project uses.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from vladata.spec.strict import FrozenMap, Line, Many, Name, Strict, says_all


class MixtureSpec(Strict):
    """Datasets and their weights."""

    name: Name
    """The name that it is asked for by."""
    source: Line | None = None
    """Whose mixture it is, and where it was read."""
    weights: Literal["shares", "times_steps"] | None
    """What the weights mean. shares: a source's part of all samples. times_steps: its part once it is multiplied by its steps.
    Nothing where it is not established."""
    sources: FrozenMap[Name, Annotated[float, Field(gt=0)]]
    """Dataset -> weight."""
    left_out: FrozenMap[Name, Line] | None = None
    """Datasets that a reader may look for, and why they are not there."""
    quirks: Many[Line] = ()
    """What one has to know before using it."""

    @model_validator(mode="after")
    def _left_out_is_left_out(self) -> "MixtureSpec":
        both = [name for name in self.left_out or () if name in self.sources]
        says_all((("left_out", name), "is among the sources") for name in both)
        return self
