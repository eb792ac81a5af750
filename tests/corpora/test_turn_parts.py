"""Parts of turns that tell the number of their image, and images of turns that are left out."""

import pytest

from tests.corpora.test_conversations import exchanges, shown, turns
from vladata.errors import UnfitRecord


def parts(*items):
    """A question of parts: a text, the index of an image, or a whole part."""
    made = [{"type": "text", "text": i} if isinstance(i, str) else i for i in items]
    return [{"type": "image", "index": i} if isinstance(i, int) else i for i in made]


@pytest.mark.parametrize(
    ("items", "images", "expected"),
    [
        ((1, "or", 0, "?"), 2, [(1, 0)]),
        ((0, "?"), 1, [(0,)]),
        (({"type": "image", "index": None}, {"type": "image"}, "?"), 2, [(0, 1)]),
        (({"type": "image", "image": "b.jpg", "index": 2}, "?"), 1, [(0,)]),  # its place among the parts
    ],
)
def test_parts_that_tell_which_image_they_are(items, images, expected):
    assert shown(turns(parts(*items), "b"), images) == expected


def test_parts_whose_numbers_do_not_name_each_image():
    with pytest.raises(UnfitRecord, match="the marks do not name each of 2 images once; got 'image 2, 2'"):
        exchanges(turns(parts(1, 1, "?"), "b"), 2)


@pytest.mark.parametrize("says", ["<image> Be brief.", parts(0, "Be brief.")])
def test_an_image_of_a_turn_that_is_left_out(says):
    """It would stand for one of the images that are asked about."""
    with pytest.raises(UnfitRecord) as raised:
        exchanges([{"from": "system", "value": says}, *turns("<image><image>?", "b")], 2)
    assert str(raised.value) == (
        "turns, value: a turn of a speaker that is left out holds the mark of an image; got 'system'.\n"
        "  Declare its speaker under `asks` of the pair, and the turn becomes part of a question."
    )
