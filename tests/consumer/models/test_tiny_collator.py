"""Batches of the small model: ids, masks, labels and pictures, literally."""

import numpy as np
import pytest

from tests.loaders.batches import PROMPTS, made
from vladata.consumer.models.tiny.collator import WordCollator
from vladata.consumer.models.tiny.settings import TinySettings
from vladata.consumer.models.tiny.words import words_of
from vladata.errors import LoadError, UsageError

SETTINGS = TinySettings(image_size=32)
WORDS = words_of([*PROMPTS, "Plan: go. Action: 1!", "a b 1 2", "##3"])


def collated(batch, terms=None, settings=SETTINGS, **named):
    collator = WordCollator(WORDS, settings, **named)
    return (collator if terms is None else collator.bound(terms))(batch)


def pairs(prompts, targets, **more):
    """A batch of image-text pairs."""
    many = len(prompts)
    return {
        "key": [f"k-{i}" for i in range(many)],
        "contract": [""] * many,
        "prompt": prompts,
        "target": targets,
        "loss_weight": np.linspace(0.5, 1, many).astype(np.float32),
        **more,
    }


def test_a_batch_literally():
    a, b = WORDS.encode("a b")
    found = collated(pairs(["a 1", "b"], ["b", "2 1 a"]))
    assert found["input_ids"].tolist() == [[a, 5, 3, b, 1, 0], [b, 3, 6, 5, a, 1]]
    assert found["attention_mask"].tolist() == [[1, 1, 1, 1, 1, 0], [1] * 6]
    assert found["prompt_mask"].tolist() == [[1, 1, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0]]
    assert found["labels"].tolist() == [[-100, -100, -100, b, 1, -100], [-100, -100, 6, 5, a, 1]]
    assert found["loss_weights"].tolist() == [[0, 0, 0, 0.5, 0.5, 0], [0, 0, 1, 1, 1, 1]]
    assert {found[name].dtype for name in ("input_ids", "attention_mask", "prompt_mask", "labels")} == {
        np.dtype(np.int64)
    }
    assert found["loss_weights"].dtype == np.float32
    assert found["key"] == ["k-0", "k-1"]
    assert "pixel_values" not in found


def test_the_prompt_of_inference_is_that_of_training():
    batch, terms = made(size=32)
    collator = WordCollator(WORDS, SETTINGS).bound(terms)
    trained, asked = collator(batch), collator.for_inference(batch)
    for i in range(3):
        prompt = trained["input_ids"][i][trained["prompt_mask"][i] == 1]
        assert asked["input_ids"][i][asked["attention_mask"][i] == 1].tolist() == prompt.tolist()
        target = trained["labels"][i][trained["labels"][i] != -100].tolist()
        assert WORDS.text(target) == batch["target"][i]
        assert target[-1] == WORDS.end
    assert asked["attention_mask"][:, -1].tolist() == [1, 1, 1]
    assert np.array_equal(asked["pixel_values"], trained["pixel_values"])
    assert "labels" not in asked


def test_repeated_actions_are_no_labels():
    batch, terms = made(3, (3, 1, 2), "repeat", words="Plan: go. Action: {action}!")
    found = collated(batch, terms)
    for i, own in enumerate((3, 1, 2)):
        labels, ids = found["labels"][i], found["input_ids"][i]
        there = (found["attention_mask"][i] == 1) & (found["prompt_mask"][i] == 0)
        # Plan ##: go ##. Action ##:, three actions of four numbers, ##! and the end
        counted = [True] * (6 + 4 * own) + [False] * 4 * (3 - own) + [True, True]
        assert (labels[there] != -100).tolist() == counted
        assert labels[there][counted].tolist() == ids[there][counted].tolist()
        assert (found["loss_weights"][i] > 0).sum() == sum(counted)


@pytest.mark.parametrize(("prompt", "target", "word"), [("a zebra", "b", "zebra"), ("a", "a.", "##.")])
def test_a_word_that_is_not_known_is_refused(prompt, target, word):
    words = words_of(["a b"])
    with pytest.raises(LoadError) as caught:
        WordCollator(words, SETTINGS)(pairs([prompt], [target]))
    assert (caught.value.where, caught.value.got) == ("k-0", repr(word))
    assert "the model has no token for a word of the sample" in str(caught.value)


