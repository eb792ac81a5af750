"""The image half of the contract of loaded samples: the stored pictures (robot/image_contract.py), and the changes by loading.

cameras, recorded   of the loaded cameras, in the order of the batch's axis
made                null if pictures are as they were recorded. If they were stored as recorded, and loading resizes them, the
                    entry that a conversion by this rule writes, so that a model may be trained on either; `quality` is that of
                    the JPEG round trip, null without one, and jpeg_of: recorded is noted. If they were resized before they were
                    stored, the stored entry, with the changes by loading under `loaded`
channels            RGB, the order of the last axis
range               [0, 255] for uint8; {mean, std} if levels are normalised

Random changes are not part of it, since a robot's pictures have none.
"""

from collections.abc import Mapping
from typing import Any

from vladata.actions.contract import differences
from vladata.errors import ContractMismatch, UsageError
from vladata.image_rule import RULE
from vladata.loaders.pictures.picturing import Picturing
from vladata.spec.loading import LoadRule

Half = Mapping[str, Any]
OF_LOADING = ("channels", "range")


def loaded_images(stored: Half, picturing: Picturing) -> dict[str, Any]:
    """Return the image half for pictures from `picturing`. stored: `images` of the action contract of their output."""
    recorded = {name: stored["recorded"][name] for name in picturing.cameras if name in stored["recorded"]}
    normalise = picturing.normalise
    return {
        "cameras": list(recorded),
        "recorded": recorded,
        "made": _made(stored["made"], recorded, picturing.rule),
        "channels": "RGB",
        "range": [0, 255] if normalise is None else normalise.model_dump(mode="json"),
    }


def images_of(contracts: Mapping[str, Half], picturing: Picturing) -> dict[str, dict[str, Any]]:
    """Return the image half of each contract's samples after loading, by digest. contracts: the stored image halves."""
    return {digest: loaded_images(each["images"], picturing) for digest, each in contracts.items()}


def only_half(loaded: Mapping[str, Half]) -> Half:
    """Return the image half that all sources share. Raises UsageError if there is none, or sources differ."""
    halves = list(loaded.values())
    if not halves:
        raise UsageError(
            "there is no image contract: no pictures are loaded, or no sample has an action contract"
        )
    for other in halves[1:]:
        if found := differences(halves[0], other):
            raise UsageError("the sources of the mixture have different image contracts", got=found[0])
    return halves[0]


def check_images(expected: Half, loaded: Mapping[str, Half], where: str = "") -> None:
    """Raise ContractMismatch unless the pictures of every source have the expected image half.

    expected: an action contract, or its `images`, or a result of loaded_images.   loaded: name of a source or digest of its
    contract -> its half.   where: the output. Entries that `expected` lacks (an action contract has no range) are not compared.
    Web samples have no contract, and are not compared. Raises UsageError if `expected` has no image half, or `loaded` is
    empty."""
    half = expected.get("images", expected) if isinstance(expected, Mapping) else None
    if not isinstance(half, Mapping) or not {"cameras", "recorded", "made"} <= set(half):
        raise UsageError(
            "expect= is neither an action contract nor the image half of one",
            got=expected,
            hint="vladata.open(OUT).contract is one, and its `images` the half; so is loader.image_contract.",
        )
    if not loaded:
        raise UsageError(
            "expect= has no use: no pictures are loaded, or no sample has an action contract", where=where
        )
    lines = {}
    for name, ours in loaded.items():
        compared = {key: ours[key] for key in ours if key in half or key not in OF_LOADING}
        if found := differences(half, compared):
            lines[name] = found
    if lines:
        several = len(loaded) > 1
        told = [f"{name}: {line}" if several else line for name, found in lines.items() for line in found]
        raise ContractMismatch(
            "the loaded pictures differ from the expected ones (here: expected, there: loaded)",
            where=where,
            hint="\n  ".join([*told, "Set images= and normalise= to change how pictures are loaded."]),
        )


def _made(stored: Half | None, recorded: Mapping[str, Any], rule: LoadRule) -> dict[str, Any] | None:
    was_resized = stored is not None and stored["size"] is not None
    sizes = [stored["size"]] if stored is not None and was_resized else list(recorded.values())
    if rule.jpeg is None and all(size and rule.geometry(*size).is_identity for size in sizes):
        return None if stored is None else dict(stored)
    anew: dict[str, Any] = {
        "size": list(rule.target) if rule.target else None,
        "fit": rule.fit,
        "resample": rule.resample,
        "crop_area": rule.crop_area,
        "pad": rule.pad.model_dump(mode="json") if rule.fit == "pad" else None,
        "quality": rule.jpeg,
        "rule": RULE,
    }
    if rule.jpeg_of == "recorded":
        anew["jpeg_of"] = rule.jpeg_of
    if stored is not None and was_resized:
        return {**stored, "loaded": anew}
    return {"swapped": [], "png": "keep", **(stored or {}), **anew}
