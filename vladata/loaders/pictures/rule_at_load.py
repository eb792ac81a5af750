"""The rule by which the pictures of an output are resized when they are loaded, and the one size of all loaded pictures."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vladata.errors import UsageError
from vladata.image_kinds import Size
from vladata.shards.manifest import Manifest
from vladata.shards.parts import MixturePart, WebPart
from vladata.spec.images import Fitting, ImageRule
from vladata.spec.loading import LoadRule
from vladata.spec.read import validate_data

HINT = "Give the size of resized pictures: image_size=224, image_size=(224, 320), or images={'size': 224, 'fit': 'pad'}."


def rule_at_load(
    manifest: Manifest,
    image_size: int | Sequence[int] | None = None,
    images: Mapping[str, Any] | LoadRule | ImageRule | None = None,
    cameras: Sequence[str] | None = None,
) -> tuple[LoadRule, Size]:
    """Return the rule of loading, and the height and width of all loaded pictures.

    image_size: one number, or a height and a width.   images: settings of LoadRule; or a recipe's ImageRule, to get the pictures
    that its conversion stores, including the JPEG encoding.   cameras: the loaded cameras, None for all.
    Without a size, pictures keep theirs. Raises UsageError if they have several sizes, or unknown sizes; SpecError for settings
    that are not a rule."""
    given = _settings(images)
    if image_size is not None:
        if given.get("size") is not None:
            got = f"image_size={image_size}, images={{'size': {given['size']}}}"
            raise UsageError("the size of pictures is given twice", got=got, hint="Leave one of them out.")
        size: Any = image_size
        if isinstance(size, str):  # a sequence of characters, each of which would be refused
            raise UsageError("image_size must be a whole number of pixels, or two", got=size, hint=HINT)
        given["size"] = list(size) if isinstance(size, Sequence) else size
    where = "images=" if images is not None else "image_size="
    if given.get("size") is not None:
        rule = validate_data(LoadRule, given, where)
        assert rule.target is not None
        return rule, rule.target
    stored = stored_size(manifest, cameras)
    kept = validate_data(LoadRule, {**given, "size": list(stored)}, where)
    return (LoadRule() if kept == LoadRule(size=stored) else kept), stored


def _settings(images: Mapping[str, Any] | LoadRule | ImageRule | None) -> dict[str, Any]:
    if isinstance(images, ImageRule):
        jpeg = {"jpeg": images.quality} if images.size is not None else {}
        return images.model_dump(include=set(Fitting.model_fields)) | jpeg
    if isinstance(images, LoadRule):
        return images.model_dump()
    if not isinstance(images or {}, Mapping):
        raise UsageError("images must be a map of settings", got=images, allowed='such as {"size": 224}')
    return dict(images or {})


def stored_size(manifest: Manifest, cameras: Sequence[str] | None = None) -> Size:
    """Return the height and width that all stored pictures of these cameras have. Raises UsageError."""
    found = dict.fromkeys(_sizes(manifest, own_cameras(manifest) if cameras is None else cameras))
    if len(found) != 1 or None in found:
        sizes = [f"{size[0]} x {size[1]}" if size else "some that nobody measured" for size in found]
        raise UsageError(
            "the pictures have several sizes, or unknown ones",
            where=manifest.name,
            got=", ".join(sizes) or "some that nobody measured",
            hint=HINT,
        )
    (size,) = found
    assert size is not None
    return size


def own_cameras(manifest: Manifest) -> list[str]:
    """Return the names of the pictures of a sample's own step, without those of earlier frames ("primary-1")."""
    return [name for name in manifest.cameras if "-" not in name]


def most_frames(manifest: Manifest) -> int:
    """Return the largest number of frames that a sample shows."""
    return 1 + max((int(name.partition("-")[2] or 0) for name in manifest.cameras), default=0)


def _sizes(manifest: Manifest, cameras: Sequence[str]) -> Iterator[Size | None]:
    """Yield the sizes that the manifest has; None for a size that it does not have."""
    for contract in manifest.contracts.values():
        yield from _contracted(contract["images"], cameras)
    for recipe in _recipes_of_webs(manifest):
        size = recipe.get("images", {}).get("size")
        yield None if size is None else (size, size) if isinstance(size, int) else (size[0], size[1])


def _contracted(images: Mapping[str, Any], cameras: Sequence[str]) -> Iterator[Size | None]:
    made = (images.get("made") or {}).get("size")
    for name in images.get("cameras", ()):
        if name in cameras:
            size = made or images["recorded"].get(name)
            yield (size[0], size[1]) if size else None


def _recipes_of_webs(manifest: Manifest) -> Iterator[Mapping[str, Any]]:
    """Yield the recipes of sources with pictures and no contract; {} for a source whose recipe is not known."""
    part = manifest.part
    if isinstance(part, WebPart):
        yield part.recipe
    if isinstance(part, MixturePart):
        for source in part.sources:
            if source.kind != "robot":
                yield source.made_from.get("recipe", {})
