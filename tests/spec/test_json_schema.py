import json
from importlib.resources import files

import pytest

from vladata.spec.find import FOLDERS, names
from vladata.spec.json_schema import MODELS, export, text

REFRESH = """python -c 'from vladata.spec.json_schema import export; export("schemas/jsonschema")'"""
KINDS = {
    "schema": "dataset",
    "corpus": "corpus",
    "recipe": "recipe",
    "mixture": "mixture",
    "question": "question",
    "training": "training",
    "evaluation": "evaluation",
    "robot": "robot",
}
SHIPPED = [(kind, name) for kind in FOLDERS for name in names(kind)]


@pytest.mark.parametrize("name", MODELS)
def test_the_shipped_json_schema_is_that_of_the_model(name):
    shipped = files("vladata.schemas") / "jsonschema" / f"{name}.json"
    assert shipped.read_text("utf-8") == text(MODELS[name]), f"if this is meant, refresh it: {REFRESH}"


def test_export_writes_them_all(tmp_path):
    export(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.json" for name in MODELS}
    assert json.loads((tmp_path / "recipe.json").read_text())["title"] == "RecipeSpec"


@pytest.mark.parametrize(("kind", "name"), SHIPPED)
def test_every_shipped_yaml_names_its_json_schema(kind, name):
    lines = (files("vladata.schemas") / FOLDERS[kind] / f"{name}.yaml").read_text("utf-8").splitlines()
    assert lines[0] == f"# yaml-language-server: $schema=../jsonschema/{KINDS[kind]}.json"


def test_editors_learn_the_keys_of_the_file_and_what_they_mean():
    definitions = json.loads(text(MODELS["dataset"]))["$defs"]
    assert list(definitions["Clip"]["properties"]) == ["in", "out", "op", "low", "high"]
    assert definitions["Language"]["properties"]["decode"] == {
        "default": "utf8",
        "description": "The storage of the text. utf8: text. "
        "utf8_bytes_padded: integers, each a byte of UTF-8, cut at the first 0.",
        "enum": ["utf8", "utf8_bytes_padded"],
        "title": "Decode",
        "type": "string",
    }
    assert definitions["Language"]["additionalProperties"] is False
