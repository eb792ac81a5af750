"""Read a tokenizer.json of Hugging Face with the package tokenizers."""

from collections.abc import Sequence
from pathlib import Path

from vladata.errors import FormatError, MissingExtra, SourceError
from vladata.vocabularies.tokenizer import Tokenizer, byte_pieces, placed


def read(path: Path) -> Tokenizer:
    """Return the tokenizer in the file. Raises MissingExtra, SourceError or FormatError."""
    try:
        import tokenizers
    except ImportError:
        hint = 'pip install "vladata[vocab]"'
        raise MissingExtra(
            "a tokenizer.json needs the package tokenizers", where=str(path), hint=hint
        ) from None
    try:
        text = path.read_text("utf-8")
    except OSError as fault:
        raise SourceError(f"the tokenizer cannot be read: {fault.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise FormatError("the tokenizer is not UTF-8", where=str(path)) from None
    try:
        made = tokenizers.Tokenizer.from_str(text)
    except Exception as fault:  # noqa: BLE001, the package raises a bare Exception for a file that it cannot read
        raise FormatError(
            "the file is not a tokenizer of Hugging Face", where=str(path), got=str(fault)
        ) from None
    made.no_truncation()  # truncation or padding set in the file would change ids without a message
    made.no_padding()
    pieces = placed(made.get_vocab(with_added_tokens=True))
    added = made.get_added_tokens_decoder()
    unknown = made.token_to_id(str(getattr(made.model, "unk_token", None) or "<unk>"))
    is_byte_level = '"ByteLevel"' in text
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet() if is_byte_level else []

    def encode_all(texts: Sequence[str]) -> list[list[int]]:
        return [each.ids for each in made.encode_batch(list(texts), add_special_tokens=False)]

    def decode(ids: Sequence[int]) -> str:
        return str(made.decode(list(ids), skip_special_tokens=False))

    special = {id for id, token in added.items() if token.special}
    special |= set() if unknown is None else {unknown}
    base = made.get_vocab_size(with_added_tokens=False)
    return Tokenizer(
        str(path),
        pieces,
        base,
        frozenset(special),
        frozenset(added),
        byte_pieces(pieces, alphabet),
        encode_all,
        decode,
    )