def test_at_inference_it_is_the_token_of_unknown_words():
    asked = WordCollator(WORDS, SETTINGS).for_inference(pairs(["a zebra"], [""]))
    assert asked["input_ids"].tolist() == [[*WORDS.encode("a"), 2, 3]]


@pytest.mark.parametrize(
    ("settings", "named", "says"),
    [
        ({"longest_prompt": 2}, {}, "a prompt is longer"),
        ({"longest_target": 2}, {}, "a target is longer"),
        (
            {},
            {"max_length": 5},
            r"a sample is longer than the model takes; got '6 words'.*\n  Set model.max_length to 6 or more",
        ),
    ],
)
def test_what_is_too_long_is_refused(settings, named, says):
    batch = pairs(["a b"], ["1 2"])
    with pytest.raises(LoadError, match=says):
        collated(batch, settings=TinySettings(**settings), **named)
    assert collated(batch, settings=TinySettings(longest_prompt=3, longest_target=3), max_length=6)


def test_a_prompt_that_is_too_long_is_refused_at_inference():
    with pytest.raises(LoadError, match="a prompt is longer than the model takes"):
        WordCollator(WORDS, TinySettings(longest_prompt=2)).for_inference(pairs(["a b"], [""]))


def test_pictures_of_frames_and_cameras():
    images = np.arange(2 * 2 * 2).reshape(2, 2, 2, 1, 1, 1) * np.ones((1, 1, 1, 32, 32, 3))
    batch = pairs(
        ["a", "b"],
        ["1", "2"],
        images=images.astype(np.uint8),
        image_mask=np.arange(8).reshape(2, 2, 2) % 3 == 0,
    )
    found = collated(batch, settings=TinySettings(image_size=32, pictures=4))
    assert found["pixel_values"].shape == (2, 4, 32, 32, 3)
    assert found["pixel_values"][:, :, 0, 0, 0].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert found["image_mask"].tolist() == [[True, False, False, True], [False, False, True, False]]
    with pytest.raises(LoadError, match="more pictures than the model takes"):
        collated(batch, settings=TinySettings(image_size=32, pictures=3))


@pytest.mark.parametrize(("size", "dtype"), [(48, np.uint8), (32, np.float32)])
def test_other_pictures_are_refused(size, dtype):
    images = np.zeros((1, 1, 1, size, size, 3), dtype)
    batch = pairs(["a"], ["1"], images=images, image_mask=np.ones((1, 1, 1), bool))
    with pytest.raises(LoadError, match="wrong dtype or size for this small model"):
        collated(batch)


def test_a_place_of_the_prompt_is_drawn():
    images = np.full((2, 1, 1, 32, 32, 3), 9, np.uint8)
    batch = pairs(["a 128 64 b 7", "a 300 2"], ["1", "2"], images=images, image_mask=np.ones((2, 1, 1), bool))
    words = words_of(["a b 300"])
    found = WordCollator(words, TinySettings(image_size=32, mask_channel=True))(batch)
    mask = found["pixel_values"][..., 3]
    assert found["pixel_values"].shape == (2, 1, 32, 32, 4)
    assert (found["pixel_values"][..., :3] == 9).all()
    # 128 / 255 of 32 pixels is 16.06, 64 / 255 is 8.03; two pixels about it
    middles = np.arange(32) + 0.5
    far = np.hypot(middles[None] - 128 / 255 * 32, middles[:, None] - 64 / 255 * 32)
    assert np.array_equal(mask[0, 0] == 255, far <= 2)
    assert 8 <= (mask[0] == 255).sum() <= 16
    assert not mask[1].any()
    a, b = words.encode("a b")
    assert found["input_ids"].tolist() == [[a, b, 11, 3, 5, 1], [a, *words.encode("300"), 6, 3, 6, 1]]


def test_contracts_must_be_known():
    batch, _ = made()
    with pytest.raises(UsageError, match="the collator was not given the contracts of the samples"):
        collated(batch)
