"""Read a folder of Hugging Face without a tokenizer.json (vocab.json and merges.txt, ...) with transformers."""

from collections.abc import Sequence
from pathlib import Path

from vladata.errors import FormatError, MissingExtra
from vladata.vocabularies.tokenizer import Tokenizer, byte_pieces, placed


def read(path: Path) -> Tokenizer:
    """Return the tokenizer in the folder. Code in the folder is not run. Raises MissingExtra or FormatError."""
    try:
        from transformers import AutoTokenizer
    except ImportError:
        hint = "pip install transformers, or save the tokenizer once with it: that writes a tokenizer.json."
        what = "a folder without tokenizer.json needs transformers"
        raise MissingExtra(what, where=str(path), hint=hint) from None
    try:
        made = AutoTokenizer.from_pretrained(str(path), local_files_only=True, trust_remote_code=False)
    except Exception as fault:  # noqa: BLE001, each form of tokenizer raises other errors
        raise FormatError("the folder is not a tokenizer", where=str(path), got=str(fault)) from None
    pieces = placed(made.get_vocab())
    is_byte_level = any(piece.startswith("Ġ") for piece in pieces)
    alphabet = _byte_letters() if is_byte_level else ()

    def encode_all(texts: Sequence[str]) -> list[list[int]]:
        found: list[list[int]] = made(list(texts), add_special_tokens=False)["input_ids"]
        return found

    def decode(ids: Sequence[int]) -> str:
        return str(made.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False))

    return Tokenizer(
        str(path),
        pieces,
        int(made.vocab_size),
        frozenset(made.all_special_ids),
        frozenset(made.added_tokens_decoder),
        byte_pieces(pieces, alphabet),
        encode_all,
        decode,
    )


def _byte_letters() -> tuple[str, ...]:
    """Return the 256 characters with which byte-level tokenizers write bytes, as in GPT-2."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return (*map(chr, plain), *(chr(256 + i) for i in range(256 - len(plain))))
