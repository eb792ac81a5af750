"""Pictures of a sample as arrays: each against what a conversion of the same rule stores, or against libraries asked plainly."""

import io
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from tests.drawn import KINDS, jpeg, pixels, png_that_claims, saved
from vladata.errors import BadImage, SpecError, UnknownName
from vladata.image_rule import fitted
from vladata.loaders.pictures.picturing import Picturing
from vladata.spec.images import ImageRule
from vladata.spec.loading import LoadRule

RULES = [
    {"size": 224},
    {"size": [40, 56]},
    {"size": [300, 100], "resample": "lanczos3"},
    {"size": [48, 80], "fit": "pad", "pad": {"colour": [9, 200, 30], "place": "top_left"}},
    {"size": 48, "fit": "crop", "resample": "area"},
    {"size": [48, 64], "crop_area": 0.5, "resample": "bicubic"},
]


def one(image, normalise=None, **rule):
    """The pixels of one picture."""
    size = LoadRule(**rule).target
    picturing = Picturing(["primary"], 1, LoadRule(**rule), size, normalise=normalise)
    return filled(picturing, {"primary": image})[0][0, 0]


def filled(picturing, images, dirt=7, **more):
    out = np.full(picturing.shape, dirt, picturing.dtype)
    shown = np.full(picturing.shape[:2], dirt % 2 == 0)
    picturing.into(images, out, shown, **more)
    return out, shown


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_with_a_round_trip_it_is_what_a_conversion_stores(kind, rule):
    """Decoded by the same library; a JPEG of that size that a conversion leaves as it is takes no second round trip there."""
    data = KINDS[kind][1]
    stored = simplejpeg.decode_jpeg(fitted(data, ImageRule(cameras="all", quality=80, **rule)))
    np.testing.assert_array_equal(one(memoryview(data), jpeg=80, **rule), stored)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_without_it_the_jpeg_alone_is_missing(rule):
    """What the rule makes, encoded, is what a conversion stores."""
    for data in (KINDS["JPEG"][1], KINDS["PNG"][1], jpeg(256, 320)):
        made = np.ascontiguousarray(one(data, **rule))
        again = simplejpeg.encode_jpeg(made, quality=95, colorspace="RGB", colorsubsampling="420")
        assert again == fitted(data, ImageRule(cameras="all", **rule))


def test_a_scale_of_the_dct_decodes_in_one_call_the_first_time_and_later():
    data = jpeg(256, 256)
    picturing = Picturing(["primary"], 1, LoadRule(size=224), (224, 224))
    expected = simplejpeg.decode_jpeg(data, min_height=224, min_width=224)
    for _ in range(3):
        np.testing.assert_array_equal(filled(picturing, {"primary": data})[0][0, 0], expected)


def test_pictures_of_one_size_may_be_of_any_kind():
    """A size that one call decodes says nothing of PNGs, of CMYK, of grey pictures, or of a JPEG that hides its size."""
    rule = LoadRule(size=[42, 56])  # 7/8
    picturing = Picturing(["primary"], 1, rule, (42, 56))
    for _ in range(2):
        for kind, (_, data) in KINDS.items():
            alone = Picturing(["primary"], 1, rule, (42, 56))
            made, first = filled(picturing, {"primary": data})[0], filled(alone, {"primary": data})[0]
            np.testing.assert_array_equal(made, first, kind)
            assert np.abs(made[0, 0].astype(int) - decoded(data)[::8, ::8].mean()).mean() < 120
    filler = jpeg()[:2] + b"\xff\xff\xff" + jpeg()[3:]  # fill bytes before a marker are allowed
    np.testing.assert_array_equal(
        filled(picturing, {"primary": filler})[0], filled(picturing, {"primary": jpeg()})[0]
    )


def test_frames_and_cameras_have_their_places_and_missing_ones_are_black():
    picturing = Picturing(["primary", "wrist"], 3, LoadRule(size=32), (32, 32))
    levels = {"primary": 10, "wrist": 60, "primary-1": 110, "wrist-1": 160, "primary-2": 210}
    images = {name: of_level(level) for name, level in levels.items()}
    out, shown = filled(picturing, {**images, "other": b"not read"})
    assert picturing.shape == (3, 2, 32, 32, 3)
    assert out[:, :, 5, 6, 1].tolist() == [[10, 60], [110, 160], [210, 0]]
    assert (out[2, 1] == 0).all()
    assert shown.tolist() == [[True, True], [True, True], [True, False]]


