"""The half of an action contract about images: the values on which a trainer and a robot must agree.

cameras    the names of a sample's images, in the order of its members
recorded   name -> [height, width] of the recorded images; null if episodes differ, or none was measured
made       null if images are unchanged; else how they are changed:
    swapped    names of images that were recorded as BGR; red and blue are exchanged
    size       [height, width]; null if images keep their sizes
    fit, resample, crop_area   as in the recipe
    pad        {colour, place}; null without padding
    png        true if a PNG stays a PNG
    quality    JPEG quality
    rule       the rule, in words
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vladata.image_kinds import Size
from vladata.image_rule import RULE
from vladata.robot.picturing import cameras, swapped_cameras
from vladata.spec.dataset import DatasetSpec
from vladata.spec.images import ImageRule
from vladata.spec.recipe import RecipeSpec

Sizes = Mapping[str, Sequence[Size]]
"""The schema's camera -> the sizes of its pictures."""


def image_contract(spec: DatasetSpec, recipe: RecipeSpec, sizes: Sizes) -> dict[str, Any]:
    """Return the half of the contract about images.

    sizes: those of the episodes from which statistics are taken, so that all splits have the same contract.
    """
    names, rule, swapped = cameras(spec, recipe), recipe.images, swapped_cameras(spec, recipe)
    anew = rule.target is not None or rule.png == "jpeg" or swapped
    known = {name: sizes.get(camera, ()) for name, camera in names.items()}
    return {
        "cameras": list(names),
        "recorded": {name: list(found[0]) if len(found) == 1 else None for name, found in known.items()},
        "made": _made(rule, swapped) if anew else None,
    }


def _made(rule: ImageRule, swapped: Sequence[str]) -> dict[str, Any]:
    return {
        "swapped": list(swapped),
        "size": list(rule.target) if rule.target else None,
        "fit": rule.fit,
        "resample": rule.resample,
        "crop_area": rule.crop_area,
        "pad": rule.pad.model_dump(mode="json") if rule.fit == "pad" else None,
        "png": rule.png,
        "quality": rule.quality,
        "rule": RULE,
    }


def stretched(spec: DatasetSpec, recipe: RecipeSpec, sizes: Sizes) -> Iterator[str]:
    """Yield a remark for each camera whose pictures are stretched. sizes: those of the converted episodes."""
    rule = recipe.images
    if rule.target is None or rule.fit != "stretch":
        return
    padding = rule.model_copy(update={"fit": "pad"})
    for name, camera in cameras(spec, recipe).items():
        lost = [size for size in sizes.get(camera, ()) if _loses_aspect(padding, size)]
        if lost:
            recorded = " and ".join(_told(size) for size in lost[:2])
            more = f" and {len(lost) - 2} other sizes" if len(lost) > 2 else ""
            yield (
                f"Camera {name}: pictures of {recorded}{more} are stretched to {_told(rule.target)}, which changes their aspect "
                "ratio; fit: pad or fit: crop keeps it."
            )


def _loses_aspect(padding: ImageRule, size: Size) -> bool:
    """Return True if padding the picture would need more than one line of pixels; less is rounding."""
    geometry = padding.geometry(*size)
    return any(made - placed > 1 for made, placed in zip(geometry.size, geometry.placed[2:], strict=True))


def _told(size: Size) -> str:
    return f"{size[0]} x {size[1]}"
