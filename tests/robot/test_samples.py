"""An episode rendered as samples: literal episode in, literal samples out."""

import io
import math

import numpy as np
import pytest
from PIL import Image

from tests.rlds_data import jpeg
from vladata.actions.codec import codec
from vladata.actions.contract import contract
from vladata.errors import BadImage
from vladata.records import FIELDS, Episode, Place, Sample
from vladata.robot.picturing import cameras
from vladata.robot.samples import Renderer
from vladata.shards import webdataset
from vladata.spec import find
from vladata.spec.recipe import RecipeSpec

PROMPT = "Q: what action should the robot take to {instruction}? A:"
SPEC = find.schema("bridge_dataset")  # cameras primary, secondary, third, fourth
PLACE = Place("set-train.tfrecord-00003-of-00004", 3, 17, 4096, 31_114)
# RT-1's bounds: +-1 for positions and gripper, +-pi/2 for rotations.
ACTION = [[-1, -0.3, 0, math.pi / 2, 0, -2, 1], [0.5, 0.8, 0.9, 0, 0, 0, -1], [0, 0, 0, 0, 0, 0, 0]]
TARGETS = ["1 0 89 127 255 127 0 255", "1 191 229 242 127 127 127 0", "0 127 127 127 127 127 127 127"]
RNG = np.random.default_rng(0)
JPEGS = [jpeg(RNG, 48) for _ in range(6)]


def png(height=20, width=30, mode="RGB"):
    file = io.BytesIO()
    Image.effect_noise((width, height), 50).convert(mode).save(file, "PNG")
    return file.getvalue()


def read_only(values):
    array = np.array(values, np.float32)
    array.flags.writeable = False
    return array


def episode(instructions="pick apple", state=((1.5, -2), (0, 0.25), (3, 4)), **images):
    """Three steps, numbered 1 to 3; the last one ends the episode."""
    texts = [instructions] * 3 if isinstance(instructions, str) else instructions
    steps = {
        "action": read_only(ACTION),
        "terminate": np.array([False, False, True]),
        "state": read_only(np.reshape(state, (3, -1))),
        "instruction": texts,
    }
    pictures = images or {"primary": JPEGS[:3]}
    steps |= {f"images/{camera}": column for camera, column in pictures.items()}
    return Episode("set", "train", PLACE, steps, {}, np.array([1, 2, 3]))


def renderer(prompt=PROMPT, target="{action}", instruction=None, **images):
    recipe = RecipeSpec.model_validate(
        {
            "name": "mine",
            "tasks": {"action": {"prompt": prompt, "target": target}},
            "instruction": instruction or {},
            "action": {"codec": "rt1"},
            "images": {"cameras": ["primary"], **images},
        }
    )
    made = contract(codec("rt1"), chain="default")
    return Renderer(SPEC, recipe, made)


def test_an_episode_becomes_these_samples():
    render = renderer()
    samples = list(render(episode()))
    assert [sample.key for sample in samples] == [f"set-train-00003-000017-000{n}" for n in (1, 2, 3)]
    assert [sample.images for sample in samples] == [{"primary": image} for image in JPEGS[:3]]
    first = {**samples[0].fields}
    assert first.pop("action").tolist() == np.float32(ACTION[0]).tolist()
    assert first.pop("bins").tolist() == [1, 0, 89, 127, 255, 127, 0, 255]
    assert first.pop("state").tolist() == [1.5, -2]
    assert first == {
        "prompt": "Q: what action should the robot take to pick apple? A:",
        "target": "1 0 89 127 255 127 0 255",
        "task": "action",
        "dataset": "set",
        "split": "train",
        "episode": "train-00003-000017",
        "step": 1,
        "instruction": "pick apple",
        "plan": "",
        "loss_weight": 1.0,
        "terminate": 0,
        "contract": render.contract,
        "source": {"file": PLACE.file, "offset": 4096, "length": 31_114},
    }
    assert all(set(sample.fields) == {field.name for field in FIELDS} for sample in samples)


def test_the_last_kept_step_says_terminate():
    samples = list(renderer()(episode()))
    assert [sample.fields["target"] for sample in samples] == TARGETS
    assert [sample.fields["terminate"] for sample in samples] == [0, 0, 1]
    assert [sample.fields["bins"].tolist()[0] for sample in samples] == [1, 1, 0]


