"""Pixels resized by a named kernel, always with antialiasing: a kernel that shrinks is widened by the factor.

    bilinear   triangle, radius 1          Pillow's BILINEAR
    bicubic    Keys' cubic, a = -1/2       Pillow's BICUBIC, in float32
    lanczos3   sinc windowed, radius 3     Pillow's LANCZOS, in float32
    area       the mean over the area that a pixel covers, with partly covered pixels weighted by that part; exact integers

    pillow_bicubic, pillow_lanczos   Pillow's BICUBIC and LANCZOS as they are: 8 bits between the axes, overshoot cut there
    opencv_area   OpenCV's INTER_AREA: area where no side grows, to within one level. Where one grows, OpenCV interpolates
                  between two pixels along both sides, in 11 bits: `area` to within a level where the other grows too, and a
                  resizing without antialias where the other shrinks

Each of the first four is tf.image.resize(..., method, antialias=True), rounded to the nearest, to within one level of 255 (octo,
OpenVLA and dlimp resize by lanczos3 so). Bilinear is 8 bits all the way, rounded after each axis, and differs by a level in 5 to
22% of the pixels; the others only where a value lies between two levels. Pillow itself works with 8 bits between the axes: that
cuts the overshoot of its wider kernels and is off by up to 22 levels (bicubic) or 45 (lanczos3) at hard edges, so they are
computed in float32; Pillow's own results, for models trained on them, have names of their own. Pillow's BOX takes whole
pixels only, and is off by up to 183 levels, so `area` is not BOX. torch's and OpenCV's bilinear without antialias, and
OpenCV's bicubic (a = -3/4), are not among these kernels.

480 x 640 -> 224 x 224, one core: bilinear 2.2 ms, bicubic 4.6, lanczos3 7.2, area 13.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from PIL import Image

LARGEST = 64_000_000  # pixels after the first axis: Pillow resizes the width first, and a picture may be one tall column

Resampling = Callable[[np.ndarray, int, int], np.ndarray]
"""uint8 [h, w, 3], height, width -> uint8 [height, width, 3]."""


def resampled(pixels: np.ndarray, height: int, width: int, kernel: str = "bilinear") -> np.ndarray:
    """Resize uint8 [h, w, 3] -> uint8 [height, width, 3]; pixels that have this size are returned as they are."""
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
    for channel in range(3):  # one by one: a channel in float32 takes as much memory as four in 8 bits
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
    """Sum [n, m, 3] -> float64 [count, m, 3], whole numbers: each n times the mean over n / count rows.

    Lengths are counted in 1 / count of a pixel: then pixel j reaches from j * count to (j + 1) * count, and sum i from
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


def _opencv_area(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    if height <= pixels.shape[0] and width <= pixels.shape[1]:
        return _mean(pixels, height, width)
    above, below, of_above, of_below = _between(pixels.shape[0], height)
    left, right, of_left, of_right = (array[None] for array in _between(pixels.shape[1], width))
    across = pixels[:, left[0]] * of_left[:, :, None] + pixels[:, right[0]] * of_right[:, :, None]
    upper, lower = (
        across[above] >> 4,
        across[below] >> 4,
    )  # OpenCV's own shifts: 4, then 16, then 2 of the 22 bits
    levels: np.ndarray = (of_above[:, None, None] * upper >> 16) + (
        of_below[:, None, None] * lower >> 16
    ) + 2 >> 2
    return levels.clip(0, 255).astype(np.uint8)


def _between(count: int, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return, for a row of `count` pixels resized to `size`, the two pixels beside each new one, and their weights in 1/2048.

    All int64 [size].
    """
    made = np.arange(size)
    first = np.floor(made * (count / size)).astype(np.int64)
    part = (made + 1) - (first + 1) * (size / count)
    part = np.where(part <= 0, 0, part - np.floor(part)).astype(np.float32)
    part[first >= count - 1] = 0
    first = np.minimum(first, count - 1)
    weights = (np.rint(each * np.float32(2048)).astype(np.int64) for each in (1 - part, part))
    return first, np.minimum(first + 1, count - 1), *weights


KERNELS: Mapping[str, Resampling] = {
    "bilinear": partial(_in_bytes, method=Image.Resampling.BILINEAR),
    "bicubic": partial(_in_floats, method=Image.Resampling.BICUBIC),
    "lanczos3": partial(_in_floats, method=Image.Resampling.LANCZOS),
    "area": _mean,
    "pillow_bicubic": partial(_in_bytes, method=Image.Resampling.BICUBIC),
    "pillow_lanczos": partial(_in_bytes, method=Image.Resampling.LANCZOS),
    "opencv_area": _opencv_area,
}
