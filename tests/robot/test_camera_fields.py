"""Cameras that are no Image a step: pixels, lists of pictures, strings, videos; and what cannot be one, refused by name."""

import io
import zlib

import numpy as np
import pytest
import simplejpeg
from PIL import Image

import vladata
from tests.camera_fields import EPISODES, SIDE, STEPS, drawn, encoded, many, write_camera_fields
from tests.conversion import recipe
from tests.outcome import convert_plainly, ledger, plain, rejected
from vladata.errors import NoSteps, UnsupportedFeature
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.sources.cameras import camera_refusal
from vladata.sources.readers import open_source
from vladata.spec.references import place_in_list, resolve
from vladata.spec.strict import FrozenDict


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_camera_fields(tmp_path_factory.mktemp("fields"))


def schema(key, camera="primary", **more):
    cameras = FrozenDict({camera: key} if isinstance(key, str) else {camera: tuple(key)})
    return plain().model_copy(update={"cameras": cameras, **more})


def pixels(image):
    return np.asarray(Image.open(io.BytesIO(bytes(image))))


def at(sample):
    return int(sample.fields["episode"][-6:]), sample.fields["step"]


def sound(out, source, reader="native"):
    output = open_output(str(out))
    assert [*verify(output), *rederive(output, str(source), reader)] == []
    return list(vladata.open(out))


PIXELS = {
    "rgb": lambda e, t: drawn(e, t),
    "grey": lambda e, t: drawn(e, t, channels=1)[:, :, 0],
    "rgba": lambda e, t: drawn(e, t, channels=4),
    "zlib": lambda e, t: drawn(e, t),
    "open": lambda e, t: drawn(e, t)[: SIDE - t],
    "stack[0]": lambda e, t: drawn(e, t, 0),
    "stack[-1]": lambda e, t: drawn(e, t, 1),
}


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
@pytest.mark.parametrize("name", PIXELS)
def test_pixels_become_a_png_without_loss(name, fmt, source, tmp_path):
    convert_plainly(source, tmp_path / "out", spec=schema(f"observation/{name}"), format=fmt)
    found = sound(tmp_path / "out", source)
    assert len(found) == EPISODES * (STEPS - 1)
    for sample in found:
        np.testing.assert_array_equal(pixels(sample.images["primary"]), PIXELS[name](*at(sample)))


def test_pixels_become_what_the_recipe_wants(source, tmp_path):
    spec = schema("observation/rgb")
    convert_plainly(source, tmp_path / "jpeg", spec=spec, recipe=recipe(png="jpeg", quality=90))
    for sample in sound(tmp_path / "jpeg", source):
        expected = simplejpeg.encode_jpeg(drawn(*at(sample)), quality=90, colorsubsampling="420")
        assert sample.images["primary"] == expected
    convert_plainly(source, tmp_path / "small", spec=schema("observation/rgba"), recipe=recipe(size=8))
    for sample in sound(tmp_path / "small", source):
        assert pixels(sample.images["primary"]).shape == (8, 8, 3)


def test_pixels_that_were_stored_as_bgr(source, tmp_path):
    spec = schema("observation/rgb", swap_channels=("primary",))
    convert_plainly(source, tmp_path / "out", spec=spec)
    for sample in sound(tmp_path / "out", source):
        np.testing.assert_array_equal(pixels(sample.images["primary"])[:, :, ::-1], drawn(*at(sample)))


ENCODED = {
    "history[0]": lambda e, t: encoded(e, t, 0),
    "history[1]": lambda e, t: encoded(e, t, 1),
    "history[-2]": lambda e, t: encoded(e, t, 0),
    "text": lambda e, t: encoded(e, t, kind="PNG"),
    "texts[1]": lambda e, t: encoded(e, t, 1),
}


@pytest.mark.parametrize("name", ENCODED)
def test_encoded_pictures_stay_as_they_are(name, source, tmp_path):
    convert_plainly(source, tmp_path / "out", spec=schema(f"observation/{name}"))
    found = sound(tmp_path / "out", source)
    assert len(found) == EPISODES * (STEPS - 1)
    assert all(sample.images["primary"] == ENCODED[name](*at(sample)) for sample in found)


@pytest.mark.parametrize("field", ["any", "rows"])
@pytest.mark.parametrize(
    ("place", "short"), [(0, [(1, 2)]), (2, [(0, 0), (0, 2), (1, 0), (1, 2)]), (-1, [(1, 2)])]
)
def test_a_list_that_is_too_short_costs_its_step(field, place, short, source, tmp_path):
    out = tmp_path / "out"
    manifest = convert_plainly(source, out, spec=schema(f"observation/{field}[{place}]"))
    lines = rejected(out)
    assert [(int(line["episode"][-6:]), line["step"]) for line in lines] == short
    assert {line["reason"] for line in lines} == {"bad_image"}
    says = "primary image: the list of pictures is too short for the place that the schema names."
    assert {line["says"] for line in lines} == {says}
    assert ledger(manifest)["steps"] == (8, 6 - len(short), 2, len(short))
    for sample in sound(out, source):
        e, t = at(sample)
        k = place % many(e, t)
        if field == "any":
            assert sample.images["primary"] == encoded(e, t, k)
        else:
            np.testing.assert_array_equal(pixels(sample.images["primary"]), drawn(e, t, k))


