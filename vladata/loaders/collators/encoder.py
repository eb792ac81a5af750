"""The ids of texts by a tokenizer of Hugging Face: all texts of a batch in one call, without special tokens."""

from collections.abc import Iterable
from typing import Any

from vladata.errors import UsageError


class Encoder:
    """An encoder of texts. tokenizer: of transformers."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        for name in ("eos_token_id", "pad_token_id"):
            if not hasattr(tokenizer, name):
                raise UsageError(
                    "expected a tokenizer, or a processor with one", got=type(tokenizer).__name__
                )

    @property
    def end(self) -> int:
        """The id that ends a text. Raises UsageError if the tokenizer has none."""
        if self.tokenizer.eos_token_id is None:
            raise UsageError(
                "the tokenizer has no token that ends a text",
                got="eos_token: None",
                hint="Give it one, tokenizer.eos_token = ..., or end=False.",
            )
        return int(self.tokenizer.eos_token_id)

    @property
    def pad(self) -> int:
        """The padding id; if the tokenizer has none, the end id, which the attention mask hides, or 0."""
        found = self.tokenizer.pad_token_id
        found = self.tokenizer.eos_token_id if found is None else found
        return 0 if found is None else int(found)

    def batch(self, texts: Iterable[str]) -> "Encoded":
        """Return the ids of texts."""
        return Encoded(self, texts)

    def all(self, texts: list[str], special: bool = False) -> list[list[int]]:
        """Return the ids of each text. special: True to add the tokenizer's special tokens."""
        if not texts:
            return []
        made = self.tokenizer(texts, add_special_tokens=special, padding=False, truncation=False)
        return [list(map(int, ids)) for ids in made["input_ids"]]


class Encoded:
    """The ids of some texts; any other text is encoded when `encode` is called."""

    def __init__(self, encoder: Encoder, texts: Iterable[str]) -> None:
        self.encoder = encoder
        once = list(dict.fromkeys(texts))
        self._known = dict(zip(once, encoder.all(once), strict=True))

    def encode(self, text: str) -> list[int]:
        """Return the ids of one text."""
        if text not in self._known:
            (self._known[text],) = self.encoder.all([text])
        return self._known[text]
