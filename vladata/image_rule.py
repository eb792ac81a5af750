"""An image by a recipe's rule: the only way in which images are resized and encoded again.

The steps of The steps of The steps of RULE, which is part of the action contract, since resizers differ in their pixels:

1. The geometry (vladata/image_geometry.py) gives the part of a picture that is kept and its place. A JPEG whose pixels all stay
   where they are stays as it is, byte for byte.
2. It is decoded. With bilinear, a JPEG of which nothing is cut is decoded at the scale k/8 of its DCT that gives exactly the
   wanted sides, if there is one (256 -> 224 is 7/8); or at the smallest k/8, at most 1/2, with both sides at least as long.
   Everything else is decoded whole: a rectangle to cut has no whole sides at such a scale, and the other kernels must give
   exactly the pixels that a pretrained model saw.
3. The kept part is cut, and resized by the kernel (vladata/resampling.py) if it does not have the wanted sides yet.
4. Padding is added around it, if there is some, and the picture is encoded as JPEG, 4:2:0, by libjpeg-turbo.

EXIF orientation is not applied, transparency is dropped, of several frames the first counts. A DCT scale rounds up sides that are
not multiples of 8, which moves places by less than one recorded pixel.

256 x 256 JPEGs of 29 KB to 224, one core: 1,150 a second by this rule, 700 with step 3 for all (half of that time is the
resizing), 470 with Pillow alone.
"""

from dataclasses import replace

import numpy as np

from vladata import images, pixels
from vladata.image_geometry import ImageGeometry, Rectangle
from vladata.image_kinds import Buffer
from vladata.pixels import LIMIT_PIXELS
from vladata.spec.images import Fitting, ImageRule

RULE = (
    "a JPEG that need not be changed as it is; bilinear and nothing cut: a JPEG decoded at the DCT scale k/8 that gives the "
    "sides to be reached, else at the smallest k/8 <= 1/2 with both at least so, else whole; others whole; cut; resized, "
    "antialiased: bilinear by Pillow in 8 bits, bicubic (a = -1/2) and lanczos3 by Pillow in float32, area exactly; padded; "
    "then JPEG 4:2:0"
)


def fitted(image: Buffer, rule: ImageRule, limit_pixels: int = LIMIT_PIXELS) -> bytes:
    """Return the encoded image `image` by `rule`: resized and encoded, a PNG as JPEG, or unchanged. Raises BadImage."""
    if rule.target is None:
        if rule.png == "jpeg" and images.suffix(image) == "png":
            return images.as_jpeg(image, rule.quality, limit_pixels)
        return bytes(image)
    geometry = rule.geometry(*images.size_of(image, limit_pixels))
    if geometry.is_identity and images.suffix(image) == "jpg":
        return bytes(image)
    return pixels.jpeg(shown(image, geometry, rule, limit_pixels), rule.quality)


def shown(
    image: Buffer, geometry: ImageGeometry, rule: Fitting, limit_pixels: int = LIMIT_PIXELS
) -> np.ndarray:
    """Return the pixels that steps 2 to 4 make of an encoded image before they are encoded, uint8 [*geometry.size, 3], RGB.
    geometry: for an image of the size of `image`. Raises BadImage."""
    is_whole = geometry.box == (0, 0, *geometry.recorded)
    least = geometry.placed[2:] if is_whole and rule.resample == "bilinear" else None
    decoded = images.decoded(image, least, limit_pixels)
    if decoded.shape[:2] != geometry.recorded:
        height, width = decoded.shape[:2]
        geometry = replace(geometry, recorded=(height, width), box=Rectangle(0, 0, height, width))
    return pixels.made(decoded, geometry, rule.resample, rule.pad.colour)


def encoded(image: np.ndarray, rule: ImageRule) -> bytes:
    """Return pixels (uint8 [height, width, channels]) encoded by `rule`: a JPEG if it resizes or turns PNG into JPEG, else a
    PNG without loss."""
    if rule.target is not None:
        made = pixels.made(image, rule.geometry(*image.shape[:2]), rule.resample, rule.pad.colour)
        return pixels.jpeg(made, rule.quality)
    return pixels.jpeg(image, rule.quality) if rule.png == "jpeg" else pixels.png(image)
