"""Texts cut into pieces, and pieces as bytes, by the rule of FAST's tokenizer: GPT-2's byte-level rule.

A quantised chunk is a text with one character per number. Before pairs are merged, the text is cut where the kind of its
characters changes (letters, digits, others, white space), although the characters stand for numbers; no token crosses a cut.
Each piece is then encoded as UTF-8, and each byte as a printable character: bytes 33..126, 161..172 and 174..255 stand for
themselves, the others become characters from 256 on. A number below 128 is one byte, a number below 2,048 is two bytes, so a
token can end within a number.

Source: `ByteLevel` of huggingface/tokenizers, which openai/gpt-2's encoder.py made; physical-intelligence/fast trains on it.
"""

import re
import unicodedata
from functools import lru_cache

NUMBERS = 0x800
"""The count of different numbers that a text can hold: all numbers of one or two bytes, 0..2,047."""

_SPACE = frozenset([*range(0x09, 0x0E), 0x20, 0x85, 0xA0])  # Unicode's White_Space below NUMBERS
_PLAIN = frozenset([*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)])


def _byte_characters() -> tuple[str, ...]:
    others = iter(range(0x100, 0x200))
    return tuple(chr(byte if byte in _PLAIN else next(others)) for byte in range(256))


BYTE_CHARACTERS = _byte_characters()
"""Byte -> its printable character, [256]."""

BYTES = {character: byte for byte, character in enumerate(BYTE_CHARACTERS)}


def token_bytes(token: str) -> bytes:
    """Return the bytes that a token stands for: one for each printable character, or its UTF-8 if it has other characters."""
    if all(character in BYTES for character in token):
        return bytes(BYTES[character] for character in token)
    return token.encode("utf-8")


def cut(text: str) -> list[str]:
    """Return the pieces of `text`, in order; joined they give `text`. The codes of its characters are below NUMBERS."""
    return _rule().findall(text)


@lru_cache(maxsize=1)
def _rule() -> re.Pattern[str]:
    """Return the pattern of one piece. It lists the characters of each kind, since Python's \\s and \\w include others."""
    kinds: dict[str, list[str]] = {"letters": [], "digits": [], "space": []}
    for code in range(NUMBERS):
        first = unicodedata.category(chr(code))[0]
        kind = "space" if code in _SPACE else {"L": "letters", "N": "digits"}.get(first)
        if kind:
            kinds[kind].append(re.escape(chr(code)))
    letters, digits, space = ("".join(kinds[name]) for name in ("letters", "digits", "space"))
    endings = "'s|'t|'re|'ve|'m|'ll|'d"
    return re.compile(
        f"{endings}| ?[{letters}]+| ?[{digits}]+| ?[^{space}{letters}{digits}]+|[{space}]+(?![^{space}])|[{space}]+"
    )
