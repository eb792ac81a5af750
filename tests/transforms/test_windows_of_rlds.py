"""Windows against `rlds.transformations`, step for step, wherever both can say it.

A tail that repeats the last action is a batch of steps that are padded; rlds gives a padded step zeros for the fields that it
lacks, which makes the mask too.
"""

import sys
import types
from itertools import product

import numpy as np
import pytest

from vladata.transforms.windows import WindowRule, windows

TAKEN = (1, 2, 5, 9)


@pytest.fixture(scope="module")
def rlds():
    """rlds.transformations. It imports reverb for `pattern_map` alone, of which there is no wheel for this TensorFlow."""
    with pytest.MonkeyPatch.context() as patch:
        if "reverb" not in sys.modules:
            names = ("Config", "ReferenceStep", "Pattern", "Condition")
            writer = types.SimpleNamespace(**dict.fromkeys(names, object))
            reverb = types.ModuleType("reverb")
            reverb.structured_writer = writer
            patch.setitem(sys.modules, "reverb", reverb)
        from rlds import transformations

        yield transformations


def steps_of(taken):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices({"at": np.arange(taken), "is_there": np.ones(taken, np.int64)})


def listed(batches):
    """Each batch as {field: list}."""
    return [{name: value.tolist() for name, value in each.items()} for each in batches.as_numpy_iterator()]


def padding(steps, end, count):
    """`count` copies of the first or last step, without the field `is_there`."""
    import tensorflow as tf

    step = list(steps)[-1 if end == "tail" else 0]
    return tf.data.Dataset.from_tensors({"at": step["at"]}).repeat(count)


@pytest.mark.parametrize("chunk", [1, 2, 4])
def test_tails(rlds, chunk):
    for taken in TAKEN:
        steps = steps_of(taken)
        padded = rlds.concatenate(steps, padding(steps, "tail", chunk - 1))
        dropped = listed(rlds.batch(steps, size=chunk, shift=1, drop_remainder=True))
        truncated = listed(rlds.batch(steps, size=chunk, shift=1, drop_remainder=False))
        repeated = listed(rlds.batch(padded, size=chunk, shift=1, drop_remainder=True))
        assert [each["at"] for each in dropped] == windows(taken, WindowRule(chunk=chunk)).rows.tolist()
        window = windows(taken, WindowRule(chunk=chunk, tail="truncate"))
        shorter = [rows[:n] for rows, n in zip(window.rows.tolist(), window.valid.tolist(), strict=True)]
        assert [each["at"] for each in truncated] == shorter
        window = windows(taken, WindowRule(chunk=chunk, tail="repeat"))
        assert [each["at"] for each in repeated] == window.rows.tolist()
        assert [each["is_there"] for each in repeated] == window.mask.tolist()


@pytest.mark.parametrize(("history", "stride"), list(product([1, 2, 3], [1, 2, 3])))
def test_heads(rlds, history, stride):
    for taken in TAKEN:
        steps = steps_of(taken)
        padded = rlds.concatenate(padding(steps, "head", (history - 1) * stride), steps)
        batches = {"drop": steps, "repeat": padded}
        for head, given in batches.items():
            found = listed(rlds.batch(given, size=history, shift=1, stride=stride, drop_remainder=True))
            window = windows(taken, WindowRule(history, stride, head))
            assert [each["at"][::-1] for each in found] == window.frames.tolist()


@pytest.mark.parametrize(
    ("history", "chunk", "head", "tail"),
    list(product([2, 3], [2, 4], ["drop", "repeat"], ["drop", "repeat"])),
)
def test_frames_and_actions_of_one_window(rlds, history, chunk, head, tail):
    """One batch over both, cut in two: the step of the window is the last frame and the first action."""
    for taken in TAKEN:
        steps = given = steps_of(taken)
        if head == "repeat":
            given = rlds.concatenate(padding(steps, "head", history - 1), given)
        if tail == "repeat":
            given = rlds.concatenate(given, padding(steps, "tail", chunk - 1))
        found = listed(rlds.batch(given, size=history + chunk - 1, shift=1, drop_remainder=True))
        window = windows(taken, WindowRule(history, 1, head, chunk, tail))
        assert [each["at"][:history][::-1] for each in found] == window.frames.tolist()
        assert [each["at"][history - 1 :] for each in found] == window.rows.tolist()


@pytest.mark.parametrize("ahead", [1, 2])
def test_an_action_ahead(rlds, ahead):
    """shift_keys gives each step the field of a step ahead, which is a row of its chunk."""
    shifted = listed(rlds.shift_keys(steps_of(7), ["at"], ahead, batch_size=5))
    window = windows(7, WindowRule(chunk=ahead + 1))
    assert [each["at"] for each in shifted] == window.rows[:, ahead].tolist()