def of_level(level):
    file = io.BytesIO()
    Image.fromarray(np.full((40, 40, 3), level, np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_without_a_size_pictures_keep_theirs_and_another_is_refused():
    picturing = Picturing(["primary"], 1, LoadRule(), (48, 64))
    np.testing.assert_array_equal(filled(picturing, {"primary": saved("PNG")})[0][0, 0], pixels())
    np.testing.assert_array_equal(
        filled(picturing, {"primary": jpeg()})[0][0, 0], simplejpeg.decode_jpeg(jpeg())
    )
    with pytest.raises(BadImage) as raised:
        filled(picturing, {"primary": jpeg(56, 64)})
    assert str(raised.value) == (
        "image primary: the size of the picture differs from the others; got '56 x 64'; allowed: 48 x 64.\n"
        "  Give the size to which pictures are resized: image_size=."
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "image wrist-1: these bytes are not an image"),
        (b"\xff\xd8\xff", "image wrist-1: the header of the JPEG image cannot be read"),
        (jpeg()[:-400], "image wrist-1: the JPEG image cannot be decoded"),
        (png_that_claims(9000, 9000), "image wrist-1: the PNG image is too large; got '9000 x 9000'"),
        (saved("PNG")[:100], "image wrist-1: the PNG image cannot be decoded"),
    ],
    ids=range(5),
)
def test_a_picture_that_cannot_be_decoded_is_named(data, says):
    picturing = Picturing(["primary", "wrist"], 2, LoadRule(size=[42, 56]), (42, 56))
    good = dict.fromkeys(["primary", "wrist", "primary-1"], jpeg())
    filled(picturing, good)
    with pytest.raises(BadImage) as raised:
        filled(picturing, {**good, "wrist-1": data})
    assert says in str(raised.value)


def test_a_round_trip_of_what_was_recorded_comes_before_the_resizing():
    data = saved("PNG")
    lossy = simplejpeg.encode_jpeg(pixels(), quality=70, colorsubsampling="420")
    for rule in ({"size": 30, "resample": "lanczos3"}, {"size": [42, 56]}):
        np.testing.assert_array_equal(one(data, jpeg=70, jpeg_of="recorded", **rule), one(lossy, **rule))


def test_normalised_pictures():
    """(level / 255 - mean) / std in float64, to within 2 ulp of float32; a missing one is black."""
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    levels = one(jpeg(), size=[40, 56])
    made = one(jpeg(), "imagenet", size=[40, 56])
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, (levels / 255 - mean) / std, rtol=0, atol=4e-7)
    picturing = Picturing(
        ["primary"], 1, LoadRule(size=8), (8, 8), normalise={"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
    )
    out, shown = filled(picturing, {})
    assert not shown.any()
    assert (out == -1).all()
    white = filled(
        Picturing(["primary"], 1, LoadRule(size=8), (8, 8), normalise="siglip"), {"primary": of_level(255)}
    )
    assert (white[0] == 1).all()


def test_normalised_levels_are_the_same_bits_everywhere():
    """Level * a + b with a and b rounded once: pinned, since trained models have seen them."""
    levels = np.array([[[0, 1, 2], [127, 128, 255]]], np.uint8)
    out = np.empty((1, 2, 3), np.float32)
    Picturing(["a"], 1, LoadRule(size=8), (8, 8), normalise="imagenet").normalise.into(levels, out)
    assert [x.hex() for x in out.ravel().tolist()] == PINNED


PINNED = [
    "-0x1.0f177a0000000p+1",
    "-0x1.02549e0000000p+1",
    "-0x1.c503980000000p+0",
    "0x1.d273800000000p-5",
    "0x1.a436800000000p-3",
    "0x1.51eb840000000p+1",
]


def test_a_normalisation_that_is_none_is_refused():
    with pytest.raises(UnknownName) as raised:
        Picturing(["a"], 1, LoadRule(), (8, 8), normalise="siglib")
    assert str(raised.value).startswith('normalise=: there is no normalisation "siglib"')
    assert "siglip" in str(raised.value)
    with pytest.raises(SpecError) as raised:
        Picturing(
            ["a"], 1, LoadRule(), (8, 8), normalise={"mean": [0.5, 0.5], "std": [0.5, 0, 0.5], "sdt": 1}
        )
    assert "std[1]  got 0; allowed: more than 0" in str(raised.value)
    assert 'sdt     unknown key; did you mean "std"?' in str(raised.value)


def test_threads_share_one_and_it_travels():
    rng = np.random.default_rng(3)
    sizes = rng.integers(8, 200, (60, 2)).tolist()
    images = [{"primary": jpeg(*size)} for size in sizes]
    picturing = Picturing(["primary"], 1, LoadRule(size=[48, 40]), (48, 40))
    alone = [filled(picturing, each)[0] for each in images]
    shared = pickle.loads(pickle.dumps(picturing))
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda each: filled(shared, each)[0], images * 3))
    for made, expected in zip(together, alone * 3, strict=True):
        np.testing.assert_array_equal(made, expected)


def test_more_sizes_than_are_remembered(monkeypatch):
    monkeypatch.setattr("vladata.loaders.pictures.picturing.MOST_SIZES", 2)
    picturing = Picturing(["primary"], 1, LoadRule(size=16), (16, 16))
    for side in (20, 30, 40, 20, 30):
        made = filled(picturing, {"primary": jpeg(side, side)})[0][0, 0]
        np.testing.assert_array_equal(made, one(jpeg(side, side), size=16))
