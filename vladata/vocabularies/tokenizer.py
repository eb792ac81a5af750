"""The interface of every tokenizer: texts to ids and back, and the kind of each id; and the reader of each kind of path.

    tokenizer.json, or a folder with one     the package tokenizers
    NAME.model, or a folder with one alone   the package sentencepiece
    any other folder                         transformers, which reads more forms

Paths are local, and nothing is downloaded. Ids are those of the text alone: without special tokens before or after it, and
without truncation or padding.
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

_PLACE = re.compile(r"<(loc|seg)\d+>")  # PaliGemma's places and segments
_BYTE = re.compile(
    r"<0x[0-9A-Fa-f]{2}>"
)  # sentencepiece and Llama spell a character without a token by these


@dataclass(frozen=True)
class Tokenizer:
    """A tokenizer.

    path:       where it was read from.
    pieces:     [size], the token of each id as the tokenizer has it; "" if there is none.
    base:       the number of ids without those that were added to it: `vocab_size` in Hugging Face's words.
    special:    ids that are not text: begin, end, padding, unknown, control.
    added:      ids of tokens that were added whole, also special ones.
    byte_ids:   ids that stand for one byte each: without them some text cannot be spelled.
    encode_all: texts -> the ids of each.
    decode:     ids -> text, special tokens spelled out.
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
        """The id of each token, by the token as the tokenizer has it."""
        return {piece: id for id, piece in enumerate(self.pieces) if piece}

    @cached_property
    def identity(self) -> dict[str, Any]:
        """The tokenizer as a vocabulary states it: a digest of the token of each id, and the number of ids."""
        return {"digest": keys.digest(list(self.pieces)), "size": self.size}

    def encode(self, text: str) -> list[int]:
        """Return the ids of one text."""
        return self.encode_all([text])[0]

    def pieces_of(self, ids: Sequence[int]) -> dict[int, str]:
        """Return id -> its token, for those of `ids` that the tokenizer has."""
        return {id: self.pieces[id] for id in sorted(set(ids)) if 0 <= id < self.size}

    def spelled(self, ids: Sequence[int]) -> str:
        """Return tokens as messages show them: "▁10" "1"."""
        return " ".join(f'"{self.pieces[id]}"' if 0 <= id < self.size else str(id) for id in ids)


def placed(found: dict[str, int]) -> tuple[str, ...]:
    """Return tokens by id, from ids by token."""
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
