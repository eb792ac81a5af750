"""Looks (perceptual hashes): equal for copies, different for other images, an error for bytes that are not an image."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vladata.errors import BadImage
from vladata.looks import distances, look

WORDS = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20)


def picture(seed, size=256):
    """Blobs of light: a few waves and shapes, with colours."""
    rng = np.random.default_rng(seed)
    small = rng.normal(0, 1, (6, 6, 3)) + rng.normal(0, 1.5, (6, 6, 1))
    small = (small - small.min()) / np.ptp(small) * 255
    return Image.fromarray(small.astype(np.uint8)).resize((size, size), Image.Resampling.BICUBIC)


def encoded(image, kind="JPEG", **settings):
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def apart(a, b):
    return (a ^ b).bit_count()


def test_bits_stand_row_by_row_the_first_in_the_highest_place():
    brightness = np.tile(np.arange(9, dtype=np.uint8) * 20, (8, 1))
    brightness[7] = brightness[7, ::-1]
    assert look(encoded(Image.fromarray(brightness), "PNG")) == 0xFFFFFFFFFFFFFF00
    assert look(encoded(Image.new("RGB", (40, 30), "red"), "PNG")) == 0


@pytest.mark.parametrize(
    ("change", "most"),
    [
        (lambda image: encoded(image, quality=60), 2),
        (lambda image: encoded(image.resize((120, 120)), quality=90), 4),
        (lambda image: encoded(image.resize((300, 200)), quality=90), 4),
        (lambda image: encoded(image.crop((3, 3, 253, 253)), quality=90), 4),
        (lambda image: encoded(image, "PNG"), 2),
        (lambda image: encoded(image, "WEBP", quality=80), 2),
    ],
    ids=["quality", "half", "aspect", "trimmed", "png", "webp"],
)
def test_copies_look_alike(change, most):
    images = [picture(seed) for seed in range(30)]
    found = [apart(look(encoded(image, quality=95)), look(change(image))) for image in images]
    assert np.mean(np.array(found) <= most) >= 0.9
    assert max(found) <= 8


def test_other_images_look_different():
    looks = [look(encoded(picture(seed))) for seed in range(60)]
    assert min(apart(a, b) for i, a in enumerate(looks) for b in looks[:i]) > 8


def test_grey_and_cmyk():
    image = picture(3)
    plain = look(encoded(image, "PNG"))
    assert apart(plain, look(encoded(image.convert("L")))) <= 2
    assert apart(plain, look(encoded(image.convert("CMYK")))) <= 8


@pytest.mark.parametrize("data", [b"", b"text", encoded(picture(0))[:200], encoded(picture(0), "PNG")[:300]])
def test_what_is_no_image_is_refused(data):
    with pytest.raises(BadImage):
        look(data)


@given(WORDS, WORDS)
def test_distances(a, b):
    size = min(len(a), len(b))
    found = distances(np.array(a[:size], np.uint64), np.array(b[:size], np.uint64))
    assert found.tolist() == [apart(x, y) for x, y in zip(a, b, strict=False)]
