"""Texts cut as GPT-2's rule cuts them: every character of the range beside others, and drawn texts, against the library."""

import random

import pytest
from tokenizers.pre_tokenizers import ByteLevel

from vladata.actions.fast.pieces import BYTE_CHARACTERS, NUMBERS, cut, token_bytes

LIBRARY = ByteLevel(add_prefix_space=False)


def printed(text):
    """The pieces of a text, as the library prints them."""
    return ["".join(BYTE_CHARACTERS[byte] for byte in piece.encode()) for piece in cut(text)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("((((3(", ["((((", "3", "("]),
        ("ab1 c", ["ab", "1", " c"]),
        ("'s't'x", ["'s", "'t", "'", "x"]),
        ("\t\t(", ["\t", "\t", "("]),
        ("\x1c\x85\x85\x1c", ["\x1c", "\x85", "\x85", "\x1c"]),
        ("", []),
    ],
)
def test_a_text_is_cut_where_the_kind_of_its_characters_changes(text, pieces):
    assert cut(text) == pieces


def test_every_character_is_of_the_kind_that_the_library_says():
    for code in range(NUMBERS):
        for beside in ("a", "1", ".", " ", "\t", "'"):
            text = f"{beside}{chr(code)}{beside}."
            assert printed(text) == [piece for piece, _ in LIBRARY.pre_tokenize_str(text)]


def test_drawn_texts_are_cut_as_the_library_cuts_them():
    rng = random.Random(5)
    for _ in range(3000):
        top = rng.choice([45, 80, 128, 200, 500, NUMBERS])
        letters = [chr(rng.randrange(top)) for _ in range(rng.randrange(1, 40))]
        letters += rng.choices("'strevmld  a1\t\n\x85\xa0\x1c.", k=rng.randrange(12))
        rng.shuffle(letters)
        text = "".join(letters)
        assert printed(text) == [piece for piece, _ in LIBRARY.pre_tokenize_str(text)]
        assert "".join(cut(text)) == text


def test_the_bytes_of_a_token_are_those_of_its_printed_characters():
    assert [BYTE_CHARACTERS[byte] for byte in (0x21, 0x41, 0x00, 0x20, 0x7F, 0xAD)] == list("!AĀĠġŃ")
    assert token_bytes("ĠA") == b" A"
    assert token_bytes("Ä") == b"\xc4"
    assert token_bytes("\x05") == b"\x05"  # not printed: itself
    assert token_bytes("\x85") == "\x85".encode()
