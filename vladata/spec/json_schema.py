"""JSON Schema of the models, so that editors complete and check the YAML files.

    python -c 'from vladata.spec.json_schema import export; export("schemas/jsonschema")'

writes the shipped files; every YAML in schemas/ names its JSON Schema in the first line. JSON Schema cannot express rules
of several keys (a register that is read before it is written): `vladata schemas check` checks all of them.
"""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from vladata.spec.corpus import CorpusSpec
from vladata.spec.dataset import DatasetSpec
from vladata.spec.evaluation import EvaluationSpec
from vladata.spec.mixture import MixtureSpec
from vladata.spec.question import QuestionSpec
from vladata.spec.recipe import RecipeSpec
from vladata.spec.robot_keys import RobotKeysSpec
from vladata.spec.strict import Strict
from vladata.spec.training import TrainingSpec

MODELS: dict[str, type[Strict]] = {
    "dataset": DatasetSpec,
    "corpus": CorpusSpec,
    "recipe": RecipeSpec,
    "mixture": MixtureSpec,
    "question": QuestionSpec,
    "evaluation": EvaluationSpec,
    "robot": RobotKeysSpec,
    "training": TrainingSpec,
}
"""Name of the file in schemas/jsonschema -> model."""

EXTENDS = "Another recipe, by name or path, from which all keys are taken that this file does not give."


def json_schema(model: type[Strict]) -> dict[str, Any]:
    """Return the JSON Schema of `model`, under the keys of the YAML file."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    made = described(model)
    return {"$schema": dialect, **(_extending(made) if model is RecipeSpec else made)}


def described(model: type[Strict]) -> dict[str, Any]:
    """Return the JSON Schema of `model` for a file that extends no other."""
    made = model.model_json_schema(by_alias=True)
    known = {each.__name__: each for each in _models(Strict)}
    for name, node in {model.__name__: made, **made.get("$defs", {})}.items():
        if name in known:
            _describe(node, known[name])
    unwrapped: dict[str, Any] = _unwrapped(made)
    return unwrapped


def _extending(made: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a recipe that may extend another. With `extends` only `name` is required, and maps may be
    incomplete."""
    parts = ("type", "properties", "required", "additionalProperties")
    whole = {key: made[key] for key in parts}
    extends = {"type": "string", "minLength": 1, "description": EXTENDS}
    loose = {
        key: {"description": shape["description"]} if key != "name" else shape
        for key, shape in whole["properties"].items()
    }
    part = {**whole, "properties": {"extends": extends, **loose}, "required": ["name", "extends"]}
    frame = {key: value for key, value in made.items() if key not in parts}
    return {**frame, "type": "object", "if": {"required": ["extends"]}, "then": part, "else": whole}


def _models(base: type[Strict]) -> Iterator[type[Strict]]:
    for each in base.__subclasses__():
        yield each
        yield from _models(each)


def _describe(node: dict[str, Any], model: type[Strict]) -> None:
    """Add the docstrings below a model's attributes to the properties of its schema."""
    texts = _docstrings(model)
    for name, field in model.model_fields.items():
        key = field.alias or name
        shown = node.get("properties", {}).get(key)
        if shown is not None and name in texts and "description" not in shown:
            node["properties"][key] = dict(sorted({**shown, "description": texts[name]}.items()))


def _docstrings(model: type[Strict]) -> dict[str, str]:
    """Return a map from each attribute of a model and its bases to the docstring below it. A model that a function made has no
    source: its fields have their descriptions already."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if not issubclass(base, Strict):
            continue
        try:
            source = inspect.getsource(base)
        except OSError:
            continue
        (definition,) = ast.parse(textwrap.dedent(source)).body
        assert isinstance(definition, ast.ClassDef)
        for attribute, below in pairwise(definition.body):
            text = below.value if isinstance(below, ast.Expr) else None
            if isinstance(attribute, ast.AnnAssign) and isinstance(text, ast.Constant):
                found[ast.unparse(attribute.target)] = inspect.cleandoc(str(text.value))
    return found


def _unwrapped(node: Any) -> Any:
    """Return `node` with each description on one line, without the line breaks of docstrings."""
    if isinstance(node, list):
        return [_unwrapped(item) for item in node]
    if not isinstance(node, dict):
        return node
    is_text = isinstance(node.get("description"), str)
    described = {"description": " ".join(node["description"].split())} if is_text else {}
    return {key: _unwrapped(value) for key, value in node.items()} | described


def text(model: type[Strict]) -> str:
    """Return the JSON Schema of `model` as the text of the shipped file."""
    return json.dumps(json_schema(model), indent=2) + "\n"


def export(folder: str | Path) -> None:
    """Write the JSON Schemas of all models into `folder`."""
    for name, model in MODELS.items():
        (Path(folder) / f"{name}.json").write_text(text(model), "utf-8")