REFUSED = {
    "observation/float_image": "its pixels are float32, so the values of black and white are not known",
    "observation/floats": "its pixels are float32, so the values of black and white are not known",
    "observation/depth": "its pixels are uint16, like those of a depth map; a picture has 8 bits per channel",
    "observation/mask": "its pixels are bool: it is a mask, not a picture",
    "observation/wide": "its pixels are int32, like those of a depth map; a picture has 8 bits per channel",
    "observation/first": "each step has uint8 of shape [3, 16, 16], which is not a picture",
    "observation/flat": "each step has uint8 of shape [768], which is not a picture",
    "observation/history": "each step has a list of pictures",
    "observation/any": "each step has a list of pictures",
    "observation/stack": "each step has a list of pictures",
    "observation/history[2]": "each step has 2 pictures, [0] to [1]",
    "observation/stack[-3]": "each step has 2 pictures, [0] to [1]",
    "observation/image_0[0]": "each step has one picture, not a list",
    "is_first": "each step has one bool, which is not a picture",
}


@pytest.mark.parametrize("key", REFUSED)
def test_what_cannot_be_a_camera_is_refused_by_name(key, source, tmp_path):
    with pytest.raises(UnsupportedFeature) as caught:
        convert_plainly(source, tmp_path / "out", spec=schema(key))
    assert caught.value.what == f'"{key}" cannot be the camera "primary": {REFUSED[key]}'
    assert caught.value.where == "schema plain, cameras.primary"
    assert caught.value.hint


@pytest.mark.parametrize("key", ["observation/depth", "observation/floats", "observation/history"])
def test_such_a_camera_costs_nothing_where_the_recipe_does_not_take_it(key, source, tmp_path):
    spec = schema("observation/image_0")
    spec = spec.model_copy(update={"cameras": FrozenDict({**spec.cameras, "odd": key})})
    convert_plainly(source, tmp_path / "out", spec=spec)
    assert len(sound(tmp_path / "out", source)) == EPISODES * (STEPS - 1)


def test_a_text_that_holds_no_picture_is_rejected_with_what_it_is(source, tmp_path):
    with pytest.raises(NoSteps) as caught:
        convert_plainly(source, tmp_path / "out", spec=schema("language_instruction"))
    assert caught.value.hint == (
        "2 episodes: 2 rejected (bad_image). The first: primary image: these bytes are not an image; got b'go'; "
        "allowed: JPEG, PNG, GIF, WebP."
    )


def test_a_value_of_the_episode_is_no_camera(source):
    opened = open_source(source)
    refusal = camera_refusal(opened.columns["label"])
    assert refusal
    assert refusal.why == "it is a Text of the whole episode"


def test_a_video_is_read_by_tfds(source, tmp_path):
    native = camera_refusal(open_source(source).columns["film"])
    assert native
    assert native.why == "the native reader does not decode a Video"
    assert native.advice.startswith("`--reader tfds` decodes it")
    convert_plainly(source, tmp_path / "out", spec=schema("film"), reader="tfds")
    found = sound(tmp_path / "out", source, "tfds")
    assert len(found) == EPISODES * (STEPS - 1)
    for sample in found:
        np.testing.assert_array_equal(pixels(sample.images["primary"]), drawn(*at(sample)))


def test_a_video_of_fewer_frames_than_steps_is_rejected_with_both_numbers(source, tmp_path):
    manifest = convert_plainly(source, tmp_path / "out", spec=schema("short"), reader="tfds")
    assert ledger(manifest)["malformed_example"] == ("rejected", 1, 4)
    (line,) = rejected(tmp_path / "out")
    assert (line["episode"], line["step"]) == ("train-00000-000001", -1)
    assert line["says"].endswith("has 3 frames instead of one for each of 4 steps.")


@pytest.mark.parametrize("name", ["rgb", "stack[1]", "history[1]", "texts[0]", "rows[-1]", "any[1]"])
def test_both_readers_give_the_same_bytes(name, source, tmp_path):
    for reader in ("native", "tfds"):
        convert_plainly(source, tmp_path / reader, spec=schema(f"observation/{name}"), reader=reader)
    shards = [sorted(p.read_bytes() for p in (tmp_path / r / "train").iterdir()) for r in ("native", "tfds")]
    assert zlib.crc32(b"".join(shards[0])) == zlib.crc32(b"".join(shards[1]))


def test_a_reference_of_one_picture_is_told_from_one_of_several():
    found = resolve("observation/any[-1]", {"observation/any"})
    assert found
    assert place_in_list(found) == -1
    literal = resolve("observation/any[-1]", {"observation/any", "observation/any[-1]"})
    assert literal
    assert (literal.path, place_in_list(literal)) == ("observation/any[-1]", None)
