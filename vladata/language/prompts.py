"""Templates: "Q: what action should the robot take to {instruction}? A:", "Answer in {language}: {question}".

A value for a word in braces is never read as a template, so an instruction may hold braces; and a brace of the template that
does not surround a single word is kept. str.format would do neither. The words that a template may hold are declared elsewhere:
in language/tasks for robots, in spec/web.py for image-text pairs.

A dataset's wording has a digest of its own. It shows if a model reads the same words in two datasets; and a policy, which
depends on the action contract, is not refused because of a comma.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from vladata import keys
from vladata.errors import UsageError

_PLACE = re.compile(r"\{(\w*)\}")


def placeholders(template: str) -> tuple[str, ...]:
    """Return the words in braces, in order, known or not."""
    return tuple(_PLACE.findall(template))


def render(template: str, **values: str) -> str:
    """Return `template` with `values` put in: render("to {instruction}", instruction="pick apple")."""
    try:
        return "".join([values[piece] if is_place else piece for is_place, piece in pieces(template)])
    except KeyError as missing:
        place = missing.args[0]
        raise UsageError(
            f'there is no value for "{{{place}}}"', where=f'"{template}"', got=", ".join(values)
        ) from None


@lru_cache(maxsize=64)
def pieces(template: str) -> tuple[tuple[bool, str], ...]:
    """Return (is a place, its name or the text itself) of each piece.

    The result is cached, since a run has few templates and millions of samples.
    """
    cut = enumerate(_PLACE.split(template))
    return tuple((bool(i % 2), piece) for i, piece in cut if piece or i % 2)


def wording(tasks: Mapping[str, Mapping[str, Any]], instruction: Mapping[str, Any]) -> dict[str, Any]:
    """Return the wording of a recipe as the manifest has it, with its SHA-256.

    tasks:       name -> its kind, its prompts, its target and the settings of its kind.
    instruction: the rule for instructions.
    """
    content = {"tasks": {name: dict(task) for name, task in tasks.items()}, "instruction": dict(instruction)}
    return {**content, "digest": keys.digest(content)}
