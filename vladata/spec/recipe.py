"""RecipeSpec: how the steps of an episode become training samples, `schemas/recipes/NAME.yaml`.

    prompt  Q: what action should the robot take to pick apple? A:
    target  1 128 91 241 5 101 127 217

The prompt and the target are templates: `{instruction}` and `{action}` are put in, and every other brace is a mistake.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from vladata.spec.action import AnyAction
from vladata.spec.images import ImageRule
from vladata.spec.select import EVERYTHING, Select
from vladata.spec.strict import Line, Many, Name, Strict, unrepeated
from vladata.spec.template import template
from vladata.spec.web import WebRule
from vladata.spec.windows import ONE_STEP, Windows


class InstructionRule(Strict):
    """What is done to an instruction before it is put into the prompt."""

    strip: bool = True
    """Whether spaces and line ends around it are taken away."""
    case: Literal["keep", "lower"] = "keep"
    """Whether it is made small letters."""
    final_stop: Literal["keep", "remove"] = "keep"
    """Whether a full stop at its end is taken away."""


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
