"""The answer of a model -> rows of an annotation table, or an error. Nothing is repaired: a row that is half right is wrong.

A fence of Markdown around the whole answer is removed, and so is an object {"annotations": [...]} around the list, which some
servers' JSON mode requires.
"""

import re
from itertools import pairwise
from typing import Any

import orjson

from vladata.annotations.row import Row
from vladata.errors import DataError
from vladata.spec.question import QuestionSpec

ROW = ("start", "stop", "field", "value")
AROUND = "annotations"
_FENCE = re.compile(r"\s*```\w*\n(.*)\n\s*```\s*", re.DOTALL)


class Nonsense(DataError):
    """An answer that is not in the form that was asked for: the reason why its episode has no rows."""

    reason = "nonsense"


def rows_of(text: str, question: QuestionSpec, steps: int) -> list[Row]:
    """Return the rows {start, stop, field, value} of an answer about an episode of `steps` RLDS steps. Raises Nonsense."""
    if fenced := _FENCE.fullmatch(text):
        text = fenced[1]
    try:
        said = orjson.loads(text)
    except ValueError:
        raise Nonsense("the answer is not JSON", got=text) from None
    if question.answer == "map":
        return _map(said, question, steps)
    if isinstance(said, dict) and list(said) == [AROUND]:
        said = said[AROUND]
    if not isinstance(said, list):
        raise Nonsense("the answer is not a list", got=text)
    if not said:
        raise Nonsense("the answer is empty")
    rows = [_row(item, question, steps, f"item {i}") for i, item in enumerate(said)]
    for field in question.fields:
        ranges = sorted((row["start"], row["stop"]) for row in rows if row["field"] == field)
        for (_, stop), (start, _) in pairwise(ranges):
            if start < stop:
                raise Nonsense(f"two items give the {field} of step {start}")
    return rows


def _map(said: Any, question: QuestionSpec, steps: int) -> list[Row]:
    if not isinstance(said, dict) or sorted(said) != sorted(question.fields):
        got = list(said) if isinstance(said, dict) else said
        raise Nonsense(
            "the answer is not an object of the fields", got=got, allowed=", ".join(question.fields)
        )
    return [
        {"start": 0, "stop": steps, "field": field, "value": _text(said[field], field)}
        for field in question.fields
    ]


def _row(item: Any, question: QuestionSpec, steps: int, where: str) -> Row:
    fields = question.fields
    if isinstance(item, dict) and len(fields) == 1:
        item = {"field": fields[0], **item}
    if not isinstance(item, dict) or sorted(item) != sorted(ROW):
        got = list(item) if isinstance(item, dict) else item
        raise Nonsense("an item has wrong keys", where=where, got=got, allowed=", ".join(ROW))
    start, stop, field = item["start"], item["stop"], item["field"]
    if field not in fields:
        raise Nonsense("an item has an unknown field", where=where, got=field, allowed=", ".join(fields))
    if type(start) is not int or type(stop) is not int or not 0 <= start < stop <= steps:
        allowed = f"0 <= start < stop <= {steps}"
        raise Nonsense(
            "the steps of an item are not valid", where=where, got=f"{start!r} to {stop!r}", allowed=allowed
        )
    return {"start": start, "stop": stop, "field": field, "value": _text(item["value"], where)}


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Nonsense("a value is empty, or not a text", where=where, got=value)
    return value
