"""An image as a recipe's rule wants it."""

import numpy as np

from vladata import images, pixels
from vladata.spec.recipe import ImageRule


def fitted(image: bytes, rule: ImageRule) -> bytes:
    """Return the encoded image `image` as `rule` wants it: resized, a PNG made JPEG, or as it is. Raises BadImage."""
    if rule.size is not None:
        return images.resized(image, rule.size, rule.quality)
    if rule.png == "jpeg" and images.suffix(image) == "png":
        return images.as_jpeg(image, rule.quality)
    return image


def encoded(image: np.ndarray, rule: ImageRule) -> bytes:
    """Return pixels (uint8 [height, width, channels]) as `rule` wants them: a JPEG where it resizes or makes JPEG of PNG,
    else a PNG without loss."""
    if rule.size is not None:
        return pixels.jpeg(pixels.resized(image, rule.size), rule.quality)
    return pixels.jpeg(image, rule.quality) if rule.png == "jpeg" else pixels.png(image)
