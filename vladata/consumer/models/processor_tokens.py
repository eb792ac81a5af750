"""ProcessorTokens: the tokens of a Hugging Face model as text, and the token that ends a target."""

from collections.abc import Sequence
from typing import Any

from vladata.errors import UsageError


class ProcessorTokens:
    """A tokenizer's tokens as text. size: the number of the model's ids.   end: the id that ends a target."""

    def __init__(self, tokenizer: Any, size: int, end: int) -> None:
        self._tokenizer, self.size, self.end = tokenizer, size, end
        self._special = set(tokenizer.all_special_ids)
        self._count = len(tokenizer)
        self._anchor: list[int] = tokenizer.encode("1", add_special_tokens=False)[-1:]
        self._behind = len(self._decoded(self._anchor))

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of a target's ids up to the end token, without white space at its start."""
        said = list(ids)
        if self.end in said:
            said = said[: said.index(self.end)]
        return self._decoded([id for id in said if id not in self._special]).lstrip()

    def unknown(self, text: str) -> list[str]:
        """Return the words of a text that hold the unknown token; most tokenizers have no such token."""
        strange = self._tokenizer.unk_token_id
        if strange is None:
            return []
        encode = self._tokenizer.encode
        return [word for word in text.split() if strange in encode(word, add_special_tokens=False)]

    def piece(self, id: int, first: bool) -> str:
        """Return the text that one id adds to a target.

        The id is decoded after another id, because tokenizers drop a space at the start of a text."""
        if id in self._special or id >= self._count:
            return ""
        found = self._decoded([*self._anchor, id])[self._behind :]
        return found.lstrip() if first else found

    def _decoded(self, ids: list[int]) -> str:
        found: str = self._tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        return found


def end_of(tokenizer: Any, processor: Any, template: str) -> int:
    """Return the id that ends a target: the tokenizer's end token, or the one that ends the assistant's turn in a chat template.

    Raises UsageError if there is none."""
    name = type(tokenizer).__name__
    if template != "chat":
        if tokenizer.eos_token_id is None:
            hint = "Set one (tokenizer.eos_token = ...) and save the tokenizer, or use template: chat."
            raise UsageError(
                "the tokenizer has no token that ends a text", got=f"{name}, eos_token None", hint=hint
            )
        return int(tokenizer.eos_token_id)
    if not getattr(processor, "chat_template", None):
        raise UsageError(
            "the processor has no chat template", got=type(processor).__name__, hint="Use template: plain."
        )
    turns = [("user", "a"), ("assistant", "b")]
    said = [{"role": role, "content": [{"type": "text", "text": word}]} for role, word in turns]
    text = processor.apply_chat_template(said, tokenize=False).rstrip()
    last = int(tokenizer.encode(text, add_special_tokens=False)[-1])
    if text.endswith("b"):
        hint = "Nothing would mark the end of a target. Use template: plain."
        what = "the chat template has no token at the end of the assistant's turn"
        raise UsageError(what, got=text[-20:], hint=hint)
    return last
