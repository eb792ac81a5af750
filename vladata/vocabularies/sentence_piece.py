"""Read a sentencepiece .model with the package sentencepiece.

The package says whether an id is control, unknown, unused or a byte, but not whether it is a user-defined token. The file says
it: field 1 of ModelProto is one message per piece, and field 3 of this message is the piece's type. The package's protobuf module
does not load beside another release of protobuf, so these few fields are read here.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from vladata.errors import FormatError, MissingExtra, SourceError
from vladata.vocabularies.tokenizer import Tokenizer, byte_pieces

_PIECES, _TYPE = 1, 3
_USER_DEFINED = 4
_NO_TEXT = {2, 3, 5}  # types of pieces: unknown, control, unused
_NORMAL = 1


def read(path: Path) -> Tokenizer:
    """Return the tokenizer in the file. Raises MissingExtra, SourceError or FormatError."""
    try:
        import sentencepiece
    except ImportError:
        hint = 'pip install "vladata[vocab]"'
        what = "a .model file needs the package sentencepiece"
        raise MissingExtra(what, where=str(path), hint=hint) from None
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise SourceError(f"the tokenizer cannot be read: {fault.strerror}", where=str(path)) from None
    made = sentencepiece.SentencePieceProcessor()
    try:
        made.load_from_serialized_proto(data)
        types = [
            next((value for field, value in _fields(piece) if field == _TYPE), _NORMAL) for piece in _of(data)
        ]
    except (RuntimeError, ValueError, IndexError) as fault:
        raise FormatError("the file is not a sentencepiece model", where=str(path), got=str(fault)) from None
    pieces = tuple(made.id_to_piece(id) for id in range(made.get_piece_size()))
    special = frozenset(id for id, kind in enumerate(types) if kind in _NO_TEXT)
    whole = frozenset(id for id, kind in enumerate(types) if kind == _USER_DEFINED)

    def encode_all(texts: Sequence[str]) -> list[list[int]]:
        found: list[list[int]] = made.encode(list(texts), out_type=int)
        return found

    def decode(ids: Sequence[int]) -> str:
        return str(made.decode(list(ids)))

    return Tokenizer(
        str(path), pieces, len(pieces), special, special | whole, byte_pieces(pieces), encode_all, decode
    )


def _of(data: bytes) -> Iterator[bytes]:
    """Yield the message of each piece, in the order of ids."""
    return (value for field, value in _fields(data) if field == _PIECES and isinstance(value, bytes))


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield (number, value) of each field of a protobuf message. Raises IndexError or ValueError for other bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire = tag & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        if wire == 2:
            size, at = _varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire}")
        yield tag >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
