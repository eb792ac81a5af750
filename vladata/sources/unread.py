"""The guessed meaning of fields that a draft does not read: depth, other words, success, other states.

The guess follows from names, like all guesses of a draft. A line of advice says how a schema can read such a field, if it can.
"""

import re

from vladata.sources.compare import value_shape
from vladata.sources.features import Leaf
from vladata.sources.sensing import OBSERVED, WIDEST

DEPTH, WORDS, SUCCESS, STATE = "depth", "words", "success", "state"
_ADVICE = {
    DEPTH: "depth, which no sample has",
    WORDS: "words; where they say the instruction in other words, add the field to language.wordings",
    SUCCESS: "success; to choose episodes by it: success: {path: FIELD, test: ...}",
    STATE: "another state; add it to state.of, and its columns to state.names",
}
_DEPTH = re.compile(r"(^|[_/.])depth(_|/|\.|$)")
_SUCCESS = re.compile(r"(^|[_/.])(is_)?(success|succeeded|successful|reward)(_|$)")
_WORDS = re.compile(
    r"instruction|language|utterance|caption|sentence|description|narration|command|task|goal|prompt"
)
_NO_WORDS = re.compile(r"embedding|(^|[_/.])(file_?)?path|(^|[_/.])ids?($|_)|url|name$")


def role_of(name: str, leaf: Leaf) -> str:
    """Return the guessed meaning of a field, one of the words of this file; "" if its name gives no hint."""
    low = name.lower()
    if _DEPTH.search(low):
        return DEPTH
    if _SUCCESS.search(low) and leaf.kind == "number":
        return SUCCESS
    if leaf.kind == "text" and _WORDS.search(low) and not _NO_WORDS.search(low):
        return WORDS
    shape = value_shape(leaf)
    is_row = leaf.kind == "number" and len(shape) < 2 and None not in shape and 0 not in shape
    if is_row and leaf.per_step and name.startswith(OBSERVED) and (not shape or (shape[0] or 0) <= WIDEST):
        return STATE
    return ""


def advice(role: str, name: str) -> str:
    """Return the advice on reading a field with this meaning; "" if there is none."""
    return _ADVICE.get(role, "").replace("FIELD", name)
