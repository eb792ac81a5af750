"""ProcessorTokens: the tokens of a model of Hugging Face as text, and which of them ends a target."""

from collections.abc import Sequence
from typing import Any

from vladata.errors import UsageError


class ProcessorTokens:
    """A tokenizer's tokens as text. size: how many ids the model knows.   end: the id that ends a target."""

    def __init__(self, tokenizer: Any, size: int, end: int) -> None:
        self._tokenizer, self.size, self.end = tokenizer, size, end
        self._special = set(tokenizer.all_special_ids)
        self._count = len(tokenizer)
        self._anchor: list[int] = tokenizer.encode("1", add_special_tokens=False)[-1:]
        self._behind = len(self._decoded(self._anchor))

    def text(self, ids: Sequence[int]) -> str:
        """What the ids of a target say, up to the end, without white space before it."""
        said = list(ids)
        if self.end in said:
            said = said[: said.index(self.end)]
        return self._decoded([id for id in said if id not in self._special]).lstrip()

    def unknown(self, text: str) -> list[str]:
        """The words of a text in which the tokenizer has an unknown token; most have none."""
        strange = self._tokenizer.unk_token_id
        if strange is None:
            return []
        encode = self._tokenizer.encode
        return [word for word in text.split() if strange in encode(word, add_special_tokens=False)]

    def piece(self, id: int, first: bool) -> str:
        """What one id adds to a target's text, told by what it adds behind another: tokenizers drop a space at the beginning."""
        if id in self._special or id >= self._count:
            return ""
        found = self._decoded([*self._anchor, id])[self._behind :]
        return found.lstrip() if first else found

    def _decoded(self, ids: list[int]) -> str:
        found: str = self._tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        return found


def end_of(tokenizer: Any, processor: Any, template: str) -> int:
    """The id that ends a target: the tokenizer's end, or what a chat's template ends the assistant's turn with.

    Raises UsageError where there is none."""
    name = type(tokenizer).__name__
    if template != "chat":
        if tokenizer.eos_token_id is None:
            hint = "Give it one (tokenizer.eos_token = ...) and save it, or take template: chat."
            raise UsageError(
                "the tokenizer has no token that ends a text", got=f"{name}, eos_token None", hint=hint
            )
        return int(tokenizer.eos_token_id)
    if not getattr(processor, "chat_template", None):
        raise UsageError(
            "the processor has no chat template", got=type(processor).__name__, hint="Take template: plain."
        )
    turns = [("user", "a"), ("assistant", "b")]
    said = [{"role": role, "content": [{"type": "text", "text": word}]} for role, word in turns]
    text = processor.apply_chat_template(said, tokenize=False).rstrip()
    last = int(tokenizer.encode(text, add_special_tokens=False)[-1])
    if text.endswith("b"):
        hint = "A target could not be told to be over. Take template: plain."
        raise UsageError("the chat template ends no turn", got=text[-20:], hint=hint)
    return last
