"""Templates: "Q: what action should the robot take to {instruction}? A:", "Answer in {language}: {question}".

{instruction} and {action} of robots, {question}, {language} and {answer} of image-text pairs are put in, nothing else.
What is put in is never read as a template, so an instruction may hold braces; and a brace of the template that surrounds no
single word stays as it stands. str.format would do neither.

A dataset's words have a digest of their own: who compares two datasets sees whether a model reads the same in both, and
a policy, which is bound by the action contract, is not refused for a comma.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from vladata import keys
from vladata.errors import UsageError

KNOWN = ("instruction", "action", "question", "language", "answer")
_PLACE = re.compile(r"\{(\w*)\}")


def placeholders(template: str) -> tuple[str, ...]:
    """The words in braces, in order, known or not."""
    return tuple(_PLACE.findall(template))


def render(template: str, **values: str) -> str:
    """`template` with `values` put in: render(recipe.prompt, instruction="pick apple")."""
    return "".join(
        [values[piece] if is_place else piece for is_place, piece in _pieces(template, tuple(values))]
    )


@lru_cache(maxsize=64)
def _pieces(template: str, given: tuple[str, ...]) -> tuple[tuple[bool, str], ...]:
    """(is a place, its name or the text itself); cached, since a run has a few templates and millions of samples."""
    for place in placeholders(template):
        if place not in KNOWN:
            allowed = ", ".join(f"{{{name}}}" for name in KNOWN)
            raise UsageError(f'the template asks for "{{{place}}}"', where=f'"{template}"', allowed=allowed)
        if place not in given:
            raise UsageError(
                f'nothing was given for "{{{place}}}"', where=f'"{template}"', got=", ".join(given)
            )
    pieces = enumerate(_PLACE.split(template))
    return tuple((bool(i % 2), piece) for i, piece in pieces if piece)


def wording(prompt: str, target: str, instruction: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a recipe as the manifest has them: the templates, the rule for instructions, and their SHA-256."""
    content = {"prompt": prompt, "target": target, "instruction": dict(instruction)}
    return {**content, "digest": keys.digest(content)}
