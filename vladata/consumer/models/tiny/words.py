"""A tokenizer of words: texts to ids, and back.

    "Plan: reach 12."   ->   Plan  ##:  reach  12  ##.

A piece is a number (digits), a word (letters) or a single sign. A piece that follows another without a space has a token of its
own, "##:". So the ids show where spaces are, and decoding returns the same text, except for repeated spaces and spaces at the
ends. Other white space (line breaks, tabs) is a sign too. The whole numbers 0..255 are always tokens, with consecutive ids; the
other tokens are the pieces of the data. Any other piece becomes <unk>.

    0 <pad>   1 <end>   2 <unk>   3 <answer>   4..259 the numbers   260.. pieces, sorted
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from vladata.errors import UsageError

PIECE = re.compile(r"\d+|[^\W\d_]+|[^ ]")
JOINED = "##"
SPECIAL = ("<pad>", "<end>", "<unk>", "<answer>")
PAD, END, UNKNOWN, ANSWER = range(len(SPECIAL))
NUMBERS = range(len(SPECIAL), len(SPECIAL) + 256)


@dataclass(frozen=True)
class Token:
    """A piece of a text.

    name:  its text, with "##" in front if it follows another piece without a space.
    start: its position in the text."""

    name: str
    start: int


def tokens_of(text: str) -> list[Token]:
    """Return the pieces of a text, in order."""
    found: list[Token] = []
    after = 0
    for match in PIECE.finditer(text):
        joins = found and match.start() == after
        found.append(Token(f"{JOINED}{match.group()}" if joins else match.group(), match.start()))
        after = match.end()
    return found


@dataclass(frozen=True)
class Words:
    """A tokenizer. pieces: its tokens except the special ones and the numbers, sorted and distinct."""

    pieces: tuple[str, ...]

    def __post_init__(self) -> None:
        if list(self.pieces) != sorted(set(self.pieces)):
            raise UsageError("the words of a small model must be sorted, and each must appear once")
        for name in self.pieces:
            bare = name.removeprefix(JOINED) if name != JOINED else name
            if not PIECE.fullmatch(bare) or name in _FIRST:
                allowed = "a number, letters or a single sign, with or without ## in front; no special token, no number 0..255"
                raise UsageError("not a word of a small model", got=name, allowed=allowed)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The tokens, in the order of their ids."""
        return (*_FIRST, *self.pieces)

    @cached_property
    def _ids(self) -> dict[str, int]:
        known = {name: id for id, name in enumerate(self.names)}
        return {name: id for name, id in known.items() if id >= len(SPECIAL)}

    @property
    def size(self) -> int:
        """The number of ids."""
        return len(self.names)

    @property
    def end(self) -> int:
        """The id that ends a target."""
        return END

    def ids(self, tokens: Sequence[Token]) -> list[int]:
        """Return the id of each token; <unk>'s id for an unknown one."""
        known = self._ids
        return [known.get(token.name, UNKNOWN) for token in tokens]

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text; <unk>'s id for unknown pieces."""
        return self.ids(tokens_of(text))

    def unknown(self, text: str) -> list[str]:
        """Return the unknown pieces of a text, in order."""
        tokens = tokens_of(text)
        pairs = zip(tokens, self.ids(tokens), strict=True)
        return [token.name.removeprefix(JOINED) for token, id in pairs if id == UNKNOWN]

    def piece(self, id: int, first: bool) -> str:
        """Return the text that one id adds to a target; "" for an id without a text. first: True for the target's first id."""
        if not len(SPECIAL) <= id < len(self.names):
            return ""
        name = self.names[id]
        if name.startswith(JOINED):
            return name.removeprefix(JOINED)
        return name if first else f" {name}"

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of a target's ids, up to the end token."""
        said = list(ids)[: list(ids).index(END)] if END in ids else ids
        out = ""
        for id in said:
            out += self.piece(id, first=not out)
        return out


_FIRST = (*SPECIAL, *map(str, range(256)))


def words_of(texts: Iterable[str]) -> Words:
    """Return a tokenizer of all pieces of some texts."""
    found = {token.name for text in dict.fromkeys(texts) for token in tokens_of(text)}
    return Words(tuple(sorted(found - set(_FIRST))))
