"""The `windows` of a recipe: what it may say, and how far apart its frames lie."""

import pytest

from vladata.errors import SpecError, UsageError
from vladata.spec.read import validate
from vladata.spec.windows import ONE_STEP, Windows


def windows(text):
    return validate(Windows, text, "mine.yaml")


def test_one_frame_and_one_action_where_nothing_is_said():
    assert windows("{}") == ONE_STEP == Windows(history=1, chunk=1, head="repeat", tail="drop")
    assert windows("{stride: 1}").steps(None, "x") == 1, "what holds unsaid may be said"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{history: 2, stride: 1, stride_seconds: 1}", "is not used together with stride; give one of them"),
        ("{stride: 2}", "stride  is the distance between frames, and history is 1; give history too"),
        ("{chunk: 4, stride_seconds: 0.5}", "stride_seconds  is the distance between frames"),
        ("{chunks: 4}", 'did you mean "chunk"?'),
    ],
)
def test_what_makes_no_sense_is_named(text, says):
    with pytest.raises(SpecError) as error:
        windows(text)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("seconds", "frequency", "steps"), [(0.5, 10.0, 5), (0.2, 5.0, 1), (1 / 3, 15.0, 5), (0.1, 10.001, 1)]
)
def test_seconds_are_steps_by_the_frequency(seconds, frequency, steps):
    assert Windows(history=2, stride_seconds=seconds).steps(frequency, "x") == steps


@pytest.mark.parametrize(
    ("seconds", "frequency", "says"),
    [
        (0.5, 5.0, r"0.2 seconds apart.*2.5 steps apart.*allowed: 0.4 \(stride: 2\), 0.6 \(stride: 3\)"),
        (0.01, 5.0, r"allowed: 0.2 \(stride: 1\)"),
        (0.5, None, "frequency of bridge is not established"),
    ],
)
def test_seconds_that_are_no_whole_steps_are_refused(seconds, frequency, says):
    with pytest.raises(UsageError, match=f"(?s){says}"):
        Windows(history=2, stride_seconds=seconds).steps(frequency, "bridge")
