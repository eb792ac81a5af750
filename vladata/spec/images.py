"""ImageRule: a recipe's `images`, which say which images a sample has and how they are made.

images: {cameras: [primary, wrist], size: [224, 320], fit: pad, resample: lanczos3}
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from vladata.image_geometry import Fit, ImageGeometry, Placing, image_geometry
from vladata.spec.strict import Label, Many, Strict, matching, says_all, unrepeated

FIRST = "primary"  # what a sample calls the image of `cameras: first`

Kernel = Literal["bilinear", "bicubic", "lanczos3", "area", "pillow_bicubic", "pillow_lanczos", "opencv_area"]
"""Kernels of resizing; `vladata/resampling.py` says what each is."""

Side = Annotated[int, Field(ge=8, le=4096)]
Channel = Annotated[int, Field(ge=0, le=255)]

NEED_SIZE = ("fit", "resample", "crop_area", "pad")
"""What is said of a resizing, and of nothing else."""


class Pad(Strict):
    """What `fit: pad` puts around a picture."""

    colour: Annotated[Many[Channel], Field(min_length=3, max_length=3)] = (0, 0, 0)
    """Red, green and blue of the padding."""
    place: Placing = "centre"
    """Where the picture lies in it."""


class Shown(Strict):
    """Which images a sample has."""

    cameras: Annotated[
        Annotated[
            str,
            AfterValidator(matching("all|first", '"first", "all", or a list of names')),
            Field(json_schema_extra={"enum": ["first", "all"]}),
            Tag("word"),
        ]
        | Annotated[Many[Label], Field(min_length=1), AfterValidator(unrepeated), Tag("list")],
        Discriminator(lambda value: "list" if isinstance(value, list | tuple) else "word"),
    ]
    """Names of the schema's cameras, in order; or all of them. Or first: the schema's first camera, whatever it is called,
    whose image is called primary in every sample, so that datasets of unlike cameras can be mixed and loaded as one."""


class Fitting(Strict):
    """How pictures become those of one size: a recipe's images, and those that are loaded (vladata/spec/loading.py)."""

    size: Annotated[
        Annotated[Side | None, Tag("one")]
        | Annotated[Many[Side], Field(min_length=2, max_length=2), Tag("two")],
        Discriminator(lambda value: "two" if isinstance(value, list | tuple) else "one"),
    ] = None
    """Pixels that images are resized to: one number, or a height and a width. Left out, they pass through untouched."""
    fit: Fit = "stretch"
    """How a picture of another aspect becomes one of this size. stretch: squeezed. pad: whole, with padding around it.
    crop: its middle."""
    resample: Kernel = "bilinear"
    """The kernel of the resizing, which a pretrained model's own should match."""
    crop_area: Annotated[float, Field(gt=0, le=1)] = 1.0
    """The share of a picture's area that is kept before, of its middle."""
    pad: Pad = Pad()
    """What `fit: pad` puts around a picture."""

    @model_validator(mode="after")
    def _nothing_is_idle(self) -> Self:
        defaults = {name: type(self).model_fields[name].default for name in NEED_SIZE}
        idle = [name for name in NEED_SIZE if getattr(self, name) != defaults[name]]
        if self.size is None:
            says_all([((name,), "is not used without size; say what images are resized to") for name in idle])
        if self.fit != "pad" and "pad" in idle:
            says_all([(("pad",), "is used with fit: pad alone")])
        return self

    @property
    def target(self) -> tuple[int, int] | None:
        """Height and width of the images that are made; None where they keep theirs."""
        if self.size is None or isinstance(self.size, tuple):
            return self.size  # type: ignore[return-value]  # of two
        return self.size, self.size

    def geometry(self, height: int, width: int) -> ImageGeometry:
        """Where the pixels of a picture of this size go."""
        return image_geometry(
            height, width, self.target, fit=self.fit, place=self.pad.place, crop_area=self.crop_area
        )


class ImageRule(Fitting, Shown):
    """Which images a sample has, and whether they are made anew."""

    png: Literal["keep", "jpeg"] = "keep"
    """Whether a PNG stays one or becomes JPEG."""
    quality: int = Field(default=95, ge=1, le=100)
    """JPEG quality of the images that are made anew."""
