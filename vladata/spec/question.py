"""QuestionSpec: a question to a model about an episode, `schemas/questions/NAME.yaml`.

The prompt is a template: {instruction}, {frames}, {first}, {last} and {fields} are replaced; any other word in braces is a
mistake. Braces around more than one word stay, so that the prompt can show an example of the answer.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vladata.spec.strict import Label, Line, Many, Name, Strict, says, unrepeated

PLACES = ("instruction", "frames", "first", "last", "fields")
PLACE = re.compile(r"\{(\w+)\}")


def _places(text: str) -> str:
    for name in PLACE.findall(text):
        if name not in PLACES:
            allowed = ", ".join(f"{{{place}}}" for place in PLACES)
            raise says(f'got "{{{name}}}", which is not replaced by anything; allowed: {allowed}')
    return text


class QuestionSpec(Strict):
    """A question to a model about an episode, and the form of its answer."""

    name: Name
    """The name by which the question is selected."""
    prompt: Annotated[Line, AfterValidator(_places)]
    """The text that the model reads before the pictures. {instruction}: the instruction. {frames}: the step numbers of the
    pictures, in order. {first}, {last}: the first and the last step. {fields}: the names of the fields."""
    fields: Annotated[Many[Label], Field(min_length=1), AfterValidator(unrepeated)]
    """The fields that the answer may give."""
    answer: Literal["rows", "map"] = "rows"
    """The form of the answer. rows: a JSON list of {start, stop, field, value}, for steps from start up to, not including, stop;
    `field` may be left out if only one is allowed. map: a JSON object with a text for each field, for the whole episode."""
    frames: int = Field(default=8, ge=1, le=256)
    """The number of pictures of an episode that the model gets: evenly spaced steps, the first and the last included."""
