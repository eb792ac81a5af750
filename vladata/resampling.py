"""Pixels resized by a named kernel, always with antialiasing: a kernel that shrinks is widened by the factor.

    bilinear   triangle, radius 1          Pillow's BILINEAR
    bicubic    Keys' cubic, a = -1/2       Pillow's BICUBIC, in float32
    lanczos3   sinc windowed, radius 3     Pillow's LANCZOS, in float32
    area       the mean over the area that a pixel covers, parts of pixels by their part; in whole numbers, exact

Each is tf.image.resize(..., method, antialias=True), rounded to the nearest, to within one level of 255 (octo, OpenVLA and
dlimp resize by lanczos3 so). Bilinear is 8 bits all the way, rounded after each axis, and differs by a level in 5 to 22% of the
pixels; the others where a value lies between two levels. Pillow itself works on 8 bits between the axes: that cuts what
its wider kernels overshoot and is off by up to 22 levels (bicubic) or 45 (lanczos3) at hard edges, so they are asked in
float32. Pillow's BOX takes whole pixels only, and is off by up to 183 levels: `area` is not it. torch's and OpenCV's bilinear
without antialias, and OpenCV's bicubic (a = -3/4), are none of these.

480 x 640 -> 224 x 224, one core: bilinear 2.2 ms, bicubic 4.6, lanczos3 7.2, area 13.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from PIL import Image

LARGEST = 64_000_000  # pixels between the axes: Pillow widens a picture before it shortens it, and one may be a line of pixels

Resampling = Callable[[np.ndarray, int, int], np.ndarray]
"""uint8 [h, w, 3], height, width -> uint8 [height, width, 3]."""


def resampled(pixels: np.ndarray, height: int, width: int, kernel: str = "bilinear") -> np.ndarray:
    """uint8 [h, w, 3] -> uint8 [height, width, 3]; of that size already, they come back as they are."""
    if pixels.shape[:2] == (height, width):
        return pixels
    if pixels.shape[0] * width > LARGEST:
        pixels = KERNELS[kernel](pixels, height, pixels.shape[1])
    return KERNELS[kernel](pixels, height, width)


def _in_bytes(pixels: np.ndarray, height: int, width: int, method: Image.Resampling) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((width, height), method))


def _in_floats(pixels: np.ndarray, height: int, width: int, method: Image.Resampling) -> np.ndarray:
    made = np.empty((height, width, 3), np.uint8)
    whole = Image.fromarray(pixels)
    for channel in range(3):  # one after the other: in float32 each takes as much memory as a picture of four
        floats = np.asarray(whole.getchannel(channel).convert("F").resize((width, height), method))
        made[:, :, channel] = np.rint(floats).clip(0, 255)
    return made


def _mean(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    rows, columns = pixels.shape[:2]
    turned = (
        height * columns > width * rows
    )  # first the axis that shrinks more; every sum is exact, in any order
    values, sides = (pixels.swapaxes(0, 1), (width, height)) if turned else (pixels, (height, width))
    sums = _sums(_sums(values, sides[0]).swapaxes(0, 1), sides[1])
    means = np.rint(sums / (rows * columns)).astype(np.uint8)
    return np.ascontiguousarray(means if turned else means.swapaxes(0, 1))


def _sums(values: np.ndarray, count: int) -> np.ndarray:
    """[n, m, 3] -> float64 [count, m, 3], whole numbers: n times the mean over n / count of them each.

    Lengths are told in 1 / count of a pixel: there pixel j reaches from j * count to (j + 1) * count, and sum i from
    i * n to (i + 1) * n, so that weights are whole numbers, and sums are too small for a float64 to round.
    """
    n = len(values)
    values = np.ascontiguousarray(values)
    sums = np.empty((count, values[0].size))
    for i in range(count):
        first, last = i * n // count, -(-(i + 1) * n // count)
        edges = np.arange(first, last + 1) * count
        weights = np.diff(edges.clip(i * n, (i + 1) * n)).astype(np.float64)
        sums[i] = weights @ values[first:last].reshape(last - first, -1).astype(np.float64)
    return sums.reshape(count, *values.shape[1:])


KERNELS: Mapping[str, Resampling] = {
    "bilinear": partial(_in_bytes, method=Image.Resampling.BILINEAR),
    "bicubic": partial(_in_floats, method=Image.Resampling.BICUBIC),
    "lanczos3": partial(_in_floats, method=Image.Resampling.LANCZOS),
    "area": _mean,
}
