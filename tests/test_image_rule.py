"""Images changed by a rule: each step compared with direct calls of libraries, then the new place of a mark."""

import io
from itertools import product
from typing import get_args

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from tests.drawn import KINDS, PICTURE, jpeg, pixels, png_that_claims, saved
from vladata.errors import BadImage
from vladata.image_rule import encoded, fitted
from vladata.spec.images import ImageRule, Kernel

EACH = pytest.mark.parametrize("kind", KINDS)
FITS, KERNELS = ("stretch", "pad", "crop"), get_args(Kernel)


def rule(size, **given):
    return ImageRule(cameras="all", size=size, **given)


def bilinear(image, height, width):
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))


def as_jpeg(image, quality=95):
    return simplejpeg.encode_jpeg(
        np.ascontiguousarray(image), quality=quality, colorspace="RGB", colorsubsampling="420"
    )


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)))


@EACH
@pytest.mark.parametrize("fit", FITS)
def test_all_kinds_become_a_jpeg_of_the_size(kind, fit):
    data = KINDS[kind][1]
    for size, sides in ((24, (24, 24)), ([96, 40], (96, 40))):
        made = fitted(memoryview(data), rule(size, fit=fit))
        assert simplejpeg.decode_jpeg_header(made) == (*sides, "YCbCr", "420")
        assert made == fitted(data, rule(size, fit=fit))


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_rule_1_a_jpeg_that_need_not_change_stays_as_it_is(fit, kernel):
    data = jpeg(48, 64)
    assert fitted(memoryview(data), rule([48, 64], fit=fit, resample=kernel, quality=10)) == data
    assert fitted(data, rule([48, 64], fit=fit, crop_area=0.9)) != data


def test_a_png_of_the_size_is_encoded_and_not_resampled():
    assert fitted(saved("PNG"), rule([48, 64], resample="lanczos3")) == as_jpeg(pixels())


def test_rule_2_a_scale_that_hits_is_all_that_is_done():
    data = jpeg(256, 256)
    for size in (224, 128, 96, 32):  # 7/8, 4/8, 3/8, 1/8
        hit = simplejpeg.decode_jpeg(data, min_height=size, min_width=size)
        assert hit.shape == (size, size, 3)
        assert fitted(data, rule(size)) == as_jpeg(hit)
    hit = simplejpeg.decode_jpeg(jpeg(256, 320), min_height=224, min_width=280)
    assert hit.shape == (224, 280, 3)
    assert fitted(jpeg(256, 320), rule([224, 280])) == as_jpeg(hit)


@pytest.mark.parametrize(
    ("height", "width", "size", "scaled"),
    [
        (256, 320, 224, (256, 320)),  # 7/8 leaves both sides, but does not hit and does not halve
        (240, 320, 100, (120, 160)),  # 4/8; 3/8 leaves 90
        (256, 256, 65, (96, 96)),  # 3/8; 2/8 leaves 64
        (64, 64, 224, (64, 64)),
        (240, 320, [30, 100], (90, 120)),  # 3/8; 2/8 leaves 80 of a width of 100
    ],
)
def test_rule_2_and_3_bilinear_after_the_smallest_scale_that_halves(height, width, size, scaled):
    data = jpeg(height, width)
    sides = size if isinstance(size, list) else [size, size]
    whole = scaled == (height, width)
    found = simplejpeg.decode_jpeg(
        data, min_height=0 if whole else scaled[0], min_width=0 if whole else scaled[1]
    )
    assert found.shape[:2] == scaled
    assert fitted(data, rule(size)) == as_jpeg(bilinear(found, *sides))


def test_rule_2_padding_is_around_what_the_scale_gives():
    data, canvas = jpeg(256, 256), np.full((224, 320, 3), (1, 2, 200), np.uint8)
    canvas[:, 48:272] = simplejpeg.decode_jpeg(data, min_height=224, min_width=224)
    assert fitted(data, rule([224, 320], fit="pad", pad={"colour": [1, 2, 200]})) == as_jpeg(canvas)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"fit": "crop"}, np.s_[:, 32:288]),
        ({"crop_area": 0.25}, np.s_[64:192, 80:240]),
        ({"fit": "crop", "crop_area": 0.25}, np.s_[64:192, 96:224]),
    ],
)
def test_rule_3_what_is_cut_is_cut_of_the_whole(given, kept):
    """128 x 128 of 256 x 320: half of it would hit, but for what is cut."""
    data = jpeg(256, 320)
    whole = np.ascontiguousarray(simplejpeg.decode_jpeg(data)[kept])
    assert fitted(data, rule(64, **given)) == as_jpeg(bilinear(whole, 64, 64))


@pytest.mark.parametrize("kernel", [kernel for kernel in KERNELS if kernel != "bilinear"])
def test_rule_2_other_kernels_see_every_pixel(kernel):
    data = jpeg(256, 256)
    whole = fitted(saved_as_png(simplejpeg.decode_jpeg(data)), rule(128, resample=kernel))
    assert fitted(data, rule(128, resample=kernel)) == whole
    assert whole != fitted(data, rule(128))


