"""Random draws for a picture, pinned, since runs are compared and resumed by them; then what a crop and a turn do to pixels."""

import io
from collections import Counter

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from tests.drawn import PICTURE, jpeg, saved
from tests.loaders.test_pictures import filled
from vladata.errors import MissingFile, SpecError, UnknownName
from vladata.loaders.pictures.augment import TRIES, Drawn, crops, drawn, rotated
from vladata.loaders.pictures.colours import recoloured
from vladata.loaders.pictures.picturing import Picturing
from vladata.resampling import resampled
from vladata.spec.augment import PRESETS, Augment, augment_of
from vladata.spec.loading import LoadRule

CROP = augment_of({"random_resized_crop": {"scale": [0.5, 0.9], "ratio": [0.8, 1.25]}})
HALF = augment_of({"random_resized_crop": {"scale": [0.25, 0.25]}})


def test_what_is_drawn_is_pinned():
    found = drawn(augment_of("octo"), 7, "primary")
    assert [round(x, 12) for x in found.crop] == CROP_PINNED
    colours = found.colours
    assert [
        round(x, 12) for x in (colours.brightness, colours.contrast, colours.saturation, colours.hue)
    ] == COLOURS_PINNED
    assert (colours.formula, found.degrees) == ("tensorflow", 0.0)
    assert round(drawn(augment_of("openpi"), 7, "primary").degrees, 12) == DEGREES_PINNED


CROP_PINNED = [0.000411092318, 0.028657195536, 0.984067541926, 0.965332792083]
COLOURS_PINNED = [-0.08752002275, 1.007734588996, 0.902693222453, 0.021023731983]
DEGREES_PINNED = 0.327831429675


def test_purposes_and_cameras_draw_on_their_own():
    both = augment_of({"random_resized_crop": {"scale": [0.5, 0.9]}, "colour_jitter": {"hue": [-0.1, 0.1]}})
    crop = augment_of({"random_resized_crop": {"scale": [0.5, 0.9]}})
    assert drawn(both, 3, "primary").crop == drawn(crop, 3, "primary").crop
    assert drawn(both, 3, "primary") != drawn(both, 3, "wrist") != drawn(both, 4, "wrist")
    assert drawn(both, 3, "primary") == drawn(both, 3, "primary")
    other = {"hue": [-0.1, 0.1], "brightness": [0.0, 0.1]}
    more = augment_of({"colour_jitter": other})
    assert drawn(more, 3, "primary").colours.hue == drawn(both, 3, "primary").colours.hue


def test_a_camera_may_be_left():
    octo, openpi = augment_of("octo"), augment_of("openpi")
    assert drawn(octo, 3, "left_wrist").crop is None
    assert drawn(octo, 3, "left_wrist").colours is not None
    assert list(crops(octo, 3, "wrist")) == []
    assert len(set(crops(octo, 3, "primary"))) == TRIES
    left = [drawn(openpi, seed, "wrist_1") for seed in range(50)]
    assert {(each.crop, each.degrees) for each in left} == {(None, 0.0)}


def test_draws_keep_to_their_limits_and_reach_them():
    found = [drawn(CROP, seed, "primary").crop for seed in range(4000)]
    areas = np.array([crop.height * crop.width for crop in found])
    ratios = np.array([crop.width / crop.height for crop in found])
    clipped = np.array([max(crop.height, crop.width) == 1 for crop in found])
    assert 0.5 <= areas.min() < 0.51
    assert 0.89 < areas[~clipped].max() <= 0.9
    assert 0.8 - 1e-9 <= ratios.min() < 0.81
    assert 1.24 < ratios.max() <= 1.25 + 1e-9
    assert abs((ratios > 1).mean() - 0.5) < 0.03  # even in its logarithm
    for crop in found:
        assert 0 <= crop.top <= crop.top + crop.height <= 1 + 1e-12
        assert 0 <= crop.left <= crop.left + crop.width <= 1 + 1e-12
    free = np.array([crop.top / (1 - crop.height) for crop in found if crop.height < 1])
    assert np.histogram(free, 4, (0, 1))[0].min() > 0.22 * len(free)
    shared = Counter(drawn(augment_of("openpi"), seed, "primary").colours is None for seed in range(2000))
    assert 900 < shared[True] < 1100


def test_presets_have_the_published_numbers():
    assert augment_of("octo").random_resized_crop.scale == (0.8, 1.0)
    assert augment_of("octo").random_resized_crop.ratio == (0.9, 1.1)
    for seed in range(20):
        crop = drawn(augment_of("openvla"), seed, "wrist").crop
        assert crop.height == crop.width == pytest.approx(0.9**0.5)
        crop = drawn(augment_of("openpi"), seed, "base_0_rgb").crop
        assert crop.height * 224 == crop.width * 224 == pytest.approx(int(0.95 * 224))


