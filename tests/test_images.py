"""Images: their kind and size without decoding, their pixels, and hostile bytes."""

import io
from contextlib import suppress

import numpy as np
import pytest
import simplejpeg
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.drawn import KINDS, chunk, jpeg, pixels, png_that_claims, saved
from vladata.errors import BadImage
from vladata.images import Prober, as_jpeg, channels_swapped, decoded, decoded_size, probe, size_of, suffix

EACH = pytest.mark.parametrize("kind", KINDS)


@EACH
def test_kind_and_size_are_known_without_decoding(kind):
    ending, data = KINDS[kind]
    view = memoryview(b"before" + data + b"after")[6:-5]
    assert (suffix(data), suffix(view)) == (ending, ending)
    assert probe(data) == probe(view) == probe(bytearray(data)) == Prober()(view) == (48, 64)


@EACH
def test_a_cut_image_is_refused(kind):
    data = KINDS[kind][1]
    for lost in (1, 2, len(data) // 3):
        with pytest.raises(
            BadImage, match=r"image is cut: its end is missing; got '[\d,]+ bytes'|cannot be read"
        ):
            probe(data[:-lost])
        with pytest.raises(BadImage, match="cut"):
            Prober()(data[:-1])


@EACH
def test_zeros_may_follow(kind):
    assert probe(KINDS[kind][1] + b"\0" * 50) == (48, 64)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_other_bytes_may_follow_where_the_end_can_be_found(kind):
    assert probe(KINDS[kind][1] + b"\0" * 500 + b"a comment of the camera") == (48, 64)
    with pytest.raises(BadImage, match="its end is missing"):
        probe(KINDS[kind][1][:-40] + b"a comment of the camera")


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"these bytes are no image", b"%PDF-1.7 ", b"BM" + bytes(60)]
)
def test_what_is_no_image_is_refused(data):
    for call in (suffix, probe, Prober(), as_jpeg, decoded, size_of):
        with pytest.raises(BadImage, match=r"not an image.*; allowed: JPEG, PNG, GIF, WebP"):
            call(data)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff\xd8\xff\xd9", "the header of the JPEG image cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IEND"), "the header of the PNG image cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", bytes(20)) + chunk(b"IEND"), "the first chunk is not IHDR"),
        (b"GIF89a", "the header of the GIF image cannot be read"),
        (b"RIFF\0\0\0\0WEBPVP9 " + bytes(20), "no VP8, VP8L or VP8X chunk"),
        (png_that_claims(0, 5), "the PNG image has no pixels; got '5 x 0'"),
    ],
)
def test_a_header_that_says_nothing_is_refused(data, says):
    for call in (probe, Prober(), decoded, size_of):
        with pytest.raises(BadImage, match=says):
            call(data)


def test_a_png_of_50000_x_50000_is_refused_from_its_header():
    data = png_that_claims(50_000, 50_000)
    for call in (probe, Prober(), as_jpeg, decoded, size_of):
        with pytest.raises(BadImage) as error:
            call(data)
        assert (
            str(error.value) == "the PNG image is too large; got '50000 x 50000'; allowed: 64,000,000 pixels."
        )


def test_the_limit_is_on_pixels_and_can_be_set():
    assert probe(png_that_claims(8000, 8000)) == (8000, 8000)
    with pytest.raises(BadImage, match="too large"):
        probe(png_that_claims(8000, 8001))
    assert Prober(48 * 64)(jpeg()) == (48, 64)
    for call in (
        probe,
        lambda data, limit: Prober(limit)(data),
        lambda data, limit: decoded(data, None, limit),
    ):
        with pytest.raises(BadImage, match="got '48 x 64'; allowed: 3,071 pixels"):
            call(jpeg(), 48 * 64 - 1)


def test_pillows_own_limit_is_a_bad_image_too():
    for width in (9000, 18_000):  # Pillow warns, Pillow refuses
        with pytest.raises(BadImage, match=r"the PNG image cannot be decoded; got 'Image size"):
            as_jpeg(png_that_claims(width, 10_000), limit_pixels=10**9)