def saved_as_png(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def test_rule_4_quality_is_the_recipes():
    data = saved("PNG")
    assert fitted(data, rule(32)) == as_jpeg(bilinear(pixels(), 32, 32), 95)
    assert fitted(data, rule(32, quality=50)) == as_jpeg(bilinear(pixels(), 32, 32), 50)


def test_colours_survive():
    for kind in ("JPEG", "CMYK JPEG", "PNG", "RGBA PNG", "GIF", "WebP"):
        made = decoded(fitted(KINDS[kind][1], rule(32))).astype(int)
        assert np.abs(made - bilinear(pixels(), 32, 32)).mean() < 12, kind


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_pixels_become_what_their_png_becomes(fit, kernel):
    image, wanted = np.ascontiguousarray(PICTURE[:100, :200]), rule([40, 56], fit=fit, resample=kernel)
    assert encoded(image, wanted) == fitted(saved_as_png(image), wanted)


@pytest.mark.parametrize("place", ["centre", "top_left", "bottom_right"])
def test_padding_has_its_colour_and_place(place):
    wanted = rule(64, fit="pad", pad={"colour": [250, 120, 10], "place": place})
    expected = np.full((64, 64, 3), (250, 120, 10), np.uint8)
    top = {"centre": 16, "top_left": 0, "bottom_right": 32}[place]
    expected[top : top + 32] = 7
    assert encoded(np.full((32, 64, 3), 7, np.uint8), wanted) == as_jpeg(expected)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("recorded", [(1, 1), (1, 900), (900, 1), (2, 700), (480, 3), (13, 17)])
def test_odd_sizes_with_every_fit(fit, kernel, recorded):
    """A picture of one colour is that colour wherever it lies, however it was squeezed."""
    wanted = rule([40, 56], fit=fit, resample=kernel)
    expected = np.full((40, 56, 3), (30, 140, 220), np.uint8)
    if fit == "pad":
        lies = wanted.geometry(*recorded).placed
        expected[:] = 0
        expected[lies.top : lies.top + lies.height, lies.left : lies.left + lies.width] = (30, 140, 220)
    image = np.full((*recorded, 3), (30, 140, 220), np.uint8)
    assert encoded(image, wanted) == fitted(saved_as_png(image), wanted) == as_jpeg(expected)
    of_jpeg = decoded(fitted(as_jpeg(image, 100), wanted)).astype(int)
    assert np.abs(of_jpeg - decoded(as_jpeg(expected))).max() <= 12


def test_exif_orientation_is_not_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    file = io.BytesIO()
    Image.fromarray(pixels()).save(file, "JPEG", exif=exif, quality=95)
    for fit, kernel in product(FITS, KERNELS):
        made = decoded(fitted(file.getvalue(), rule([24, 32], fit=fit, resample=kernel))).astype(int)
        assert np.abs(made - bilinear(pixels(), 24, 32)).mean() < 6


def test_what_is_seen_through_is_dropped():
    image = np.dstack([pixels(), np.zeros((48, 64), np.uint8)])
    for fit, kernel in product(FITS, KERNELS):
        wanted = rule(32, fit=fit, resample=kernel)
        assert fitted(saved_as_png(image), wanted) == fitted(saved_as_png(pixels()), wanted)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("recorded", [(240, 320), (100, 90)])
@pytest.mark.parametrize("size", [[96, 96], [60, 120], [200, 300]])
@pytest.mark.parametrize("crop_area", [1.0, 0.8])
def test_a_mark_is_found_where_the_geometry_says(fit, kernel, recorded, size, crop_area):
    """The middle of the light of a soft spot, before and after."""
    wanted = rule(size, fit=fit, resample=kernel, crop_area=crop_area, quality=100)
    geometry = wanted.geometry(*recorded)
    rows, columns = np.mgrid[0 : recorded[0], 0 : recorded[1]] + 0.5
    for share in ((0.5, 0.5), (0.42, 0.6)):
        point = np.array([geometry.box.top, geometry.box.left]) + np.multiply(geometry.box[2:], share)
        far = np.hypot(rows - point[0], columns - point[1])
        spot = (255 * np.exp(-((far / 6) ** 2))).astype(np.uint8)
        image = np.repeat(spot[:, :, None], 3, axis=2)
        for data in (saved_as_png(image), as_jpeg(image, 100)):
            found = middle(decoded(fitted(data, wanted)))
            assert np.abs(found - geometry.forward(point)).max() < 0.2, (found, geometry.forward(point))
            assert geometry.shows(point)


def middle(image):
    """Where the light of a picture has its middle, (y, x)."""
    light = image[:, :, 1].astype(float)
    light[light < 16] = 0
    rows, columns = np.mgrid[0 : light.shape[0], 0 : light.shape[1]] + 0.5
    return np.array([(rows * light).sum(), (columns * light).sum()]) / light.sum()


@pytest.mark.parametrize("fit", FITS)
def test_limits_hold_with_every_fit(fit):
    with pytest.raises(BadImage, match="got '50000 x 50000'; allowed: 64,000,000 pixels"):
        fitted(png_that_claims(50_000, 50_000), rule(32, fit=fit))
    with pytest.raises(BadImage, match="got '48 x 64'; allowed: 3,071 pixels"):
        fitted(jpeg(), rule(32, fit=fit), 48 * 64 - 1)


def test_a_line_of_pixels_takes_little_memory():
    """400,000 rows of one pixel: made 500 wide before they were made fewer, they would be 800 MB in Pillow."""
    image = np.zeros((400_000, 1, 3), np.uint8)
    image[200_000:] = 200
    for kernel in KERNELS:
        made = decoded(encoded(image, rule([8, 500], resample=kernel, quality=100)))
        assert np.abs(made[:3].astype(int)).max() <= 12
        assert np.abs(made[5:].astype(int) - 200).max() <= 12
