"""Two conversions of one source, and the first rendered as the second: compared column by column."""

import json
from pathlib import Path
from typing import Any

import numpy as np

import vladata
from tests.conversion import convert, recipe
from tests.loaders.columns import columns_of
from vladata.loaders.rendering.rerender import Rerender
from vladata.spec.recipe import RecipeSpec

TEXTS = ("prompt", "target", "task", "instruction", "plan", "contract")
NUMBERS = ("loss_weight", "terminate", "valid", "action", "mask", "bins")


def rules(**parts: Any) -> RecipeSpec:
    """rt2-pali-x with other parts, as a recipe's YAML has them."""
    return RecipeSpec.model_validate_json(json.dumps({**recipe().model_dump(mode="json"), **parts}))


def opened(source: Path, out: Path, asked: RecipeSpec, **settings: Any) -> Any:
    convert(source, out, recipe=asked, **settings)
    return vladata.open(out)


def assert_same(stored: Any, converted: Any, asked: Any, **options: Any) -> dict[str, Any]:
    """Every sample of `stored`, rendered again, is that of `converted`, of which others may be there too; the columns."""
    again = Rerender(stored, asked, **options)
    samples = list(stored)
    of_step: dict[tuple[str, int], list[Any]] = {}
    for sample in converted:
        of_step.setdefault((sample.episode, sample.step), []).append(sample)
    same = []
    for sample in samples:
        here = of_step[sample.episode, sample.step]
        same.append(next((one for one in here if one.task == sample.task), here[0]))
    found, wanted = again.columns(columns_of(samples)), columns_of(same)
    for name in TEXTS:
        assert found[name] == wanted[name], name
    for name in NUMBERS:
        size = tuple(map(slice, wanted[name].shape))
        np.testing.assert_array_equal(found[name][size], wanted[name], err_msg=name)
    assert [list(images.items()) for images in found["images"]] == [
        list(sample.images.items()) for sample in same
    ]
    if "frames" in wanted:
        np.testing.assert_array_equal(found["frames"], wanted["frames"])
    assert again.contracts == converted.contracts
    return found
