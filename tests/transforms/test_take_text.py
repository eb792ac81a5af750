"""Which text of several a step takes."""

import numpy as np
import pytest

from vladata.errors import SourceError
from vladata.transforms.take_text import take_texts

ARRAY = np.array([[b"", b"pick", b"grab"], [b"", b"pick", b"grab"]], object)
LISTS = [[b" ", b"pick"], [], [[b""], [b"push", b"shove"]]]


def test_one_text_a_step_is_left_alone():
    column = [b"pick", b"push"]
    assert take_texts(column, None, "e", "here") is column
    assert take_texts(column, "first", "e", "here") is column


@pytest.mark.parametrize(
    ("column", "take", "found"),
    [
        (ARRAY, "first", [b"pick", b"pick"]),
        (ARRAY, 0, [b"", b""]),
        (ARRAY, 2, [b"grab", b"grab"]),
        (ARRAY, 3, [b"", b""]),
        (LISTS, "first", [b"pick", b"", b"push"]),
        (LISTS, 1, [b"pick", b"", b"push"]),
        (
            [[b"\xff", b"pick"]],
            "first",
            [b"\xff"],
        ),  # not UTF-8 is not passed over: the step is rejected for it
    ],
)
def test_which_one(column, take, found):
    assert take_texts(column, take, "e", "here") == found


def test_the_episode_draws_among_those_that_have_words():
    drawn = [take_texts(ARRAY, "drawn", f"train-00000-{n:06d}", "here") for n in range(64)]
    assert {texts[0] for texts in drawn} == {b"pick", b"grab"}
    assert all(texts[0] == texts[1] for texts in drawn)
    assert drawn == [take_texts(ARRAY, "drawn", f"train-00000-{n:06d}", "here") for n in range(64)]


def test_several_texts_of_which_nobody_says_which():
    with pytest.raises(
        SourceError,
        match=r"here: expected one text for each step, .*got 'up to 3 texts a step'.*\n.*take: first",
    ):
        take_texts(ARRAY, None, "e", "here")
