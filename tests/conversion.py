"""A conversion in this process: a plain loop over the units, no Beam and no command line."""

import json
from pathlib import Path
from typing import Any

from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.spec import find
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec


def convert(source: Path | str, out: Path | str, **settings: Any) -> dict[str, Any]:
    """Converts with bridge_dataset's schema and recipe rt2-pali-x, unless `settings` say otherwise; the manifest."""
    specs = {"spec": find.schema("bridge_dataset"), "recipe": find.recipe("rt2-pali-x")}
    with begin(Settings(str(source), str(out), **{**specs, **settings})) as run:
        run.convert_here()
        return run.commit().as_json()


def recipe(**changes: Any) -> RecipeSpec:
    """rt2-pali-x with other images: cameras, size, png, quality."""
    found = find.recipe("rt2-pali-x")
    return found.model_copy(update={"images": found.images.model_copy(update=changes)})


def asked(tasks: dict[str, Any], **images: Any) -> RecipeSpec:
    """rt2-pali-x with other tasks, and with other images."""
    found = recipe(**images).model_dump(mode="json")
    return RecipeSpec.model_validate_json(json.dumps({**found, "tasks": tasks}))


def schema_without_state() -> DatasetSpec:
    return find.schema("bridge_dataset").model_copy(update={"state": None})
