"""Find the fields that can be cameras, and the form of their pictures.

    encoded   Image of 8 bits per channel, or Text and strings: JPEG, PNG, GIF or WebP, as stored
    pixels    Tensor of uint8, [height, width, channels] per step with 1 (grey), 3 (RGB) or 4 (RGBA) channels
    frames    Video of the episode, one frame per step: of LeRobot, or of TFDS, which `--reader tfds` reads

A field with a list of pictures per step is a camera if the schema says which picture: path[i]. All other fields are refused, with
their name and advice. Float images are refused, since TFDS stores the bits of their numbers as the pixels of a PNG that opens
like any other; depth maps are refused, since loaders of 8-bit pictures cannot read 16 bits.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vladata.errors import UnsupportedFeature
from vladata.sources.features import FLOATS, Leaf
from vladata.sources.source import Source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.references import place_in_list, resolve

CHANNELS = (1, 3, 4)
PICTURE = 3  # dimensions: height, width, channels
_LEAVE = "or leave the camera out of the schema"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason why a field cannot be a camera (a clause without final stop), and advice (a sentence)."""

    why: str
    advice: str


def camera_refusal(leaf: Leaf, place: int | None = None, reader: str = "native") -> Refusal | None:
    """Return the reason why the field `leaf` cannot be a camera, or None if it can.

    place: i of path[i], the number of a picture in a list; None for a path without [i].
    """
    if leaf.kind == "unsupported":
        return _not_native(leaf, place) if reader == "native" else _by_tfds(leaf, place)
    if not leaf.per_step:
        return Refusal(
            f"it is a {leaf.tfds_class} of the whole episode", f"Give a field of the steps, {_LEAVE}."
        )
    return _unlike_a_picture(leaf) or _not_that_many(leaf, place)


def turn_refusal(spec: DatasetSpec, camera: str, leaf: Leaf) -> Refusal | None:
    """Return the reason why the pictures of a camera cannot be turned as the schema says; None if they can, or are not turned."""
    if camera not in (spec.turn or {}) or leaf.kind == "number":
        return None
    return Refusal(
        "turn is only for pixels, but its pictures are encoded",
        f"Remove {camera} from turn, or write it upright.",
    )


def lists_of_pictures(leaf: Leaf) -> int:
    """Return the number of lists between a step and a picture: 0, or 1 if the schema must give path[i]. More are refused."""
    within = len(leaf.lengths) - 1
    if leaf.kind == "text":
        return within + len(leaf.shape)
    if leaf.kind == "number":
        return within + len(leaf.shape) - PICTURE
    return within


def gives_pixels(spec: DatasetSpec, source: Source, cameras: Iterable[str]) -> bool:
    """Return True if one of `cameras` has pixels or frames of a video, which must be encoded for a sample."""
    found = [resolve(key, source.columns) for camera in cameras for key in spec.camera_keys(camera)]
    return any(r and source.columns[r.path].kind in ("number", "video") for r in found)


def refusals(spec: DatasetSpec, source: Source) -> Iterator[tuple[str, UnsupportedFeature]]:
    """Yield (camera, error) for each field that cannot be a camera, in the schema's order. Missing fields are checked
    elsewhere."""
    for camera in spec.cameras:
        for key in spec.camera_keys(camera):
            reference = resolve(key, source.columns)
            if reference is None:
                continue
            leaf = source.columns[reference.path]
            found = camera_refusal(leaf, place_in_list(reference), source.reader)
            found = found or turn_refusal(spec, camera, leaf)
            if found:
                what = f'"{key}" cannot be the camera "{camera}": {found.why}'
                where = f"schema {spec.name}, cameras.{camera}"
                yield camera, UnsupportedFeature(what, where=where, hint=found.advice)


