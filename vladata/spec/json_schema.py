"""JSON Schema of the models, so that editors complete and check the YAML files.

    python -c 'from vladata.spec.json_schema import export; export("schemas/jsonschema")'

writes the files that ship; every YAML in schemas/ names its own in the first line. Rules that span several keys (a
register that is read before it is written) are beyond JSON Schema: `vladata schemas check` knows all of them.
"""

import json
from pathlib import Path
from typing import Any

from vladata.spec.corpus import CorpusSpec
from vladata.spec.dataset import DatasetSpec
from vladata.spec.mixture import MixtureSpec
from vladata.spec.recipe import RecipeSpec
from vladata.spec.strict import Strict

MODELS: dict[str, type[Strict]] = {
    "dataset": DatasetSpec,
    "corpus": CorpusSpec,
    "recipe": RecipeSpec,
    "mixture": MixtureSpec,
}
"""Name of the file in schemas/jsonschema -> model."""


def json_schema(model: type[Strict]) -> dict[str, Any]:
    """The JSON Schema of `model`, under the keys of the YAML file."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **_unwrapped(model.model_json_schema(by_alias=True))}


def _unwrapped(node: Any) -> Any:
    """`node` with its descriptions, which docstrings wrap, on one line each."""
    if isinstance(node, list):
        return [_unwrapped(item) for item in node]
    if not isinstance(node, dict):
        return node
    is_text = isinstance(node.get("description"), str)
    described = {"description": " ".join(node["description"].split())} if is_text else {}
    return {key: _unwrapped(value) for key, value in node.items()} | described


def text(model: type[Strict]) -> str:
    """The JSON Schema of `model` as the file that ships."""
    return json.dumps(json_schema(model), indent=2) + "\n"


def export(folder: str | Path) -> None:
    """Write all of them into `folder`."""
    for name, model in MODELS.items():
        (Path(folder) / f"{name}.json").write_text(text(model), "utf-8")
