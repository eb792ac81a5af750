"""RecipeSpec: how the steps of an episode become training samples, `schemas/recipes/NAME.yaml`.

    prompt  Q: what action should the robot take to pick apple? A:
    target  1 128 91 241 5 101 127 217

The prompt and the target are templates: `{instruction}` and `{action}` are put in, and every other brace is a mistake.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from vladata.spec.select import EVERYTHING, Select
from vladata.spec.strict import Label, Line, Many, Name, Strict, matching, says_all, unrepeated
from vladata.spec.template import template
from vladata.spec.web import WebRule

FIXED_BOUNDS = ("rt1", "rt1-x")  # codecs that have their own 256 bins and bounds


class InstructionRule(Strict):
    """What is done to an instruction before it is put into the prompt."""

    strip: bool = True
    """Whether spaces and line ends around it are taken away."""
    case: Literal["keep", "lower"] = "keep"
    """Whether it is made small letters."""
    final_stop: Literal["keep", "remove"] = "keep"
    """Whether a full stop at its end is taken away."""


class ExplicitBounds(Strict):
    """Bounds of the bins, one number a dimension, without terminate."""

    low: Annotated[Many[float], Field(min_length=1)]
    """The least value of each dimension: bin 0."""
    high: Annotated[Many[float], Field(min_length=1)]
    """The greatest value of each dimension: the last bin."""

    @model_validator(mode="after")
    def _in_order(self) -> "ExplicitBounds":
        if len(self.low) != len(self.high):
            says_all(
                [(("high",), f"got {len(self.high)} numbers; allowed: as many as low has, {len(self.low)}")]
            )
        pairs = enumerate(zip(self.low, self.high, strict=True))
        says_all(
            (("high", i), f"got {high}; allowed: not less than low, {low}")
            for i, (low, high) in pairs
            if high < low
        )
        return self


Bounds = Annotated[
    Annotated[Literal["quantiles", "min_max", "rt1", "rt1-x"], Tag("name")]
    | Annotated[ExplicitBounds, Tag("explicit")],
    Discriminator(lambda value: "explicit" if isinstance(value, dict | ExplicitBounds) else "name"),
]


class ActionRule(Strict):
    """How an action becomes text."""

    codec: Literal["rt1", "rt1-x", "rt2"]
    """rt2: bins as whole numbers in text, with the bounds named below. rt1, rt1-x: with their own fixed bounds."""
    bins: int = Field(default=256, ge=2, le=65_536)
    """How many bins a dimension has."""
    bounds: Bounds
    """What the bins span. quantiles: q01 to q99 of the data. min_max: all of the data. rt1, rt1-x: the fixed ones of
    those models. Or low and high."""
    chain: Name | None = None
    """The action chain of the dataset's schema; left out, the schema's default."""

    @model_validator(mode="after")
    def _fixed_codecs(self) -> "ActionRule":
        if self.codec not in FIXED_BOUNDS:
            return self
        found: list[tuple[tuple[str | int, ...], str]] = []
        if self.bins != 256:
            found.append((("bins",), f"got {self.bins}; allowed with codec {self.codec}: 256"))
        if self.bounds != self.codec:
            found.append(
                (("bounds",), f"allowed with codec {self.codec}: {self.codec}; use codec rt2 for others")
            )
        says_all(found)
        return self


class ImageRule(Strict):
    """Which images a sample has, and whether they are made anew."""

    cameras: Annotated[
        Annotated[
            str,
            AfterValidator(matching("all", '"all", or a list of names')),
            Field(json_schema_extra={"const": "all"}),
            Tag("all"),
        ]
        | Annotated[Many[Label], Field(min_length=1), AfterValidator(unrepeated), Tag("list")],
        Discriminator(lambda value: "list" if isinstance(value, list | tuple) else "all"),
    ]
    """Names of the schema's cameras, in order, or all of them."""
    size: int | None = Field(default=None, ge=8, le=4096)
    """Height and width in pixels that images are resized to; left out, they pass through untouched."""
    png: Literal["keep", "jpeg"] = "keep"
    """Whether a PNG stays one or becomes JPEG."""
    quality: int = Field(default=95, ge=1, le=100)
    """JPEG quality of the images that are made anew."""


class RecipeSpec(Strict):
    """How steps are rendered as samples."""

    name: Name
    """The name that it is asked for by."""
    prompt: Annotated[Line, template("instruction")]
    """What the model reads; {instruction} is put in."""
    target: Annotated[Line, template("action")] = "{action}"
    """What the model has to say; {action} is put in."""
    task: Annotated[
        Annotated[Name, Tag("one")]
        | Annotated[Many[Name], Field(min_length=1), AfterValidator(unrepeated), Tag("list")],
        Discriminator(lambda value: "list" if isinstance(value, list | tuple) else "one"),
    ] = "action"
    """What is asked of a step, and the value of `task` in its sample; or a list, of each of which a step has a sample."""
    instruction: InstructionRule = InstructionRule()
    """How instructions are normalised."""
    action: ActionRule
    """How actions are spelled."""
    images: ImageRule
    """What images there are."""
    select: Select = EVERYTHING
    """Which episodes and steps are taken; left out, all of them."""
    web: WebRule = WebRule()
    """How image-text pairs are rendered as samples; of robots nothing here is used."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """What is asked of a step, in order."""
        return (self.task,) if isinstance(self.task, str) else tuple(self.task)
