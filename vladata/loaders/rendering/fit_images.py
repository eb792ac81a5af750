"""The image half of an action contract for another recipe, and the rule by which its pictures come from the stored ones.

Pictures that were stored as recorded can be resized by any rule while they are loaded. Pictures that were resized before they
were stored fit only a recipe with the same rule: resizing them again would give other pixels than resizing recorded pictures.
"""

from collections.abc import Mapping
from typing import Any

from vladata.loaders.rendering.stored import StoredRobot
from vladata.robot.image_contract import image_contract
from vladata.robot.picturing import cameras
from vladata.spec.images import ImageRule
from vladata.spec.recipe import RecipeSpec


def images_of(
    source: StoredRobot, recipe: RecipeSpec, own: bool
) -> tuple[Mapping[str, Any], ImageRule | None, list[str]]:
    """Return the image half, the rule for resizing pictures in loading (None: no resizing), and the problems.

    own: True if the caller gives the rule for pictures; then the half describes the stored pictures.
    """
    stored, asked = source.recipe.images, recipe.images
    names = cameras(source.spec, recipe)
    unknown = [camera for camera in names.values() if camera not in source.spec.cameras]
    if unknown:
        return {}, None, [f"schema {source.spec.name} has no camera {unknown[0]} (images.cameras)"]
    known = set(cameras(source.spec, source.recipe).values())
    lacks = [name for name, camera in names.items() if camera not in known]
    if lacks:
        shown = ", ".join(source.contract["images"]["cameras"])
        return {}, None, [f"camera {lacks[0]} is not in the samples, which show {shown} (images.cameras)"]
    rules = [rule.model_dump(exclude={"cameras"}) for rule in (stored, asked)]
    pictures, problems = None, list[str]()
    if own:
        recipe = recipe.model_copy(update={"images": stored.model_copy(update={"cameras": asked.cameras})})
    elif rules[0] != rules[1]:
        if _untouched(source, recipe):
            pictures = asked if asked.size is not None else None
        else:
            says = "pictures were resized by another rule before they were stored, and cannot be resized again (images); "
            says += "give image_size or images to resize the stored ones in loading, or give the recipe the stored rule"
            problems.append(says)
    return image_contract(source.spec, recipe, _sizes(source)), pictures, problems


def _untouched(source: StoredRobot, recipe: RecipeSpec) -> bool:
    """Return True if stored pictures have the recorded pixels; pictures of BGR cameras were encoded once more, at a quality."""
    stored = source.recipe.images
    exchanged = source.spec.swap_channels and stored.quality != recipe.images.quality
    return stored.size is None and stored.png == "keep" and not exchanged


def _sizes(source: StoredRobot) -> dict[str, list[tuple[int, int]]]:
    """Return the schema's camera -> the size of its pictures, for cameras whose pictures all have one size."""
    recorded = source.contract["images"]["recorded"]
    named = cameras(source.spec, source.recipe)
    return {named[name]: [(size[0], size[1])] for name, size in recorded.items() if size}
