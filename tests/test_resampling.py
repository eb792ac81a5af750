"""Kernels of resizing, compared with TensorFlow's (with which models were trained) and with plain sums."""

from fractions import Fraction
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from vladata.resampling import KERNELS, resampled
from vladata.spec.images import Kernel

Y, X = np.mgrid[0:120, 0:160]
RNG = np.random.default_rng(20)
SMOOTH = np.stack([128 + 100 * np.sin(X / 17 + Y / 31), 128 + 100 * np.cos(X * Y / 900), X + Y], -1)
PICTURES = {
    "smooth": np.clip(SMOOTH + RNG.normal(0, 6, SMOOTH.shape), 0, 255).astype(np.uint8),
    "noise": RNG.integers(0, 256, (120, 160, 3)).astype(np.uint8),
    "edges": np.repeat((((X // 5 + Y // 7) % 2) * 255).astype(np.uint8)[:, :, None], 3, axis=2),
}
SIZES = [(56, 56), (56, 80), (119, 160), (120, 30), (150, 175), (8, 300)]
SHARE = {"bilinear": 0.3, "bicubic": 0.15, "lanczos3": 0.15, "area": 0.2}
"""Of the pixels, at most, that differ from TensorFlow's at all; edges of 0 and 255 have many values halfway."""


def test_the_kernels_of_recipes_are_all_there():
    assert get_args(Kernel) == tuple(KERNELS)


@pytest.fixture(scope="module")
def tensorflow():
    import tensorflow

    return tensorflow


@pytest.mark.parametrize("kernel", SHARE)
@pytest.mark.parametrize("name", PICTURES)
def test_tensorflow_differs_by_one_level_at_most(kernel, name, tensorflow):
    """As dlimp resizes: tf.image.resize with antialias, clipped, rounded to the nearest."""
    for size in SIZES:
        floats = tensorflow.image.resize(PICTURES[name], size, method=kernel, antialias=True).numpy()
        theirs = np.rint(np.clip(floats, 0, 255)).astype(int)
        off = np.abs(resampled(PICTURES[name], *size, kernel) - theirs)
        assert off.max() <= 1, size
        assert (off > 0).mean() < SHARE[kernel], size


PILLOW = {
    "bilinear": Image.Resampling.BILINEAR,
    "pillow_bicubic": Image.Resampling.BICUBIC,
    "pillow_lanczos": Image.Resampling.LANCZOS,
}
ODD_SIZES = [(1, 1), (1, 300), (7, 3), (121, 159), (120, 159), (240, 320), (61, 479), (333, 40)]


@pytest.mark.parametrize("kernel", PILLOW)
@pytest.mark.parametrize("name", PICTURES)
def test_pillow_is_pillow_to_the_bit(kernel, name):
    for height, width in (*SIZES, *ODD_SIZES):
        theirs = Image.fromarray(PICTURES[name]).resize((width, height), PILLOW[kernel])
        np.testing.assert_array_equal(resampled(PICTURES[name], height, width, kernel), np.asarray(theirs))


@pytest.mark.parametrize("name", PICTURES)
def test_opencvs_area(name):
    """To the bit where a side grows; else the mean, of which OpenCV rounds a half up, and not to even."""
    cv2 = pytest.importorskip("cv2")
    for picture in (PICTURES[name], PICTURES[name][:7, :11], PICTURES[name][:1, :5]):
        picture, sides = np.ascontiguousarray(picture), picture.shape[:2]
        for height, width in (*SIZES, *ODD_SIZES):
            theirs = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(int)
            off = np.abs(resampled(picture, height, width, "opencv_area") - theirs)
            assert off.max() <= (0 if height > sides[0] or width > sides[1] else 1), (sides, height, width)
            one_way = (height <= sides[0] and width <= sides[1]) or (height >= sides[0] and width >= sides[1])
            if one_way:
                assert np.abs(resampled(picture, height, width, "area") - theirs).max() <= 1


def test_opencvs_area_is_another_where_one_side_grows_and_one_shrinks():
    """What OpenCV 5.0 makes of these pixels, for whoever has none."""
    picture = (np.arange(105) ** 2 * 37 % 256).astype(np.uint8).reshape(7, 5, 3)
    made = resampled(picture, 2, 7, "opencv_area")
    assert made[:, :, 0].tolist() == OPENCV
    assert np.abs(made - resampled(picture, 2, 7, "area").astype(int)).max() > 20


OPENCV = [[95, 142, 169, 150, 108, 109, 126], [93, 122, 145, 161, 65, 55, 76]]


@pytest.mark.parametrize("kernel", ["bicubic", "lanczos3"])
def test_what_a_kernel_overshoots_is_not_cut_between_the_axes(kernel):
    """Pillow on bytes does cut it: this is what floats are for."""
    method = {"bicubic": Image.Resampling.BICUBIC, "lanczos3": Image.Resampling.LANCZOS}[kernel]
    in_bytes = np.asarray(Image.fromarray(PICTURES["edges"]).resize((175, 150), method)).astype(int)
    assert np.abs(resampled(PICTURES["edges"], 150, 175, kernel) - in_bytes).max() > 10


@pytest.mark.parametrize("size", [(3, 4), (5, 8), (7, 3), (14, 21), (1, 1), (11, 2)])
def test_area_is_the_exact_mean(size):
    """Every overlap as a fraction, one pixel after the other; what lies halfway goes to the even level."""
    image = PICTURES["noise"][:7, :11]
    made = resampled(image, *size, "area")
    for i in range(size[0]):
        for j in range(size[1]):
            total = sum(
                overlap(y, i, 7, size[0]) * overlap(x, j, 11, size[1]) * image[y, x].astype(object)
                for y in range(7)
                for x in range(11)
            )
            mean = total * Fraction(size[0] * size[1], 7 * 11)
            assert made[i, j].tolist() == [round(level) for level in mean]


def overlap(source, target, sources, targets):
    """How much of a source pixel lies in a target pixel, in source pixels."""
    low = max(Fraction(source), Fraction(target * sources, targets))
    high = min(Fraction(source + 1), Fraction((target + 1) * sources, targets))
    return max(Fraction(0), high - low)


@pytest.mark.parametrize("kernel", KERNELS)
def test_one_colour_stays_one_colour(kernel):
    """Weights add up to 1, at the edges too."""
    for level in (0, 1, 127, 255):
        image = np.full((9, 31, 3), level, np.uint8)
        for size in ((3, 3), (40, 8), (9, 100), (1, 1)):
            assert (resampled(image, *size, kernel) == level).all()


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_same_size_is_the_same_pixels_and_nothing_is_written_into(kernel):
    image = PICTURES["noise"].copy()
    image.flags.writeable = False
    assert resampled(image, 120, 160, kernel) is image
    made = resampled(image, 30, 50, kernel)
    assert made.shape == (30, 50, 3)
    assert made.flags.c_contiguous
    np.testing.assert_array_equal(image, PICTURES["noise"])
