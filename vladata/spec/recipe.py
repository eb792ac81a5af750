"""RecipeSpec: how the steps of an episode become training samples, `schemas/recipes/NAME.yaml`.

    prompt  Q: what action should the robot take to pick apple? A:
    target  1 128 91 241 5 101 127 217

The prompt and the target are templates: `{instruction}` and `{action}` are put in, and every other brace is a mistake.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from vladata.spec.action import AnyAction
from vladata.spec.select import EVERYTHING, Select
from vladata.spec.strict import Label, Line, Many, Name, Strict, matching, unrepeated
from vladata.spec.template import template
from vladata.spec.web import WebRule
from vladata.spec.windows import ONE_STEP, Windows

FIRST = "primary"  # what a sample calls the image of `cameras: first`


class InstructionRule(Strict):
    """What is done to an instruction before it is put into the prompt."""

    strip: bool = True
    """Whether spaces and line ends around it are taken away."""
    case: Literal["keep", "lower"] = "keep"
    """Whether it is made small letters."""
    final_stop: Literal["keep", "remove"] = "keep"
    """Whether a full stop at its end is taken away."""


class ImageRule(Strict):
    """Which images a sample has, and whether they are made anew."""

    cameras: Annotated[
        Annotated[
            str,
            AfterValidator(matching("all|first", '"first", "all", or a list of names')),
            Field(json_schema_extra={"enum": ["first", "all"]}),
            Tag("word"),
        ]
        | Annotated[Many[Label], Field(min_length=1), AfterValidator(unrepeated), Tag("list")],
        Discriminator(lambda value: "list" if isinstance(value, list | tuple) else "word"),
    ]
    """Names of the schema's cameras, in order; or all of them. Or first: the schema's first camera, whatever it is called,
    whose image is called primary in every sample, so that datasets of unlike cameras can be mixed and loaded as one."""
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
    action: AnyAction
    """How actions are spelled: the name of a codec, and its settings."""
    images: ImageRule
    """What images there are."""
    select: Select = EVERYTHING
    """Which episodes and steps are taken; left out, all of them."""
    windows: Windows = ONE_STEP
    """How many frames a sample shows, and how many actions its target spells; left out, one of each."""
    web: WebRule = WebRule()
    """How image-text pairs are rendered as samples; of robots nothing here is used."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """What is asked of a step, in order."""
        return (self.task,) if isinstance(self.task, str) else tuple(self.task)
