"""Texts as ids and back, exactly: a tokenizer of words.

    "Plan: reach 12."   ->   Plan  ##:  reach  12  ##.

A piece is a number (digits), a word (letters) or one sign. One that follows another without a space between them is a token of
its own, "##:"; so ids say where spaces are, and the text of a text's ids is that text, but for runs of spaces and spaces at its
ends. Other white space (line ends, tabs) is a sign too. The whole numbers 0..255 are always tokens, with consecutive ids; other
pieces are those of the data. What is none of them is <unk>.

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
    """One piece of a text. name: with "##" before it where it joins the one before.   start: its first character."""

    name: str
    start: int


def tokens_of(text: str) -> list[Token]:
    """The pieces of a text, in order."""
    found: list[Token] = []
    after = 0
    for match in PIECE.finditer(text):
        joins = found and match.start() == after
        found.append(Token(f"{JOINED}{match.group()}" if joins else match.group(), match.start()))
        after = match.end()
    return found


@dataclass(frozen=True)
class Words:
    """A tokenizer. pieces: those beside the special ones and the numbers, sorted, none twice."""

    pieces: tuple[str, ...]

    def __post_init__(self) -> None:
        if list(self.pieces) != sorted(set(self.pieces)):
            raise UsageError("the words of a small model are sorted, and none stands there twice")
        for name in self.pieces:
            bare = name.removeprefix(JOINED) if name != JOINED else name
            if not PIECE.fullmatch(bare) or name in _FIRST:
                raise UsageError("this is no word of a small model", got=name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Id -> token."""
        return (*_FIRST, *self.pieces)

    @cached_property
    def _ids(self) -> dict[str, int]:
        known = {name: id for id, name in enumerate(self.names)}
        return {name: id for name, id in known.items() if id >= len(SPECIAL)}

    @property
    def size(self) -> int:
        """How many ids there are."""
        return len(self.names)

    @property
    def end(self) -> int:
        """The id that ends a target."""
        return END

    def ids(self, tokens: Sequence[Token]) -> list[int]:
        """The id of each token; <unk> for one that is none of ours."""
        known = self._ids
        return [known.get(token.name, UNKNOWN) for token in tokens]

    def encode(self, text: str) -> list[int]:
        """The ids of a text; <unk> for what is none of ours."""
        return self.ids(tokens_of(text))

    def unknown(self, text: str) -> list[str]:
        """The pieces of a text that are none of ours, in order."""
        tokens = tokens_of(text)
        pairs = zip(tokens, self.ids(tokens), strict=True)
        return [token.name.removeprefix(JOINED) for token, id in pairs if id == UNKNOWN]

    def piece(self, id: int, first: bool) -> str:
        """What one id adds to a target's text; first: whether it is the target's first. "" for an id that is no text."""
        if not len(SPECIAL) <= id < len(self.names):
            return ""
        name = self.names[id]
        if name.startswith(JOINED):
            return name.removeprefix(JOINED)
        return name if first else f" {name}"

    def text(self, ids: Sequence[int]) -> str:
        """What the ids of a target say, up to the end."""
        said = list(ids)[: list(ids).index(END)] if END in ids else ids
        out = ""
        for id in said:
            out += self.piece(id, first=not out)
        return out


_FIRST = (*SPECIAL, *map(str, range(256)))


def words_of(texts: Iterable[str]) -> Words:
    """The tokenizer of all pieces of some texts."""
    found = {token.name for text in dict.fromkeys(texts) for token in tokens_of(text)}
    return Words(tuple(sorted(found - set(_FIRST))))