def test_a_crop_is_cut_from_what_was_recorded_and_resized_once():
    picturing = Picturing(["primary"], 1, LoadRule(size=[30, 20], resample="lanczos3"), (30, 20), HALF)
    whole = np.asarray(Image.open(io.BytesIO(saved("PNG"))))  # 48 x 64
    for seed in range(5):
        crop = drawn(HALF, seed, "primary").crop
        top, left = round(crop.top * 48), round(crop.left * 64)
        bottom, right = round((crop.top + crop.height) * 48), round((crop.left + crop.width) * 64)
        made = filled(picturing, {"primary": saved("PNG")}, seed=seed)[0][0, 0]
        expected = resampled(np.ascontiguousarray(whole[top:bottom, left:right]), 30, 20, "lanczos3")
        np.testing.assert_array_equal(made, expected)


def test_a_large_jpeg_is_cut_at_a_scale_that_leaves_enough():
    """Beside the same crop of all its pixels: the scale of the DCT smooths, and moves the edge by less than a pixel."""
    y, x = np.mgrid[0:480, 0:640]
    smooth = np.stack([128 + 100 * np.sin(x / 70 + y / 90), (x + y) // 5, 255 - y // 2], -1)
    data = simplejpeg.encode_jpeg(np.ascontiguousarray(smooth.clip(0, 255).astype(np.uint8)), 98)
    for augment in (HALF, CROP):
        for rule in ({"size": 96}, {"size": 96, "fit": "pad"}):
            fast = Picturing(["primary"], 1, LoadRule(**rule), (96, 96), augment)
            whole = Picturing(["primary"], 1, LoadRule(resample="area", **rule), (96, 96), augment)
            for seed in range(4):
                made = filled(fast, {"primary": data}, seed=seed)[0].astype(int)
                expected = filled(whole, {"primary": data}, seed=seed)[0]
                assert np.abs(made - expected).mean() < 3


def test_after_a_round_trip_in_the_made_size_it_is_cut_from_that():
    rule = {"size": [32, 40], "jpeg": 60}
    once = Picturing(["primary"], 1, LoadRule(**rule), (32, 40))
    again = Picturing(["primary"], 1, LoadRule(**rule), (32, 40), HALF)
    stored = filled(once, {"primary": saved("PNG")})[0][0, 0]
    crop = drawn(HALF, 9, "primary").crop
    top, left = round(crop.top * 32), round(crop.left * 40)
    part = Image.fromarray(
        np.ascontiguousarray(stored[top : round((crop.top + 0.5) * 32), left : round((crop.left + 0.5) * 40)])
    )
    expected = np.asarray(part.resize((40, 32), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(filled(again, {"primary": saved("PNG")}, seed=9)[0][0, 0], expected)


def test_frames_share_what_is_drawn_and_cameras_do_not():
    augment = augment_of({**PRESETS["openvla"], "rotate": {"degrees": [-9, 9]}})
    picturing = Picturing(["primary", "wrist"], 3, LoadRule(size=40), (40, 40), augment)
    names = ["primary", "wrist", "primary-1", "wrist-1", "primary-2", "wrist-2"]
    out, _ = filled(picturing, dict.fromkeys(names, jpeg(256, 320)), seed=5)
    for k in (1, 2):
        np.testing.assert_array_equal(out[k], out[0])
    assert (out[0, 0] != out[0, 1]).mean() > 0.5
    other, _ = filled(picturing, dict.fromkeys(names, jpeg(256, 320)), seed=6)
    assert (out != other).mean() > 0.5


def test_a_missing_picture_stays_black_and_colours_come_after_the_turn():
    augment = augment_of({"rotate": {"degrees": [30, 30]}, "colour_jitter": {"brightness": [0.3, 0.3]}})
    picturing = Picturing(["primary", "wrist"], 1, LoadRule(size=40), (40, 40), augment, normalise="siglip")
    out, shown = filled(picturing, {"primary": jpeg(80, 80)})
    assert shown.tolist() == [[True, False]]
    assert (out[0, 1] == -1).all()
    plain = filled(Picturing(["primary"], 1, LoadRule(size=40), (40, 40)), {"primary": jpeg(80, 80)})[0][0, 0]
    expected = recoloured(np.ascontiguousarray(rotated(plain, 30)), drawn(augment, 0, "primary").colours)
    np.testing.assert_allclose(out[0, 0], expected / 127.5 - 1, atol=1e-6)


def test_a_turn_is_counter_clockwise_about_the_middle_and_continues_edges():
    picture = np.zeros((41, 41, 3), np.uint8)
    picture[20, 30:39] = 255  # to the right of the middle
    turned = rotated(picture, 30)
    bright = np.argwhere(turned[:, :, 0] > 100)
    angles = np.degrees(np.arctan2(20 - bright[:, 0], bright[:, 1] - 20))
    assert 25 < angles.mean() < 35
    assert (rotated(np.full((9, 30, 3), 77, np.uint8), 44) == 77).all()
    np.testing.assert_array_equal(rotated(PICTURE, 0.0), PICTURE)


def test_pixels_are_pinned():
    """A PNG, so that no decoder is in between."""
    picturing = Picturing(["primary"], 1, LoadRule(size=8), (8, 8), augment_of("openvla"))
    made = filled(picturing, {"primary": saved("PNG")}, seed=11)[0][0, 0]
    assert made[::3, ::3].tolist() == PIXELS_PINNED


PIXELS_PINNED = [
    [[13, 25, 74], [0, 15, 231], [29, 4, 142]],
    [[0, 54, 205], [34, 41, 89], [15, 21, 212]],
    [[15, 61, 55], [14, 69, 223], [52, 60, 114]],
]


def test_an_augmentation_is_a_preset_a_file_or_settings(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("random_resized_crop:\n  scale: [0.9, 1]\n  not_for: [wrist]\n")
    assert (
        augment_of(file)
        == augment_of(str(file))
        == Augment(random_resized_crop={"scale": [0.9, 1], "not_for": ["wrist"]})
    )
    assert augment_of(augment_of("octo")) == augment_of(dict(PRESETS["octo"]))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "changes nothing; give random_resized_crop, rotate or colour_jitter"),
        (
            {"random_resized_crop": {"scale": [1, 0.9]}},
            'scale  got "1, 0.9"; allowed: the least first, then the most',
        ),
        (
            {"random_resized_crop": {"scale": [0.0, 1.1]}},
            "random_resized_crop.scale[1]  got 1.1; allowed: 1 or less",
        ),
        ({"random_resized_crop": {"scale": [0.9], "ratoi": 1}}, 'ratoi  unknown key; did you mean "ratio"?'),
        ({"rotate": {"degrees": 5}}, "rotate.degrees  got 5; allowed: a list"),
        (
            {"colour_jitter": {}},
            "colour_jitter  changes nothing; give brightness, contrast, saturation or hue",
        ),
        ({"colour_jitter": {"hue": [-0.6, 0]}}, "colour_jitter.hue[0]  got -0.6; allowed: -0.5 or more"),
        (
            {"colour_jitter": {"brightness": [0.0, 1.5]}},
            "colour_jitter.brightness  got 0, 1.5; allowed: -1 to 1",
        ),
        (
            {"colour_jitter": {"brightness": [-0.5, 0.5], "formula": "torchvision"}},
            "colour_jitter.brightness  got -0.5, 0.5; allowed: 0 to 3",
        ),
        (
            {"colour_jitter": {"hue": [0.0, 0.1], "formula": "augmax"}},
            "colour_jitter.hue  is not used with formula: augmax",
        ),
        ({"color_jitter": {"hue": [0.0, 0.1]}}, 'color_jitter  unknown key; did you mean "colour_jitter"?'),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_is_no_augmentation_is_refused_by_its_field(given, says):
    with pytest.raises(SpecError) as raised:
        augment_of(given)
    assert str(raised.value).startswith("augment=: ")
    assert says in str(raised.value)


def test_unknown_names_and_files_are_refused(tmp_path):
    with pytest.raises(UnknownName, match='augment=: there is no augmentation "openvlaa"'):
        augment_of("openvlaa")
    with pytest.raises(MissingFile, match=r"mine\.yml: the augmentation cannot be read"):
        augment_of(str(tmp_path / "mine.yml"))
    file = tmp_path / "bad.yaml"
    file.write_text("rotate:\n  degrees: [5, 50]\n")
    with pytest.raises(SpecError) as raised:
        augment_of(file)
    assert "bad.yaml: 1 problem\n  line 2    rotate.degrees[1]  got 50; allowed: 45 or less" in str(
        raised.value
    )


def test_nothing_drawn_is_nothing_done():
    assert drawn(augment_of({"colour_jitter": {"hue": [0, 0.1], "share": 1e-9}}), 1, "primary") == Drawn()
