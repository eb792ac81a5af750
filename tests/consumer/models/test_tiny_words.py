"""Texts as ids of the small model, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vladata.consumer.models.tiny.words import END, NUMBERS, UNKNOWN, Words, tokens_of, words_of
from vladata.errors import UsageError

TEXTS = ["Plan: reach 12. Action: 1 128 255", "red-green (3), don't", "#1 ##2 a#"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Plan: reach 12.", ["Plan", "##:", "reach", "12", "##."]),
        (" a  b\n7", ["a", "b", "##\n", "##7"]),
        ("256 007 -3 x2", ["256", "007", "-", "##3", "x", "##2"]),
        ("## #", ["#", "###", "#"]),
        ("", []),
    ],
)
def test_pieces(text, names):
    assert [token.name for token in tokens_of(text)] == names


def test_pieces_say_where_they_begin():
    assert [token.start for token in tokens_of(" go  x2.")] == [1, 5, 6, 7]


@given(st.lists(st.text(alphabet="ab7#:.é漢\n\t _-", max_size=12), max_size=4))
def test_a_text_comes_back(texts):
    words = words_of(texts)
    for text in texts:
        ids = words.encode(text)
        assert UNKNOWN not in ids
        plain = " ".join(part for part in text.split(" ") if part)
        assert words.text([*ids, END, *ids]) == plain
        assert "".join(words.piece(id, first=not i) for i, id in enumerate(ids)) == plain


def test_numbers_have_consecutive_ids():
    words = words_of(TEXTS)
    assert words.encode(" ".join(map(str, range(256)))) == list(NUMBERS) == list(range(4, 260))
    assert words.size == 260 + len(words.pieces) == len(words.names)


def test_numbers_beyond_are_words_of_the_data():
    words = words_of(["go 256 01"])
    assert words.pieces == ("01", "256", "go")
    assert words.encode("go 257 1") == [262, UNKNOWN, 5]


def test_names_of_special_tokens_are_no_words():
    words = words_of(["a <end> <unk>"])
    ids = words.encode("a <end> <unk>")
    assert END not in ids
    assert UNKNOWN not in ids
    assert words.text(ids) == "a <end> <unk>"
    assert [words.piece(id, False) for id in (0, 1, 2, 3, 10_000, -1)] == [""] * 6


@pytest.mark.parametrize("pieces", [("a b",), ("7",), ("##",), ("",), ("<pad>",)])
def test_what_is_no_word(pieces):
    with pytest.raises(UsageError, match="not a word of a small model"):
        Words(pieces)


def test_words_are_sorted():
    with pytest.raises(UsageError, match="must be sorted, and each must appear once"):
        Words(("b", "a"))
