"""`language` and `terminate` of a schema: what may be left out, and what then has to stand there."""

import pytest

from tests.outcome import PLAIN
from vladata.errors import MissingKey, SpecError
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate

LANGUAGE = "language: {path: language_instruction, empty: reject}"
END = "terminate: {path: is_terminal, form: flag}"
STEPS = (
    "action",
    "is_terminal",
    "observation/image_0",
    "observation/image_1",
    "observation/state",
    "language_instruction",
)


def spec(old, new):
    text = PLAIN.read_text()
    assert old in text
    return validate(DatasetSpec, text.replace(old, new), "here")


@pytest.mark.parametrize("take", ["first", "drawn", 0, 7])
def test_which_of_several_texts(take):
    found = spec(LANGUAGE, f"language: {{path: words, take: {take}}}")
    assert found.language.take == take
    assert DatasetSpec.model_validate(found.model_dump()) == found


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (LANGUAGE, "language: {path: words, take: last}", "language.take"),
        (LANGUAGE, "language: {path: words, take: -1}", "language.take"),
        (LANGUAGE, "language: {constant: go, take: 0}", "is used with a path and decode: utf8 only"),
        (END, "terminate: {}", "is missing; where the data has no flag, write fallback: [position]"),
        (END, "terminate: {path: is_terminal}", "is missing; say what the flag at path looks like"),
        (END, "terminate: {form: flag, fallback: [position]}", 'got "flag"; it is not used without path'),
    ],
)
def test_what_does_not_go_together(old, new, says):
    with pytest.raises(SpecError) as caught:
        spec(old, new)
    assert says in str(caught.value)


def test_no_flag_at_all():
    found = spec(END, "terminate: {fallback: [position]}")
    assert (found.terminate.path, found.terminate.form) == (None, None)
    assert "is_terminal" not in found.columns(STEPS)


def test_words_of_the_episode():
    found = spec(LANGUAGE, "language: {path: episode_metadata/words}")
    assert "episode_metadata/words" in found.columns(STEPS, values=("episode_metadata/words",))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            LANGUAGE,
            'language: {path: "language_instruction[0]"}',
            '"language_instruction" is there; choose one of its texts',
        ),
        (
            "of: [observation/state]",
            "of: [once/state]",
            '"once/state" is there once an episode, and not in every step',
        ),
        (
            "primary: observation/image_0",
            "primary: once/state",
            "A Video with one frame for each step can be a camera with `--reader tfds`.",
        ),
        (LANGUAGE, "language: {path: once/words}", 'Did you mean "once/word" for "once/words"?'),
    ],
)
def test_a_key_that_is_somewhere_else(old, new, says):
    with pytest.raises(MissingKey) as caught:
        spec(old, new).columns(STEPS, values=("once/state", "once/word"))
    assert says in caught.value.hint
