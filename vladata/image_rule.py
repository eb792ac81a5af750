"""An image as a recipe's rule wants it."""

from vladata import images
from vladata.spec.recipe import ImageRule


def fitted(image: bytes, rule: ImageRule) -> bytes:
    """Return the encoded image `image` as `rule` wants it: resized, a PNG made JPEG, or as it is. Raises BadImage."""
    if rule.size is not None:
        return images.resized(image, rule.size, rule.quality)
    if rule.png == "jpeg" and images.suffix(image) == "png":
        return images.as_jpeg(image, rule.quality)
    return image
