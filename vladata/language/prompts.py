"""Templates: "Q: what action should the robot take to {instruction}? A:", "Answer in {language}: {question}".

A value is never read as a template, so an instruction may contain braces; and a brace of the template that does not surround a
single word is kept. str.format would do neither. The words that a template may use are declared in language/tasks for robots, and
in spec/web.py for image-text pairs.

A dataset's wording has its own digest, which shows whether a model reads the same words in two datasets. It is not part of the
action contract, so that no policy is refused because of a comma.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from vladata import keys
from vladata.errors import UsageError

_PLACE = re.compile(r"\{(\w*)\}")


def placeholders(template: str) -> tuple[str, ...]:
    """Return the words in braces of `template`, in order, whether known or not."""
    return tuple(_PLACE.findall(template))


def render(template: str, **values: str) -> str:
    """Return `template` with its words in braces replaced: render("to {instruction}", instruction="pick apple")."""
    try:
        return "".join([values[piece] if is_place else piece for is_place, piece in pieces(template)])
    except KeyError as missing:
        place = missing.args[0]
        raise UsageError(
            f'there is no value for "{{{place}}}"', where=f'"{template}"', got=", ".join(values)
        ) from None


@lru_cache(maxsize=64)
def pieces(template: str) -> tuple[tuple[bool, str], ...]:
    """Return the pieces of `template`: (True, name) for a word in braces, (False, text) for the text between.

    The result is cached, since a run has few templates and millions of samples.
    """
    cut = enumerate(_PLACE.split(template))
    return tuple((bool(i % 2), piece) for i, piece in cut if piece or i % 2)


def wording(tasks: Mapping[str, Mapping[str, Any]], instruction: Mapping[str, Any]) -> dict[str, Any]:
    """Return the wording of a recipe in the form of the manifest, with its SHA-256.

    tasks:       name of a task -> its kind, its prompts, its target and the settings of its kind.
    instruction: the rule by which instructions are normalised.
    """
    content = {"tasks": {name: dict(task) for name, task in tasks.items()}, "instruction": dict(instruction)}
    return {**content, "digest": keys.digest(content)}
