"""The pictures of a sample, decoded straight into the array of a batch.

RULE: each picture is resized as a conversion would resize it (vladata/image_rule.py), without the JPEG encoding at the end. So a
dataset that stores recorded pictures gives the pixels of a dataset of this size, except for the loss of one JPEG encoding; with
`jpeg` there is no difference. Then the picture is cropped, turned and recoloured at random (augment.py), if wanted, and
normalised. A crop is cut from the recorded picture and resized once; only with `jpeg` is it cut from the resized and encoded
picture. A missing picture is black, and False in `shown`.

Only values that depend on sizes are kept between pictures, so any number of threads may call one Picturing; the slow steps
(decoding, resizing) run without the interpreter lock.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import simplejpeg

from vladata import images as encoded_images
from vladata import pixels
from vladata.errors import BadImage
from vladata.image_geometry import ImageGeometry, Rectangle, image_geometry
from vladata.image_kinds import JPEG, Buffer, Size, jpeg_frame, kind_of
from vladata.image_rule import shown as made_by_rule
from vladata.loaders.pictures.augment import Crop, Drawn, crops, drawn, rotated
from vladata.loaders.pictures.colours import recoloured
from vladata.loaders.pictures.moved import Moved, PicturePlaces
from vladata.loaders.pictures.normalise import Normalise
from vladata.spec.loading import LoadRule

if TYPE_CHECKING:  # it makes models of pydantic, and most loops have no augmentation
    from vladata.spec.augment import Augment

MOST_SIZES = 4096  # sizes of pictures whose geometry is remembered: a web corpus has pictures of any size


@dataclass(frozen=True, slots=True)
class _Plan:
    """The work for pictures of one recorded size. direct: True if one call decodes a JPEG into its place, with no further
    step."""

    geometry: ImageGeometry
    direct: bool


class Picturing:
    """A decoder of a sample's pictures into uint8 (float32 if normalised) [K, C, h, w, 3], RGB."""

    def __init__(
        self,
        cameras: Sequence[str],
        frames: int,
        rule: LoadRule,
        size: Size,
        augment: "Augment | None" = None,
        normalise: str | Mapping[str, Any] | None = None,
    ) -> None:
        """Check the settings. cameras: C names of pictures of a sample's own step.   frames: K, the sample's own step first.
        size: height and width of all pictures; without rule.size every picture must have this size already.
        normalise: "imagenet", "siglip" or {mean: [3], std: [3]}; None for levels 0..255."""
        self.cameras, self.frames, self.rule, self.size = tuple(cameras), frames, rule, size
        self.augment, self.normalise = augment, None if normalise is None else Normalise.of(normalise)
        self._names = [[c if k == 0 else f"{c}-{k}" for k in range(frames)] for c in self.cameras]
        self._plans: dict[Size, _Plan] = {}
        self._header = b"\0"  # of the last JPEG that one call decoded; the next JPEG of its camera usually has the same header

    @property
    def shape(self) -> tuple[int, int, int, int, int]:
        """(K, C, h, w, 3)."""
        return self.frames, len(self.cameras), *self.size, 3

    @property
    def bytes(self) -> int:
        """The number of bytes in the array of one sample."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def dtype(self) -> np.dtype[Any]:
        """uint8, or float32 if pictures are normalised."""
        return np.dtype(np.float32 if self.normalise else np.uint8)

    def into(
        self,
        images: Mapping[str, Buffer],
        out: np.ndarray,
        shown: np.ndarray,
        seed: int = 0,
        places: PicturePlaces | None = None,
    ) -> Moved | None:
        """Decode the pictures of a sample into `out` [K, C, h, w, 3], which must be in C order.

        images: by their names, "primary", "primary-1", ...   shown: bool [K, C], set to True where a picture is there.
        seed: 64 bits, from (seed of the run, epoch, key).   places: the places on one of its pictures that the sample's texts
        name; the crop of that picture shows them all. Returns the map of coordinates; None without places, or if their picture
        is not loaded. Raises BadImage, which names the picture, also if the rule itself cuts a place off."""
        moved = None
        for c, (camera, names) in enumerate(zip(self.cameras, self._names, strict=True)):
            draw = NOTHING if self.augment is None else drawn(self.augment, seed, camera)
            for k, name in enumerate(names):
                image = images.get(name)
                shown[k, c] = image is not None
                try:
                    if image is not None and self.rule.jpeg and self.rule.jpeg_of == "recorded":
                        image = pixels.jpeg(encoded_images.decoded(image), self.rule.jpeg)
                    if k == 0 and places is not None and places.camera == camera and image is not None:
                        draw, moved = self._keeping(image, places, draw, seed)
                    self._picture(image, out[k, c], draw)
                except BadImage as fault:
                    fault.where = f"image {name}"
                    raise
        return moved

    def _keeping(self, image: Buffer, places: PicturePlaces, draw: Drawn, seed: int) -> tuple[Drawn, Moved]:
        """Return changes without a turn and with the first crop that shows all places, or no crop; and the map of coordinates."""
        tried = [] if self.augment is None else crops(self.augment, seed, places.camera)
        for crop in (*tried, None):
            moved = self._moved(image, crop)
            if moved.shows(places.points(moved.recorded)):
                return replace(draw, crop=crop, degrees=0.0), moved
        raise BadImage(
            "the picture is cut, and a place that the sample names is not on the rest",
            got=f"fit: {self.rule.fit}, crop_area: {self.rule.crop_area:g}",
            hint="Load it whole: fit: stretch or pad, crop_area: 1.",
        )

    def _moved(self, image: Buffer, crop: Crop | None) -> Moved:
        size = encoded_images.size_of(image)
        whole = self._plan(size).geometry
        if crop is None:
            return Moved(size, (whole,))
        if self._is_made_first:
            return Moved(size, (whole, self._made_again(crop)))
        return Moved(size, (self._cut(image, whole, crop)[1],))

    def _picture(self, image: Buffer | None, out: np.ndarray, draw: Drawn) -> None:
        """Decode one picture, [h, w, 3], into its place; black if there is none."""
        levels = out if self.normalise is None else np.empty(out.shape, np.uint8)
        if image is None:
            levels[:] = 0
        elif draw.crop is None:
            self._whole(image, levels)
        else:
            levels[:] = self._cropped(image, draw.crop)
        if image is not None and draw.degrees:
            levels[:] = rotated(levels, draw.degrees)
        if image is not None and draw.colours:
            levels[:] = recoloured(levels, draw.colours)
        if self.normalise is not None:
            self.normalise.into(levels, out)

    def _whole(self, image: Buffer, out: np.ndarray) -> None:
        """Decode a picture by the rule, into its place."""
        header = self._header
        if bytes(image[: len(header)]) == header and _decoded_into(out, image):
            return
        height, width, components = jpeg_frame(image)
        plan = self._plans.get((height, width))
        if plan is None or not plan.direct or components not in (1, 3) or not _decoded_into(out, image):
            self._by_rule(image, out)
        else:
            self._header = bytes(image[: JPEG.header(image)])

    def _by_rule(self, image: Buffer, out: np.ndarray) -> None:
        """Decode a picture by the rule in several steps, if a single call of the decoder is not enough."""
        size = encoded_images.size_of(image)
        plan = self._plan(size)
        made = made_by_rule(image, plan.geometry, self.rule)
        if kind_of(image) is JPEG and not plan.direct and self._hits(image, plan.geometry):
            self._plans[size] = _Plan(plan.geometry, True)
        if self._is_made_first and self.rule.jpeg:
            simplejpeg.decode_jpeg(pixels.jpeg(made, self.rule.jpeg), "RGB", buffer=out)
        else:
            out[:] = made

    def _cropped(self, image: Buffer, crop: Crop) -> np.ndarray:
        """Return a crop of the picture that the rule makes, resized to the size of the whole picture."""
        if self._is_made_first:
            made = np.empty((*self.size, 3), np.uint8)
            self._whole(image, made)
            return pixels.made(made, self._made_again(crop), self.rule.resample)
        least, cut = self._cut(image, self._plan(encoded_images.size_of(image)).geometry, crop)
        decoded = encoded_images.decoded(image, least)
        return pixels.made(decoded, cut, self.rule.resample, self.rule.pad.colour)

    def _cut(self, image: Buffer, whole: ImageGeometry, crop: Crop) -> tuple[Size | None, ImageGeometry]:
        """Return the least size for images.decoded, and the geometry that cuts from its result. If the rule cuts nothing, a large
        JPEG is decoded at a scale of its DCT at which the crop is large enough."""
        cut = whole.within(*crop)
        if self.rule.resample != "bilinear" or whole.box != (0, 0, *whole.recorded):
            return None, cut
        least = (
            math.ceil(cut.placed.height * whole.recorded[0] / cut.box.height),
            math.ceil(cut.placed.width * whole.recorded[1] / cut.box.width),
        )
        scaled = encoded_images.decoded_size(image, least)
        if scaled == whole.recorded:
            return None, cut
        return least, replace(whole, recorded=scaled, box=Rectangle(0, 0, *scaled)).within(*crop)

    def _made_again(self, crop: Crop) -> ImageGeometry:
        return image_geometry(*self.size, self.size).within(*crop)

    @property
    def _is_made_first(self) -> bool:
        return self.rule.jpeg is not None and self.rule.jpeg_of == "made"

    def _plan(self, size: Size) -> _Plan:
        """Return the plan for pictures of a size. Raises BadImage if pictures keep their size, and this one has another size."""
        if plan := self._plans.get(size):
            return plan
        geometry = self.rule.geometry(*size)
        if geometry.size != self.size:
            raise BadImage(
                "the size of the picture differs from the others",
                got=f"{size[0]} x {size[1]}",
                allowed=f"{self.size[0]} x {self.size[1]}",
                hint="Give the size to which pictures are resized: image_size=.",
            )
        if len(self._plans) >= MOST_SIZES:
            self._plans.clear()
        plan = self._plans[size] = _Plan(geometry, False)
        return plan

    def _hits(self, image: Buffer, geometry: ImageGeometry) -> bool:
        """Return True if the decoder alone gives the rule's result for JPEGs of this size: nothing is cut or padded, and a scale
        of the DCT gives the size. With other kernels than bilinear, only if the size stays."""
        if self._is_made_first:
            return False
        if geometry.is_identity:
            return True
        whole = geometry.box == (0, 0, *geometry.recorded) and geometry.placed == (0, 0, *geometry.size)
        if not whole or self.rule.resample != "bilinear":
            return False
        return encoded_images.decoded_size(image, geometry.size) == geometry.size


NOTHING = Drawn()


def _decoded_into(out: np.ndarray, image: Buffer) -> bool:
    """Decode at the scale that gives the sides of `out`; return False if that fails, and the caller finds the reason."""
    height, width = out.shape[:2]
    try:
        found = simplejpeg.decode_jpeg(image, "RGB", min_height=height, min_width=width, buffer=out)
    except ValueError:
        return False
    return bool(found.shape == out.shape)
