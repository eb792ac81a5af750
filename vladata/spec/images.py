"""ImageRule: the images of a sample and their form, the `images` of a recipe.

images: {cameras: [primary, wrist], size: [224, 320], fit: pad, resample: lanczos3}
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from vladata.image_geometry import Fit, ImageGeometry, Placing, image_geometry
from vladata.spec.strict import Label, Many, Strict, matching, unrepeated
from vladata.spec.together import Problem, check

FIRST = "primary"  # the name of the image of `cameras: first` in a sample

Kernel = Literal["bilinear", "bicubic", "lanczos3", "area", "pillow_bicubic", "pillow_lanczos", "opencv_area"]
"""Kernels of resizing; `vladata/resampling.py` has the formula of each."""

Side = Annotated[int, Field(ge=8, le=4096)]
Channel = Annotated[int, Field(ge=0, le=255)]

NEED_SIZE = ("fit", "resample", "crop_area", "pad")
"""The keys that are used only where pictures are resized."""


class Pad(Strict):
    """The padding that `fit: pad` puts around a picture."""

    colour: Annotated[Many[Channel], Field(min_length=3, max_length=3)] = (0, 0, 0)
    """Red, green and blue of the padding."""
    place: Placing = "centre"
    """The place of the picture within the padding."""


class Shown(Strict):
    """The images of a sample."""

    cameras: Annotated[
        Annotated[
            str,
            AfterValidator(matching("all|first", '"first", "all", or a list of names')),
            Field(json_schema_extra={"enum": ["first", "all"]}),
            Tag("word"),
        ]
        | Annotated[Many[Label], Field(min_length=1), AfterValidator(unrepeated), Tag("list")],
        Discriminator(lambda value: "list" if isinstance(value, list | tuple) else "word"),
    ] = (FIRST,)
    """Names of the schema's cameras, in order. all: all of them. first: the schema's first camera, whatever its name; its image
    is called primary in every sample, so that datasets with different cameras can be mixed and loaded as one."""


class Fitting(Strict):
    """The rule by which pictures get one size, in recipes and when they are loaded (vladata/spec/loading.py)."""

    size: Annotated[
        Annotated[Side | None, Tag("one")]
        | Annotated[Many[Side], Field(min_length=2, max_length=2), Tag("two")],
        Discriminator(lambda value: "two" if isinstance(value, list | tuple) else "one"),
    ] = None
    """Pixels that images are resized to: one number, or [height, width]. Left out or null, images stay as they are."""
    fit: Fit = "stretch"
    """The treatment of a picture with another ratio of height to width. stretch: the ratio changes. pad: the whole picture, with
    padding around it. crop: the middle of the picture."""
    resample: Kernel = "bilinear"
    """The kernel of the resizing; take the kernel with which the pretrained model was trained."""
    crop_area: Annotated[float, Field(gt=0, le=1)] = 1.0
    """The share of a picture's area, around its middle, that is kept before it is resized."""
    pad: Pad = Pad()
    """The padding that `fit: pad` puts around a picture."""

    @check
    def _needs_a_size(self) -> Iterator[Problem]:
        defaults = {name: type(self).model_fields[name].default for name in NEED_SIZE}
        for name in NEED_SIZE if self.size is None else ():
            if getattr(self, name) != defaults[name]:
                yield (name,), "is not used without size; give size, the pixels that images are resized to"

    @check
    def _pad_is_used(self) -> Iterator[Problem]:
        if self.size is not None and self.fit != "pad" and self.pad != Pad():
            yield ("pad",), "is used with fit: pad only"

    @property
    def target(self) -> tuple[int, int] | None:
        """Height and width of the images that are made; None where images keep their size."""
        if self.size is None or isinstance(self.size, tuple):
            return self.size  # type: ignore[return-value]  # of two
        return self.size, self.size

    def geometry(self, height: int, width: int) -> ImageGeometry:
        """Return the map from pixels of a recorded picture of this size to pixels of the image that is made from it."""
        return image_geometry(
            height, width, self.target, fit=self.fit, place=self.pad.place, crop_area=self.crop_area
        )


class ImageRule(Fitting, Shown):
    """The images of a sample, and their form."""

    png: Literal["keep", "jpeg"] = "keep"
    """keep: a PNG stays a PNG. jpeg: it becomes a JPEG."""
    quality: int = Field(default=95, ge=1, le=100)
    """The JPEG quality of images that are encoded anew."""
