"""Guess the field of a dataset's instruction by name and kind.

Fields are tried in this order: names that can only be the instruction (language_instruction), names that may be it (task, goal),
and any other text that is not a file name, date or number. Within each group the order is: one text per step; several texts in
one value; integers that are bytes of text; texts of the whole episode.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vladata.sources.compare import value_shape
from vladata.sources.features import INTEGERS, Leaf

SURE = (
    "language_instruction",
    "natural_language_instruction",
    "instruction",
    "utterance",
    "command",
)
BARE = ("language", "lang")  # the instruction, or the name of the language of another field
LIKELY = (
    "task",
    "text",
    "caption",
    "goal",
    "prompt",
    "sentence",
    "description",
    "narration",
    "skill",
    "annotation",
)
CERTAIN = SURE[:2]
SHORTEST = 8  # the fewest integers that count as bytes of text; fewer are codes
_NO_WORDS = re.compile(
    r"(^|_)(ids?|key|keys|hash|time|date|stamp|timestamp|version|scene|robot|operator|author|user|lab|building|serial|split"
    r"|source|collector|location|camera|uuid|uri|url|format|encoding|name|names|type|mode|model|embedding|code|tokens?)($|_)|path|file|folder|uuid|url"
)


@dataclass(frozen=True)
class InstructionFields:
    """The fields of the instruction.

    path:     the field of the instruction.
    wordings: fields whose names differ only in a number at the end, with the same instruction in other words.
    several:  True if a value holds several texts.
    padded:   True if the instruction is stored as integers.
    sure:     True if a field of this name can only be the instruction.
    """

    path: str
    wordings: tuple[str, ...]
    several: bool
    padded: bool
    sure: bool


def words_of(columns: Mapping[str, Leaf]) -> InstructionFields | None:
    """Return the fields of the instruction; None if there is none. columns: columns and values that a schema can name."""
    groups = [[name for name in columns if test(columns[name])] for test in GROUPS]
    found = next(_found(groups), None)
    if found is None:
        return None
    path, group = found
    leaf = columns[path]
    stem = re.sub(r"_?\d+$", "", path)
    wordings = [n for n in group if n != path and re.sub(r"_?\d+$", "", n) == stem]
    several = leaf.kind == "text" and bool(value_shape(leaf))
    sure = path in CERTAIN and leaf.per_step and not several
    return InstructionFields(path, tuple(wordings), several, leaf.kind == "number", sure)


def _is_text(leaf: Leaf) -> bool:
    return leaf.kind == "text"


def _is_padded(leaf: Leaf) -> bool:
    """Return True if the leaf may be bytes of text: a row of integers, not labels, and long enough for a sentence."""
    shape = value_shape(leaf)
    is_row = leaf.kind == "number" and leaf.dtype in INTEGERS and len(shape) == 1
    return is_row and leaf.tfds_class != "ClassLabel" and (shape[0] is None or shape[0] >= SHORTEST)


GROUPS: tuple[Callable[[Leaf], bool], ...] = (
    lambda leaf: _is_text(leaf) and leaf.per_step and not value_shape(leaf),
    lambda leaf: _is_text(leaf) and leaf.per_step and bool(value_shape(leaf)),
    lambda leaf: _is_padded(leaf) and leaf.per_step,
    lambda leaf: _is_text(leaf) and not leaf.per_step and not value_shape(leaf),
    lambda leaf: _is_text(leaf) and not leaf.per_step and bool(value_shape(leaf)),
    lambda leaf: _is_padded(leaf) and not leaf.per_step,
)
_PADDED = (2, 5)
"""The positions of the groups of integers, which count as text only if their name can only be the instruction."""


def _found(groups: Sequence[list[str]]) -> Iterator[tuple[str, list[str]]]:
    """Yield (field, the group of fields that it is in), the best field first."""
    for wanted in (SURE, BARE, LIKELY):
        for number, group in enumerate(groups):
            names = [name for name in group if not _says_no_words(name, wanted)]
            if number in _PADDED and wanted is LIKELY:
                continue
            if found := first(names, wanted):
                yield _wording(found, names), group
    for number, group in enumerate(groups):
        if number not in _PADDED:
            yield from ((name, group) for name in group if not _says_no_words(name, ()))


def _wording(found: str, names: Sequence[str]) -> str:
    """Return the field with the words if the instruction is a dictionary: in {language, text} it is text, since language is a
    code. Another name is returned unchanged."""
    within = found.rpartition("/")[0]
    if not any(word in within.lower() for word in (*SURE, *BARE, *LIKELY)):
        return found
    parts = [name.rpartition("/")[2] for name in names if name.rpartition("/")[0] == within]
    best = first(parts, (*SURE, *LIKELY))
    return f"{within}/{best}" if best else found


def _says_no_words(name: str, wanted: Sequence[str]) -> bool:
    """Return True if the last part of a path names something else, such as a file or a date; "task_name" does not."""
    last = name.rpartition("/")[2].lower()
    if last in wanted or any(last == f"{word}_name" for word in wanted):
        return False
    return _NO_WORDS.search(last) is not None


def first(names: Sequence[str], wanted: Sequence[str]) -> str | None:
    """Return the name that equals one of `wanted`; else the name whose last part equals one, ends in one, or contains one.

    If several match, the first of `wanted` counts. Parts of a name are joined by a slash or a dot.
    """
    ways = (str.__eq__, _is_last_part, str.endswith, str.__contains__)
    found = (
        name for way in ways for word in wanted for name in names if way(name.lower().replace(".", "/"), word)
    )
    return next(found, None)


def _is_last_part(name: str, word: str) -> bool:
    return name.rpartition("/")[2] == word
