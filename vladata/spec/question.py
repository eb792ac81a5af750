"""QuestionSpec: what a model is asked of an episode, `schemas/questions/NAME.yaml`.

The prompt is a template: {instruction}, {frames}, {first}, {last} and {fields} are put in; any other word in braces is a
mistake, and braces round anything else stay, so that an example of the answer can stand in it.
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
            raise says(f'got "{{{name}}}", which is never put in; allowed: {allowed}')
    return text


class QuestionSpec(Strict):
    """What a model is asked of an episode, and what its answer is to look like."""

    name: Name
    """The name that it is asked for by."""
    prompt: Annotated[Line, AfterValidator(_places)]
    """What the model reads, before the pictures. {instruction}: the instruction. {frames}: the step numbers of the pictures, in
    order. {first}, {last}: the first and the last step. {fields}: the names of the fields."""
    fields: Annotated[Many[Label], Field(min_length=1), AfterValidator(unrepeated)]
    """What the answer may say something of: the field of its rows."""
    answer: Literal["rows", "map"] = "rows"
    """rows: a JSON list of {start, stop, field, value}, steps from start up to, not including, stop; field may be left out where
    there is one. map: a JSON object of a text for each field, which holds for the whole episode."""
    frames: int = Field(default=8, ge=1, le=256)
    """How many pictures are shown of an episode, evenly spaced, the first and last step among them."""