def _not_native(leaf: Leaf, place: int | None) -> Refusal:
    if leaf.tfds_class == "Video":
        return Refusal(
            "the native reader does not decode a Video",
            f"`--reader tfds` decodes it through tensorflow-datasets; {_LEAVE}.",
        )
    return Refusal(
        f"the native reader cannot read {leaf.tfds_class} here: {leaf.reason}",
        f"{leaf.advice}, {_LEAVE}.",
    )


def _by_tfds(leaf: Leaf, place: int | None) -> Refusal | None:
    """Return the refusal of a field that only TFDS reads; None if reading must show whether it gives pictures."""
    if leaf.tfds_class != "Video":
        listed = leaf.per_step and len(leaf.lengths) > 1
        return (
            None
            if listed or place is None
            else Refusal("it is not a list of pictures", "Give it without [i].")
        )
    if leaf.per_step and place is None:
        return _which()
    if not leaf.per_step and place is not None:
        return Refusal("it is a video of the whole episode, one frame per step", "Give it without [i].")
    return None


def _unlike_a_picture(leaf: Leaf) -> Refusal | None:
    """Return the refusal of single values, whatever lists are around them; None if they may be pictures."""
    if leaf.kind == "text":
        return None
    if leaf.kind in ("image", "video"):
        return _depth(leaf.dtype) if leaf.dtype not in ("", "uint8") else None
    channels_last = len(leaf.shape) >= PICTURE and leaf.shape[-1] in CHANNELS
    if channels_last and leaf.dtype != "uint8":
        return _depth(leaf.dtype)
    if channels_last:
        return None
    sizes = ", ".join("?" if size is None else str(size) for size in leaf.shape)
    held = f"{leaf.dtype} of shape [{sizes}]" if leaf.shape else f"one {leaf.dtype}"
    if len(leaf.shape) == PICTURE and leaf.shape[0] in CHANNELS:
        advice = "Write the dataset with the channels last, [height, width, channels]"
    else:
        advice = "A camera is an Image, or uint8 of [height, width, channels] with 1, 3 or 4 channels. Name another field"
    return Refusal(f"each step has {held}, which is not a picture", f"{advice}, {_LEAVE}.")


def _depth(dtype: str) -> Refusal:
    """Return the refusal of pictures whose numbers are not uint8."""
    if dtype in FLOATS:
        return Refusal(
            f"its pixels are {dtype}, so the values of black and white are not known",
            "Write the dataset with uint8 pixels (times 255 if they lie within 0 to 1; a depth map is not a picture), "
            f"{_LEAVE}.",
        )
    if dtype == "bool":
        return Refusal("its pixels are bool: it is a mask, not a picture", f"Give another field, {_LEAVE}.")
    return Refusal(
        f"its pixels are {dtype}, like those of a depth map; a picture has 8 bits per channel",
        f"If it is a picture, write the dataset with uint8 pixels, {_LEAVE}.",
    )


def _not_that_many(leaf: Leaf, place: int | None) -> Refusal | None:
    """Return the refusal of a picture for the lists around it; None if `place` fits the lists."""
    lists = lists_of_pictures(leaf)
    if lists > 1:
        return Refusal("each step has lists of lists of pictures", f"Name another field, {_LEAVE}.")
    if lists and place is None:
        return _which()
    if not lists and place is not None:
        return Refusal("each step has one picture, not a list", "Give it without [i].")
    length = _length(leaf) if lists else None
    if length is not None and place is not None and not -length <= place < length:
        says = f"each step has {length} pictures, [0] to [{length - 1}]" if length else "its lists are empty"
        return Refusal(says, "Give one that is there, or its place from the end: [-1] is the last.")
    return None


def _which() -> Refusal:
    return Refusal(
        "each step has a list of pictures",
        "Give the number of one: path[0] is the first of each step, path[-1] the last.",
    )


def _length(leaf: Leaf) -> int | None:
    """Return the declared number of pictures in the list of a step."""
    return leaf.lengths[1] if len(leaf.lengths) > 1 else leaf.shape[0]
