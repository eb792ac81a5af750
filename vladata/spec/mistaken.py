"""Hints for a name or path in place of a spec that is not there, or is a spec of another kind.

Rule: a kind is known by the top keys that only its specs have; files of other tools, by keys of theirs.
"""

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from vladata.errors import Problem, SpecError, UnknownName
from vladata.near_path import way_to

USED = {
    "schema": "a schema of a robot dataset: give it to `vladata convert rlds2vla --schema`",
    "corpus": "a schema of a web corpus: give it to `vladata convert web2vla --schema`",
    "recipe": "a recipe: give it to `vladata convert --recipe`",
    "mixture": "a mixture: give it to `vladata mix --mixture`",
    "question": "a question: give it to `vladata annotate --prompt`",
    "evaluation": "an evaluation: give it to `vladata eval`",
    "robot": "the keys of a robot: give them to `vladata serve --robot`",
    "training": "a training config: give it to `vladata train`",
}
"""Kind of spec -> its name in a sentence, and where it is used."""

KEYS: Mapping[str, Collection[str]] = {
    "schema": ("cameras", "actions"),
    "corpus": ("layout", "pairs"),
    "recipe": ("tasks", "action"),
    "mixture": ("weights", "sources"),
    "evaluation": ("environment", "policies"),
    "question": ("prompt", "fields"),
    "robot": ("protocol", "cameras"),
    "training": ("data", "model"),
}
"""Kind of spec -> top keys by which a file of it is known."""

OTHERS: Mapping[str, Collection[str]] = {
    "features.json of a TFDS dataset": ("pythonClassName",),
    "dataset_info.json of a TFDS dataset": ("splits", "fileFormat"),
    "info.json of a LeRobot dataset": ("codebase_version",),
    "a dataset config of Octo or OpenVLA": ("image_obs_keys",),
    "modality.json of a GR00T dataset": ("video", "annotation"),
}
INFER = "`vladata schemas infer DATASET` drafts a schema from the dataset itself."


def unknown(
    kind: str, name: str, shipped: Iterable[str], names: Callable[[str], Collection[str]]
) -> UnknownName:
    """Return the error for a name that no spec of this kind has. names: returns those of a kind that ship."""
    fault = UnknownName(kind, name, list(shipped))
    here = [file for file in (name, f"{name}.yaml", f"{name}.yml") if os.path.isfile(file)]
    others = [other for other in USED if other != kind and name in names(other)]
    if here:
        fault.hint = f"A file of this name is here; a file is named with its path: ./{here[0]}"
    elif others:
        fault.hint = f'"{name}" is {"; and ".join(USED[other] for other in others)}.'
    return fault


def way_to_file(path: str, kind: str, listed: str, names: Collection[str]) -> str:
    """Return the hint for the path of a spec that does not exist. listed: the command that lists those that ship."""
    name = os.path.basename(path).removesuffix(".yaml")
    if name in names:
        return f"To use the {kind} that ships, write its name alone: {name}."
    return f"{way_to(path)} To use one that ships, give its name alone: {listed}."


def require_kind(kind: str, data: Any, file: str) -> None:
    """Raise SpecError for a file of another kind, in place of a list of all the keys that it lacks."""
    keys = set(data) if isinstance(data, Mapping) else set()
    if keys >= set(KEYS[kind]):
        return
    for other, marks in KEYS.items():
        if keys >= set(marks):
            raise SpecError(file, [Problem(1, "", f"is not {_called(kind)}, but {USED[other]}")])
    for other, marks in OTHERS.items():
        if keys >= set(marks):
            fault = SpecError(file, [Problem(1, "", f"is not {_called(kind)}, but {other}")])
            fault.hint = INFER if kind == "schema" else ""
            raise fault


def _called(kind: str) -> str:
    return USED[kind].partition(":")[0]
