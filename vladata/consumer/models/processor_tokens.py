"""ProcessorTokens: the tokens of a model of Hugging Face as text, ids that stand for bins as their numbers.

    ids    "Plan: go. Action: " | 5021 | 4433 | <end>      with a vocabulary in which 5021, 4433 stand for bins 1, 128
    text    Plan: go. Action: 1 128
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from vladata.errors import UsageError
from vladata.vocabularies.integers import KIND as INTEGERS
from vladata.vocabularies.vocabulary import Vocabulary


class ProcessorTokens:
    """A tokenizer's tokens as text. size: how many ids the model knows.   end: the id that ends a target.

    bins: id -> the bin that it stands for in an action, where a vocabulary does not spell bins as text; else none."""

    def __init__(self, tokenizer: Any, size: int, end: int, vocabulary: Vocabulary | None = None) -> None:
        self._tokenizer, self.size, self.end = tokenizer, size, end
        self._special = set(tokenizer.all_special_ids)
        self._count = len(tokenizer)
        self._anchor: list[int] = tokenizer.encode("1", add_special_tokens=False)[-1:]
        self._behind = len(self._decoded(self._anchor))
        self.bins = _bins(vocabulary)

    def text(self, ids: Sequence[int]) -> str:
        """What the ids of a target say, up to the end, without white space before it."""
        said = list(ids)
        if self.end in said:
            said = said[: said.index(self.end)]
        found = ""
        for are_bins, run in groupby(said, self.bins.__contains__):
            if are_bins:
                found += " ".join(str(self.bins[id]) for id in run)
            else:
                found += self._later(list(run)) if found else self._decoded(list(run), without_special=True)
        return found.lstrip()

    def piece(self, id: int, first: bool) -> str:
        """What one id adds to a target's text, told by what it adds behind another; a number of a bin has a space before it."""
        if id in self.bins:
            return str(self.bins[id]) if first else f" {self.bins[id]}"
        if id in self._special or id >= self._count:
            return ""
        found = self._later([id])
        return found.lstrip() if first else found

    def _later(self, ids: list[int]) -> str:
        """What ids say behind another: tokenizers leave out a space before the first of a text."""
        return self._decoded([*self._anchor, *ids], without_special=True)[self._behind :]

    def _decoded(self, ids: list[int], without_special: bool = False) -> str:
        found: str = self._tokenizer.decode(
            ids, skip_special_tokens=without_special, clean_up_tokenization_spaces=False
        )
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


def _bins(vocabulary: Vocabulary | None) -> dict[int, int]:
    if vocabulary is None or vocabulary.kind == INTEGERS:
        return {}
    if not vocabulary.is_one_id_a_bin or vocabulary.start or vocabulary.end or "words" in vocabulary.made:
        raise UsageError(
            "a model cannot be trained to act with this vocabulary: its bins are no single ids that stand for numbers",
            got=f"vocabulary {vocabulary.kind}",
            allowed="integers, overwrite-least-used, last-ids, or added-tokens without a start and an end",
        )
    return {ids[0]: number for number, ids in enumerate(vocabulary.later, vocabulary.least)}
