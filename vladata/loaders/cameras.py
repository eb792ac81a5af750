"""The cameras that are loaded, and the decoder of their pictures."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vladata.errors import UnknownName, UsageError
from vladata.loaders.pictures.picturing import Picturing
from vladata.loaders.pictures.rule_at_load import most_frames, own_cameras, rule_at_load
from vladata.shards.sequence import Samples

if TYPE_CHECKING:
    from vladata.loaders.rendering.rerender import Rerender
    from vladata.spec.images import ImageRule


def picturing(
    samples: Samples,
    cameras: Sequence[str] | None,
    rerender: "Rerender | None",
    *,
    image_size: int | Sequence[int] | None,
    images: "Mapping[str, Any] | ImageRule | None",
    augment: str | Mapping[str, Any] | None,
    normalise: str | Mapping[str, Any] | None,
) -> Picturing | None:
    """Return the decoder of the pictures; None if there are no pictures, or none is wanted.

    rerender: gives the cameras and frames of another recipe, and its image rule if the arguments give none.
    Raises UsageError if an argument has no use, or pictures have several sizes; UnknownName for an unknown camera.
    """
    known = own_cameras(samples.manifest) if rerender is None else list(rerender.cameras)
    chosen = cameras_of(cameras, known, samples.url)
    asked = {"image_size": image_size, "images": images, "augment": augment, "normalise": normalise}
    if not chosen:
        for name, value in asked.items():
            if value is not None:
                raise UsageError(
                    f"{name} has no use: no pictures are loaded",
                    where=samples.url,
                    got=f"{name}={value!r}",
                    hint="cameras=[] loads no pictures."
                    if cameras is not None
                    else "The dataset has no pictures.",
                )
        return None
    frames, how = most_frames(samples.manifest), images
    if rerender is not None:
        frames = rerender.frames
        if rerender.pictures is not None and image_size is None and images is None:
            how = rerender.pictures
    rule, size = rule_at_load(samples.manifest, image_size, how, chosen)
    changes = None
    if augment is not None:
        from vladata.spec.augment import augment_of

        changes = augment_of(augment)
    return Picturing(chosen, frames, rule, size, changes, normalise)


def cameras_of(cameras: Sequence[str] | None, known: list[str], where: str) -> list[str]:
    """Return the cameras that are loaded, in order: those in `cameras`, or all if it is None. Raises UsageError, UnknownName."""
    if cameras is None:
        return known
    listed = isinstance(cameras, Sequence) and not isinstance(cameras, str)
    if not listed or not all(isinstance(name, str) for name in cameras):
        hint = f"Known: {', '.join(known) or 'none'}."
        raise UsageError("cameras must be a list of names, or None for all", got=cameras, hint=hint)
    for name in cameras:
        if name not in known:
            raise UnknownName("camera", name, known, where)
        if cameras.count(name) > 1:
            raise UsageError("a camera appears twice in the list", where="cameras", got=name)
    return list(cameras)
