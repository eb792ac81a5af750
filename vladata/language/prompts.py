"""Templates: "Q: what action should the robot take to {instruction}? A:", "Answer in {language}: {question}".

What is put in for a word in braces is never read as a template, so an instruction may hold braces; and a brace of the
template that surrounds no single word stays as it stands. str.format would do neither. Which words a template may hold is
for whoever declares it: language/tasks of robots, spec/web.py of image-text pairs.

A dataset's words have a digest of their own: who compares two datasets sees whether a model reads the same in both, and
a policy, which is bound by the action contract, is not refused for a comma.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from vladata import keys
from vladata.errors import UsageError

_PLACE = re.compile(r"\{(\w*)\}")


def placeholders(template: str) -> tuple[str, ...]:
    """The words in braces, in order, known or not."""
    return tuple(_PLACE.findall(template))


def render(template: str, **values: str) -> str:
    """`template` with `values` put in: render("to {instruction}", instruction="pick apple")."""
    try:
        return "".join([values[piece] if is_place else piece for is_place, piece in pieces(template)])
    except KeyError as missing:
        place = missing.args[0]
        raise UsageError(
            f'nothing was given for "{{{place}}}"', where=f'"{template}"', got=", ".join(values)
        ) from None


@lru_cache(maxsize=64)
def pieces(template: str) -> tuple[tuple[bool, str], ...]:
    """(is a place, its name or the text itself); cached, since a run has a few templates and millions of samples."""
    cut = enumerate(_PLACE.split(template))
    return tuple((bool(i % 2), piece) for i, piece in cut if piece or i % 2)


def wording(tasks: Mapping[str, Mapping[str, Any]], instruction: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a recipe as the manifest has them, with their SHA-256.

    tasks:       name -> its kind, its prompts, its target and the settings of its kind.
    instruction: the rule for instructions.
    """
    content = {"tasks": {name: dict(task) for name, task in tasks.items()}, "instruction": dict(instruction)}
    return {**content, "digest": keys.digest(content)}
