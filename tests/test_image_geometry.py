"""The places of pixels in a resized picture: rectangles as literals, then the map and its inverse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vladata.image_geometry import ImageGeometry, Rectangle, image_geometry

FITS = ("stretch", "pad", "crop")


@pytest.mark.parametrize(
    ("recorded", "size", "fit", "box", "placed"),
    [
        ((480, 640), (224, 224), "stretch", (0, 0, 480, 640), (0, 0, 224, 224)),
        ((480, 640), (224, 224), "pad", (0, 0, 480, 640), (28, 0, 168, 224)),
        ((640, 480), (224, 224), "pad", (0, 0, 640, 480), (0, 28, 224, 168)),
        ((480, 640), (224, 224), "crop", (0, 80, 480, 480), (0, 0, 224, 224)),
        ((640, 480), (224, 224), "crop", (80, 0, 480, 480), (0, 0, 224, 224)),
        ((256, 256), (224, 320), "pad", (0, 0, 256, 256), (0, 48, 224, 224)),
        ((256, 256), (224, 320), "crop", (38, 0, 179, 256), (0, 0, 224, 320)),  # 179.2 rows
        ((180, 320), (224, 224), "pad", (0, 0, 180, 320), (49, 0, 126, 224)),
        ((9, 9), (224, 224), "pad", (0, 0, 9, 9), (0, 0, 224, 224)),  # openpi's floats make 223 of it
        (
            (100, 225),
            (8, 8),
            "pad",
            (0, 0, 100, 225),
            (2, 0, 3, 8),
        ),  # 3.6 rows; 5 free rows, the odd one below
        ((1, 5000), (8, 8), "pad", (0, 0, 1, 5000), (3, 0, 1, 8)),
        ((1, 5000), (8, 8), "crop", (0, 2499, 1, 1), (0, 0, 8, 8)),
        ((5000, 1), (8, 16), "crop", (2499, 0, 1, 1), (0, 0, 8, 16)),  # not 0 rows
        ((1, 1), (8, 8), "pad", (0, 0, 1, 1), (0, 0, 8, 8)),
    ],
)
def test_what_is_kept_and_where_it_lies(recorded, size, fit, box, placed):
    found = image_geometry(*recorded, size, fit=fit)
    assert found == ImageGeometry(recorded, size, Rectangle(*box), Rectangle(*placed))


@pytest.mark.parametrize(("place", "top"), [("centre", 28), ("top_left", 0), ("bottom_right", 56)])
def test_padding_lies_where_it_is_told(place, top):
    assert image_geometry(480, 640, (224, 224), fit="pad", place=place).placed == (top, 0, 168, 224)


def test_a_centre_crop_comes_before_the_fit():
    side = image_geometry(256, 256, (224, 224), crop_area=0.9).box
    assert side == (6, 6, 243, 243)  # 256 * sqrt(0.9) = 242.86
    both = image_geometry(480, 640, (224, 224), fit="crop", crop_area=0.25)
    assert both.box == (120, 200, 240, 240)


def test_a_picture_that_keeps_its_size_keeps_its_pixels():
    found = image_geometry(48, 64, None, fit="crop", crop_area=0.5)
    assert found == image_geometry(48, 64)
    assert found.is_identity
    assert (found.scale_y, found.scale_x, found.offset_y, found.offset_x) == (1, 1, 0, 0)


@pytest.mark.parametrize("fit", FITS)
def test_the_identity_is_known(fit):
    assert image_geometry(224, 320, (224, 320), fit=fit).is_identity
    assert not image_geometry(224, 320, (224, 320), fit=fit, crop_area=0.9).is_identity
    assert not image_geometry(320, 224, (224, 320), fit=fit).is_identity


def test_coordinates_of_a_crop():
    found = image_geometry(480, 640, (240, 240), fit="crop")
    assert (found.scale_y, found.scale_x, found.offset_y, found.offset_x) == (0.5, 0.5, 0, -40)
    points = np.array([[0, 80], [240, 320], [480, 560], [10, 79.5], [481, 320]])
    np.testing.assert_array_equal(
        found.forward(points), [[0, 0], [120, 120], [240, 240], [5, -0.25], [240.5, 120]]
    )
    np.testing.assert_array_equal(found.shows(points), [True, True, True, False, False])
    assert found.shows(np.array([5, 100]))
    assert found.forward(np.zeros((2, 3, 2), int)).shape == (2, 3, 2)


def test_coordinates_beside_padding():
    found = image_geometry(480, 640, (224, 224), fit="pad")
    np.testing.assert_allclose(found.forward(np.array([[0, 0], [480, 640]])), [[28, 0], [196, 224]])


SIDES = st.integers(1, 5000)
TARGETS = st.tuples(st.integers(8, 4096), st.integers(8, 4096))


@given(SIDES, SIDES, TARGETS, st.sampled_from(FITS), st.floats(0.001, 1))
def test_every_geometry_is_sound(height, width, size, fit, crop_area):
    found = image_geometry(height, width, size, fit=fit, crop_area=crop_area)
    for inner, (rows, columns) in ((found.box, (height, width)), (found.placed, size)):
        assert inner.height >= 1
        assert inner.width >= 1
        assert inner.top >= 0
        assert inner.left >= 0
        assert inner.top + inner.height <= rows
        assert inner.left + inner.width <= columns
    corners = np.array([[0, 0], [height, width], [height / 3, width / 7]])
    np.testing.assert_allclose(found.backward(found.forward(corners)), corners, atol=1e-6)
    low = np.array(found.box[:2])
    np.testing.assert_allclose(found.forward(low), found.placed[:2], atol=1e-6)
    np.testing.assert_allclose(
        found.forward(low + found.box[2:]), np.add(found.placed[:2], found.placed[2:]), atol=1e-6
    )


@given(SIDES, SIDES, TARGETS)
def test_pad_and_crop_keep_the_aspect_to_a_pixel(height, width, size):
    padded = image_geometry(height, width, size, fit="pad").placed
    assert padded.height == size[0] or padded.width == size[1]
    if min(padded.height, padded.width) > 1:
        assert 0 <= size[1] * height / width - padded.height < 1 or padded.height == size[0]
        assert 0 <= size[0] * width / height - padded.width < 1 or padded.width == size[1]
    kept = image_geometry(height, width, size, fit="crop").box
    assert kept.height == height or kept.width == width
    if min(kept.height, kept.width) > 1:
        assert (
            abs(kept.width * size[0] / size[1] - kept.height) <= 0.5
            or abs(kept.height * size[1] / size[0] - kept.width) <= 0.5
        )


def test_openpi_agrees_but_for_floats():
    """Its rule: ratio = max(w / W, h / H); sides int(h / ratio), int(w / ratio); before the picture int(free / 2)."""
    usual = [
        (480, 640),
        (256, 256),
        (720, 1280),
        (360, 640),
        (180, 320),
        (128, 128),
        (540, 960),
        (1080, 1920),
    ]
    for height, width in usual:
        for side in (224, 256, 384, 448):
            ratio = max(width / side, height / side)
            rows, columns = int(height / ratio), int(width / ratio)
            theirs = (int((side - rows) / 2), int((side - columns) / 2), rows, columns)
            assert image_geometry(height, width, (side, side), fit="pad").placed == theirs


def test_a_part_that_fills_the_picture():
    """Half of the sides, from a quarter: the same pixels go to twice the place."""
    whole = image_geometry(100, 200, (50, 50))
    part = whole.within(0.25, 0.5, 0.5, 0.5)
    assert (part.box, part.placed) == ((25, 100, 50, 100), (0, 0, 50, 50))
    assert whole.within(0, 0, 1, 1) == whole


def test_a_part_with_padding_keeps_its_share_of_it():
    """100 x 200 on 60 x 60 lies in rows 15 to 45; the lower half of the picture, from row 30, shows half of it, then padding."""
    padded = image_geometry(100, 200, (60, 60), fit="pad")
    part = padded.within(0.5, 0.0, 0.5, 1.0)
    assert (part.box, part.placed) == ((50, 0, 50, 200), (0, 0, 30, 60))
    assert padded.within(0.0, 0.0, 0.2, 1.0) == padded  # padding alone


def test_parts_as_thin_as_can_be_have_a_pixel():
    for edge in (0.0, 0.37, 0.995):
        part = image_geometry(10, 10, (8, 8)).within(edge, edge, 0.005, 0.005)
        assert part.box[2:] == (1, 1)
        assert part.box.top + part.box.height <= 10
        assert part.placed == (0, 0, 8, 8)