def test_the_recipe_words_prompt_and_target():
    render = renderer(prompt="In: {instruction}\nOut:", target="Action: {action}.")
    sample = render(episode())[1]
    assert sample.fields["prompt"] == "In: pick apple\nOut:"
    assert sample.fields["target"] == f"Action: {TARGETS[1]}."
    assert render.targets["action"].parse(sample.fields["target"])["action"].text == TARGETS[1]


@pytest.mark.parametrize(
    "text",
    [
        "put {instruction} into {action}",
        "{} {0} {{x}} %s %(a)s",
        'say "open" and don\'t stop',
        "back\\slash\tand\nline",
        "把苹果放进碗里",
        "caf\u00e9 \u2615 \U0001f916 \u202eabc",
        "\u0000 \u001f </script>",
    ],
)
def test_an_instruction_is_put_in_as_it_is(text):
    sample = renderer()(episode(text))[0]
    (back,) = webdataset.samples(b"".join(webdataset.buffers(sample)))
    assert back.fields["instruction"] == text
    assert back.fields["prompt"] == f"Q: what action should the robot take to {text}? A:"


def test_an_instruction_is_normalised_as_the_recipe_says():
    render = renderer(instruction={"strip": True, "case": "lower", "final_stop": "remove"})
    sample = render(episode("  Pick the RED block. "))[0]
    assert sample.fields["instruction"] == "pick the red block"
    assert sample.fields["prompt"] == "Q: what action should the robot take to pick the red block? A:"


def test_a_step_has_its_own_instruction():
    samples = list(renderer()(episode(["push", "pull", "push"])))
    assert [sample.fields["instruction"] for sample in samples] == ["push", "pull", "push"]
    assert "to pull?" in samples[1].fields["prompt"]


def test_without_proprioception_the_state_is_empty():
    sample = renderer()(episode(state=np.zeros((3, 0))))[0]
    assert sample.fields["state"].tolist() == []


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        (["fourth", "primary"], ("fourth", "primary")),
        (["secondary"], ("secondary",)),
        ("all", ("primary", "secondary", "third", "fourth")),
    ],
)
def test_cameras_come_in_the_order_of_the_recipe(wanted, order):
    render = renderer(cameras=wanted)
    columns = {camera: [camera.encode() + bytes([i]) for i in range(3)] for camera in SPEC.cameras}
    samples = list(render(episode(**columns)))
    assert tuple(cameras(SPEC, render.recipe)) == order
    for i, sample in enumerate(samples):
        assert list(sample.images.items()) == [(camera, columns[camera][i]) for camera in order]


def pictured(image, **rule):
    render = renderer(**rule)
    return render.pictured(Sample("k", {"primary": image}, {}))


@pytest.mark.parametrize("image", [JPEGS[0], memoryview(JPEGS[1]), png()], ids=["JPEG", "memoryview", "PNG"])
def test_images_pass_through_untouched(image):
    sample = Sample("k", {"primary": image}, {})
    assert renderer().pictured(sample) is sample


def opened(sample):
    return Image.open(io.BytesIO(sample.images["primary"]))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
def test_png_becomes_jpeg_when_it_is_asked_for(mode):
    made = opened(pictured(png(mode=mode), png="jpeg"))
    assert (made.format, made.size, made.mode) == ("JPEG", (30, 20), "RGB")


def test_a_jpeg_stays_when_png_becomes_jpeg():
    assert pictured(JPEGS[0], png="jpeg").images["primary"] == JPEGS[0]


@pytest.mark.parametrize("image", [JPEGS[0], png()], ids=["JPEG", "PNG"])
def test_a_size_makes_every_image_a_jpeg_of_that_size(image):
    made = opened(pictured(image, size=16))
    assert (made.format, made.size) == ("JPEG", (16, 16))


def test_a_jpeg_that_has_the_size_stays():
    assert pictured(JPEGS[0], size=48).images["primary"] == JPEGS[0]


def test_quality_decides_the_bytes():
    low, high = (len(pictured(png(64, 64), png="jpeg", quality=q).images["primary"]) for q in (20, 95))
    assert low < high / 2


def test_an_image_that_does_not_decode_is_a_bad_image():
    with pytest.raises(BadImage, match="the PNG image cannot be decoded"):
        pictured(png()[:60] + bytes(100), size=16)