def test_a_prober_goes_by_the_header_and_checks_each_end():
    prober, small, large = Prober(), jpeg(), jpeg(56, 80)
    assert [prober(data) for data in (small, jpeg(), large, small, saved("PNG"), small)] == [
        (48, 64),
        (48, 64),
        (56, 80),
        (48, 64),
        (48, 64),
        (48, 64),
    ]
    with pytest.raises(BadImage, match="cut"):
        prober(small[:-1])
    assert prober(small + b"\0\0") == (48, 64)


def test_a_prober_decodes_no_header_twice(monkeypatch):
    prober, first = Prober(), jpeg()
    other = simplejpeg.encode_jpeg(255 - pixels(), quality=90, colorsubsampling="420")
    prober(first)
    monkeypatch.setattr(simplejpeg, "decode_jpeg_header", None)
    assert other != first
    assert prober(memoryview(other)) == (48, 64)


def test_as_jpeg():
    assert as_jpeg(memoryview(jpeg())) == jpeg()
    assert as_jpeg(saved("PNG"), quality=80) == simplejpeg.encode_jpeg(
        pixels(), quality=80, colorspace="RGB", colorsubsampling="420"
    )


def test_depth_maps_are_refused():
    file = io.BytesIO()
    Image.fromarray(np.arange(48 * 64, dtype=np.uint16).reshape(48, 64)).save(file, "PNG")
    assert probe(file.getvalue()) == (48, 64)
    with pytest.raises(
        BadImage, match="a PNG of more than 8 bits a channel cannot become a JPEG; got 'I;16'"
    ):
        as_jpeg(file.getvalue())


def test_what_cannot_be_decoded_is_refused():
    data, png = jpeg(), saved("PNG")
    with pytest.raises(BadImage, match=r"the JPEG image cannot be decoded; got '.*premature end"):
        decoded(data[: len(data) // 2] + b"\xff\xd9", (32, 32))
    with pytest.raises(BadImage, match="the PNG image cannot be decoded"):
        as_jpeg(png[:60] + b"?" * 20 + png[80:])


@given(st.sampled_from(sorted(KINDS)), st.integers(0, 120), st.binary(max_size=12), st.integers(0, 3000))
def test_any_bytes_are_an_image_or_a_bad_image(kind, at, junk, length):
    data = KINDS[kind][1]
    hostile = (data[:at] + junk + data[at + len(junk) :])[:length]
    for call in (
        suffix,
        probe,
        Prober(),
        lambda data: as_jpeg(data, 95, 10**5),
        lambda data: decoded(data, (32, 32), 10**5),
    ):
        with suppress(BadImage):
            call(hostile)


@pytest.mark.parametrize(("kind", "off"), [("jpg", 4), ("png", 0)])
def test_channels_are_swapped_and_swapped_back(kind, off):
    picture = np.zeros((32, 64, 3), np.uint8)
    picture[:, :32], picture[:, 32:] = (200, 40, 10), (30, 90, 220)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, {"jpg": "JPEG", "png": "PNG"}[kind], quality=95)
    once = channels_swapped(file.getvalue())
    assert suffix(once) == kind
    apart = np.r_[:16, 48:64]  # a JPEG of 4:2:0 mixes colours at the edge
    for image, expected in ((once, picture[:, :, ::-1]), (channels_swapped(once), picture)):
        there = np.asarray(Image.open(io.BytesIO(image)), int)
        np.testing.assert_allclose(there[:, apart], expected[:, apart], atol=off)


def test_what_is_no_image_is_not_swapped():
    with pytest.raises(BadImage, match="these bytes are not an image"):
        channels_swapped(b"no image at all")


@pytest.mark.parametrize("kind", KINDS)
def test_the_size_of_what_is_decoded_is_known_before(kind):
    data = KINDS[kind][1]
    for least in (None, (6, 8), (42, 56), (24, 20), (48, 64), (400, 400)):
        assert decoded_size(data, least) == decoded(data, least).shape[:2]
