"""The pictures of a sample, decoded straight into the array of a batch.

RULE: each picture is made as a conversion would make it (vladata/image_rule.py), without the JPEG at its end, so that a dataset
that stores recorded pictures gives what one of this size gives, but for the loss of one JPEG; with `jpeg` there is none of that
difference either. A missing picture is black, and `shown` says so. Nothing is kept between pictures but what their sizes decide,
so any number of threads may call one Picturing; what takes time (decoding, resizing) runs without the interpreter lock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import simplejpeg

from vladata import images as encoded_images
from vladata import pixels
from vladata.errors import BadImage
from vladata.image_geometry import ImageGeometry
from vladata.image_kinds import JPEG, Buffer, Size, jpeg_frame, kind_of, size_in_header
from vladata.image_rule import shown as made_by_rule
from vladata.loaders.normalise import Normalise
from vladata.pixels import LIMIT_PIXELS
from vladata.spec.loading import LoadRule

MOST_SIZES = 4096  # of pictures whose geometry is remembered: a web corpus has pictures of any size


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is done with pictures of one recorded size. direct: a JPEG is decoded into its place by one call, and that is all."""

    geometry: ImageGeometry
    direct: bool


class Picturing:
    """Makes uint8 (float32 where normalised) [K, C, h, w, 3], RGB, of the encoded pictures of a sample."""

    def __init__(
        self,
        cameras: Sequence[str],
        frames: int,
        rule: LoadRule,
        size: Size,
        *,
        normalise: str | Mapping[str, Any] | None = None,
    ) -> None:
        """cameras: C names of pictures of a sample's own step.   frames: K, how many a sample shows, its own step's first.
        size: height and width of all of them; without rule.size every picture must have it already.
        normalise: "imagenet", "siglip" or {mean: [3], std: [3]}; None for levels 0..255."""
        self.cameras, self.frames, self.rule, self.size = tuple(cameras), frames, rule, size
        self.normalise = None if normalise is None else Normalise.of(normalise)
        self._names = [[c if k == 0 else f"{c}-{k}" for c in self.cameras] for k in range(frames)]
        self._plans: dict[Size, _Plan] = {}

    @property
    def shape(self) -> tuple[int, int, int, int, int]:
        """(K, C, h, w, 3)."""
        return self.frames, len(self.cameras), *self.size, 3

    @property
    def dtype(self) -> np.dtype[Any]:
        """uint8, or float32 where pictures are normalised."""
        return np.dtype(np.float32 if self.normalise else np.uint8)

    def into(self, images: Mapping[str, Buffer], out: np.ndarray, shown: np.ndarray, seed: int = 0) -> None:
        """Decode the pictures of a sample into `out` [K, C, h, w, 3], which lies in C order.

        images: by their names, "primary", "primary-1", ...   shown: bool [K, C], set to whether a picture is there.
        Raises BadImage, which names the picture."""
        for k, names in enumerate(self._names):
            for c, name in enumerate(names):
                image = images.get(name)
                shown[k, c] = image is not None
                try:
                    self._picture(image, out[k, c])
                except BadImage as fault:
                    fault.where = f"image {name}"
                    raise

    def _picture(self, image: Buffer | None, out: np.ndarray) -> None:
        """One picture, [h, w, 3], into its place; black where there is none."""
        if self.normalise is None:
            self._levels(image, out)
            return
        levels = np.empty(out.shape, np.uint8)
        self._levels(image, levels)
        self.normalise.into(levels, out)

    def _levels(self, image: Buffer | None, out: np.ndarray) -> None:
        if image is None:
            out[:] = 0
            return
        if self.rule.jpeg and self.rule.jpeg_of == "recorded":
            image = pixels.jpeg(encoded_images.decoded(image), self.rule.jpeg)
        height, width, components = jpeg_frame(image)
        plan = self._plans.get((height, width))
        if plan is None or not plan.direct or components not in (1, 3) or not _decoded_into(out, image):
            self._by_rule(image, out)

    def _by_rule(self, image: Buffer, out: np.ndarray) -> None:
        """What no single call of the decoder gives."""
        kind = kind_of(image)
        size = size_in_header(kind, image, LIMIT_PIXELS)
        plan = self._plans.get(size) or self._planned(size)
        if plan.geometry.size != self.size:
            raise BadImage(
                "the picture has another size than the others",
                got=f"{size[0]} x {size[1]}",
                allowed=f"{self.size[0]} x {self.size[1]}",
                hint="Say what pictures are resized to: image_size=.",
            )
        made = made_by_rule(image, plan.geometry, self.rule)
        if kind is JPEG and not plan.direct and self._hits(image, plan.geometry):
            self._plans[size] = _Plan(plan.geometry, True)
        if self.rule.jpeg and self.rule.jpeg_of == "made":
            simplejpeg.decode_jpeg(pixels.jpeg(made, self.rule.jpeg), "RGB", buffer=out)
        else:
            out[:] = made

    def _planned(self, size: Size) -> _Plan:
        if len(self._plans) >= MOST_SIZES:
            self._plans.clear()
        plan = self._plans[size] = _Plan(self.rule.geometry(*size), False)
        return plan

    def _hits(self, image: Buffer, geometry: ImageGeometry) -> bool:
        """Whether the decoder alone makes of this JPEG, and of all of its size, what the rule makes: nothing is cut or padded,
        and a scale of the DCT gives the size. Of other kernels than bilinear, only where the size stays."""
        if self.rule.jpeg and self.rule.jpeg_of == "made":
            return False
        if geometry.is_identity:
            return True
        whole = geometry.box == (0, 0, *geometry.recorded) and geometry.placed == (0, 0, *geometry.size)
        if not whole or self.rule.resample != "bilinear":
            return False
        height, width = geometry.size
        found = simplejpeg.decode_jpeg_header(image, min_height=height, min_width=width)
        return bool(found[:2] == (height, width))


def _decoded_into(out: np.ndarray, image: Buffer) -> bool:
    """Decode at the scale that gives out's sides; False where that fails, for whoever can say why."""
    height, width = out.shape[:2]
    try:
        found = simplejpeg.decode_jpeg(image, "RGB", min_height=height, min_width=width, buffer=out)
    except ValueError:
        return False
    return bool(found.shape == out.shape)
