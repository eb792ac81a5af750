"""The interface of every tokenizer: texts to ids and back, and the kind of each id; and the reader of each kind of path.

    tokenizer.json, or a folder with one     the package tokenizers
    NAME.model, or a folder with only one    the package sentencepiece
    any other folder                         transformers, which reads more forms

Paths are local, and nothing is downloaded. A text is encoded without special tokens before or after it, and without truncation
or padding.
"""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from vladata import keys
from vladata.errors import MissingFile, UsageError

_PLACE = re.compile(r"<(loc|seg)\d+>")  # PaliGemma's tokens of locations and segments
_BYTE = re.compile(
    r"<0x[0-9A-Fa-f]{2}>"
)  # sentencepiece and Llama spell a character without a token by such byte tokens


@dataclass(frozen=True)
class Tokenizer:
    """A tokenizer.

    path:       the path from which it was read.
    pieces:     the token of each id, in the tokenizer's spelling, [size]; "" if there is none.
    base:       the number of ids without added tokens: `vocab_size` in Hugging Face's words.
    special:    ids that are not text: begin, end, padding, unknown, control.
    added:      ids of added tokens, also special ones.
    byte_ids:   ids that stand for one byte each, without which some text cannot be spelled.
    encode_all: a function from texts to a list of ids for each.
    decode:     a function from ids to text, special tokens spelled out.
    """

    path: str
    pieces: tuple[str, ...]
    base: int
    special: frozenset[int]
    added: frozenset[int]
    byte_ids: frozenset[int]
    encode_all: Callable[[Sequence[str]], list[list[int]]]
    decode: Callable[[Sequence[int]], str]

    @property
    def size(self) -> int:
        """One more than the greatest id."""
        return len(self.pieces)

    @cached_property
    def places(self) -> frozenset[int]:
        """The ids of `<loc>` and `<seg>` tokens."""
        return frozenset(id for id, piece in enumerate(self.pieces) if _PLACE.fullmatch(piece))

    @cached_property
    def id_of(self) -> dict[str, int]:
        """Token, in the tokenizer's spelling -> its id."""
        return {piece: id for id, piece in enumerate(self.pieces) if piece}

    @cached_property
    def identity(self) -> dict[str, Any]:
        """The values by which a vocabulary knows its tokenizer: a digest of all tokens by id, and the number of ids."""
        return {"digest": keys.digest(list(self.pieces)), "size": self.size}

    def encode(self, text: str) -> list[int]:
        """Return the ids of one text."""
        return self.encode_all([text])[0]

    def pieces_of(self, ids: Sequence[int]) -> dict[int, str]:
        """Return a map from id to its token, for the ids of `ids` that the tokenizer has."""
        return {id: self.pieces[id] for id in sorted(set(ids)) if 0 <= id < self.size}

    def spelled(self, ids: Sequence[int]) -> str:
        """Return the tokens of `ids` in the form of messages: "▁10" "1"."""
        return " ".join(f'"{self.pieces[id]}"' if 0 <= id < self.size else str(id) for id in ids)


def placed(found: dict[str, int]) -> tuple[str, ...]:
    """Return the token of each id, from the id of each token; "" for an id without a token."""
    pieces = [""] * (max(found.values(), default=-1) + 1)
    for piece, id in found.items():
        pieces[id] = piece
    return tuple(pieces)


def byte_pieces(pieces: Sequence[str], alphabet: Sequence[str] = ()) -> frozenset[int]:
    """Return the ids that spell single bytes: <0x0A>, and in byte-level tokenizers the characters of their alphabet."""
    letters = frozenset(alphabet)
    return frozenset(id for id, piece in enumerate(pieces) if piece in letters or _BYTE.fullmatch(piece))


def open_tokenizer(path: str | os.PathLike[str]) -> Tokenizer:
    """Return the tokenizer at a local path. Raises MissingFile, FormatError if it cannot be read, MissingExtra."""
    from vladata.vocabularies.hugging_face import read as read_json
    from vladata.vocabularies.sentence_piece import read as read_model
    from vladata.vocabularies.through_transformers import read as read_folder

    found = Path(path)
    if not found.exists():
        hint = "A tokenizer is read from a local folder or file; nothing is downloaded."
        raise MissingFile("there is no tokenizer at this path", where=str(path), hint=hint)
    if found.is_file():
        if found.suffix not in (".json", ".model"):
            raise UsageError(
                "this file is not a tokenizer",
                where=str(path),
                allowed="tokenizer.json, NAME.model, a folder",
            )
        return read_json(found) if found.suffix == ".json" else read_model(found)
    if (found / "tokenizer.json").exists():
        return read_json(found / "tokenizer.json")
    models = sorted(found.glob("*.model"))
    if len(models) == 1 and not list(found.glob("*token*.json")):
        return read_model(models[0])
    return read_folder(found)
