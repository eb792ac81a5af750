"""Other colours, against TensorFlow where octo and OpenVLA use it, and against plain loops over the standard library's HSV."""

import colorsys
from itertools import product

import numpy as np
import pytest

from vladata.loaders.pictures.colours import BLOCK, Colours, recoloured

Y, X = np.mgrid[0:40, 0:60]
SMOOTH = np.stack([128 + 100 * np.sin(X / 7 + Y / 11), 128 + 100 * np.cos(X * Y / 90), X + 3 * Y], -1)
PICTURES = {
    "smooth": np.clip(SMOOTH, 0, 255).astype(np.uint8),
    "noise": np.random.default_rng(20).integers(0, 256, (40, 60, 3)).astype(np.uint8),
    "grey": np.repeat((X * 4)[:, :, None], 3, axis=2).astype(np.uint8),
    "corners": np.array(list(product((0, 255), repeat=3)), np.uint8)[:, None, :].repeat(3, axis=1),
}


def small(name):
    return np.ascontiguousarray(PICTURES[name][::4, ::5])


@pytest.mark.parametrize("name", ["smooth", "noise"])
def test_tensorflow_differs_by_one_level_at_most(name):
    """As dlimp has it: each step in float32, clipped; a level halfway may go the other way."""
    import tensorflow as tf

    steps = (
        tf.image.adjust_brightness,
        tf.image.adjust_contrast,
        tf.image.adjust_saturation,
        tf.image.adjust_hue,
    )
    amounts = ([None, -0.31, 0.2], [None, 0.6], [None, 0.7, 2.5], [None, -0.3, 0.05])
    for chosen in product(*amounts):
        theirs = tf.cast(PICTURES[name], tf.float32) / 255
        for step, amount in zip(steps, chosen, strict=True):
            if amount is not None:
                theirs = tf.clip_by_value(step(theirs, amount), 0, 1)
        made = recoloured(PICTURES[name], Colours("tensorflow", *chosen))
        off = np.abs(made - np.rint(theirs.numpy() * 255))
        assert off.max() <= 1, chosen
        assert (off > 0).mean() < 0.2, chosen


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize(
    "chosen",
    [(0.8, 1.3, 0.5, 0.2), (1.4, 0.6, 1.8, -0.4), (None, None, 2.0, None), (None, 1.5, None, 0.5)],
    ids=str,
)
def test_torchvision_by_a_plain_loop(name, chosen):
    """Its formulas for floats: blends with black, with the mean of grey and with grey, and HSV's hue."""
    brightness, contrast, saturation, hue = chosen
    picture = small(name)
    pixels = [[level / 255 for level in pixel] for pixel in picture.reshape(-1, 3).tolist()]
    if brightness is not None:
        pixels = [[clip(brightness * level) for level in pixel] for pixel in pixels]
    if contrast is not None:
        mean = sum(map(grey, pixels)) / len(pixels)
        pixels = [[clip(contrast * level + (1 - contrast) * mean) for level in pixel] for pixel in pixels]
    if saturation is not None:
        pixels = [
            [clip(saturation * level + (1 - saturation) * grey(pixel)) for level in pixel] for pixel in pixels
        ]
    if hue is not None:
        pixels = [turned(pixel, hue) for pixel in pixels]
    made = recoloured(picture, Colours("torchvision", *chosen)).reshape(-1, 3)
    assert np.abs(made - 255 * np.array(pixels)).max() < 0.51


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("chosen", [(0.3, None), (-0.3, 0.4), (None, -0.4), (0.1, 0.0), (0.9, 0.9)], ids=str)
def test_augmax_by_a_plain_loop(name, chosen):
    """The value of HSV; its lines of contrast meet where both are the same."""
    brightness, contrast = chosen
    picture = small(name)
    expected = []
    for pixel in picture.reshape(-1, 3).tolist():
        h, s, v = colorsys.rgb_to_hsv(*(level / 255 for level in pixel))
        if brightness is not None:
            v = v * (1 + brightness) if brightness < 0 else v * (1 - brightness) + brightness
        if contrast:
            t = np.tan((contrast + 1) * np.pi / 4)
            meet = (t - t * t) / (2 * (1 - t * t))
            v = v / t if v < meet else v / t + 1 - 1 / t if v > 1 - meet else t * (v - 0.5) + 0.5
        expected.append(colorsys.hsv_to_rgb(h, s, v))
    made = recoloured(picture, Colours("augmax", *chosen)).reshape(-1, 3)
    assert np.abs(made - 255 * np.array(expected)).max() < 0.51


def clip(level):
    return min(max(level, 0.0), 1.0)


def grey(pixel):
    return 0.2989 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]


def turned(pixel, turn):
    h, s, v = colorsys.rgb_to_hsv(*pixel)
    return colorsys.hsv_to_rgb((h + turn) % 1, s, v)


@pytest.mark.parametrize("formula", ["tensorflow", "torchvision"])
def test_what_changes_nothing(formula):
    for picture in PICTURES.values():
        picture = np.ascontiguousarray(picture)
        picture.flags.writeable = False
        neutral = Colours(formula, 0.0 if formula == "tensorflow" else 1.0, 1.0, 1.0, 0.0)
        np.testing.assert_array_equal(recoloured(picture, neutral), picture)
        np.testing.assert_array_equal(recoloured(picture, Colours("augmax", 0.0, 0.0)), picture)


def test_blocks_of_pixels_are_one_picture():
    """Means are those of the whole picture; blocks end with whole rows, also of a row longer than a block."""
    for shape in ((300, 100, 3), (3, BLOCK + 5, 3)):
        picture = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
        colours = Colours("tensorflow", None, None, 0.5, 0.1)
        rows = [recoloured(picture[i : i + 1], colours)[0] for i in range(0, len(picture), len(picture) // 3)]
        np.testing.assert_array_equal(recoloured(picture, colours)[:: len(picture) // 3], rows)


PINNED = {
    "tensorflow": [[255, 249, 0], [0, 204, 255], [3, 6, 0], [255, 255, 255], [124, 124, 122], [255, 0, 192]],
    "torchvision": [[255, 248, 0], [0, 189, 255], [0, 0, 0], [255, 255, 255], [103, 99, 104], [255, 0, 189]],
    "augmax": [[226, 34, 87], [12, 252, 3], [20, 20, 20], [255, 255, 254], [101, 103, 104], [5, 9, 226]],
}


@pytest.mark.parametrize("formula", PINNED)
def test_levels_are_pinned(formula):
    """Equal bits on every machine and in every numpy: runs are compared by them."""
    picture = np.array(
        [[[200, 30, 77], [12, 250, 3], [0, 0, 0]], [[255, 255, 254], [90, 91, 92], [4, 8, 200]]], np.uint8
    )
    values = (0.13, 0.31) if formula == "augmax" else (0.13, 1.31, 1.7, 0.21)
    if formula == "torchvision":
        values = (1.13, *values[1:])
    assert recoloured(picture, Colours(formula, *values)).reshape(-1, 3).tolist() == PINNED[formula]
