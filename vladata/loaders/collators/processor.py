"""ForProcessor: a batch -> token ids, labels and pictures, through a processor or tokenizer of Hugging Face.

    prompt ids       made by the processor from the pictures and the prompt: by construction the same ids as at inference
    target ids       appended to them (target_tokens.py), then the end token
    labels           -100 on the prompt with its image tokens, on padding, and on the repeated actions of a chunk; else the ids
    loss_weights     the sample's loss_weight where there is a label, else 0

A label stands at the place of its own token: models of transformers shift labels by one. Nothing is ever cut off: a sample that
is longer than `max_length` is an error. transformers is not imported here; its results are converted to numpy.

Several threads must not use one tokenizer at the same time ("Already borrowed"), so each thread has a copy of the processor.
"""

import copy
import threading
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from vladata.errors import LoadError, UsageError
from vladata.loaders.collators.encoder import Encoder
from vladata.loaders.collators.padded import SIDES, padded
from vladata.loaders.collators.prompt_ids import PromptIds, Prompts
from vladata.loaders.collators.target_spans import span_of
from vladata.loaders.collators.target_tokens import TargetTokens, target_tokens
from vladata.loaders.collators.terms import Terms
from vladata.vocabularies.vocabulary import Vocabulary

IGNORED = -100
KEPT = ("key", "contract")


class ForProcessor:
    """A collator for models of transformers. It gives numpy arrays: input_ids, attention_mask, labels int64 [B, L], loss_weights
    float32 [B, L], whatever else the processor gives (pixel_values, token_type_ids, ...), `key` and `contract`.

    processor:  a processor of transformers with a tokenizer and an image processor; or a tokenizer, and pictures are ignored.
    max_length: the most tokens of a sample; a longer sample raises LoadError. None for no limit.
    template:   "plain": the prompt as it is, after one `image_text` per picture; "chat": the processor's chat template, with
                pictures and prompt as the user's words and the target as the assistant's.
    between:    the text between a plain prompt and its target.
    end:        True if a target ends with the tokenizer's end token; with "chat" the template ends it.
    padding:    "right" or "left".
    vocabulary: the token ids that stand for bins (vladata.vocabulary); None to tokenize the target as text.
    image_text: the text that stands for a picture in a plain prompt; None for the processor's own image token.
    do_resize:  True if the processor resizes pictures. None accepts only pictures that the processor would leave as they are.
    """

    def __init__(
        self,
        processor: Any,
        *,
        max_length: int | None = None,
        template: str = "plain",
        between: str = " ",
        end: bool = True,
        padding: str = "right",
        vocabulary: Vocabulary | None = None,
        image_text: str | None = None,
        do_resize: bool | None = None,
    ) -> None:
        if padding not in SIDES:
            raise UsageError("padding is on no such side", got=padding, allowed="right, left")
        if max_length is not None and (not isinstance(max_length, int) or max_length < 1):
            raise UsageError("max_length must be a whole number, 1 or more, or None", got=max_length)
        self.processor, self.max_length, self.end = processor, max_length, end and template == "plain"
        self.padding, self.vocabulary = padding, vocabulary
        self.between = between if template == "plain" else ""  # a chat template puts its own text there
        self._template = template, image_text, do_resize
        self.terms: Terms | None = None
        self._threads = threading.local()
        tools = self._made(processor)  # so that errors are raised here
        if self.end:
            _ = tools.encoder.end

    def bound(self, terms: Terms) -> Self:
        """Return the collator for samples of these contracts; a loader calls this.

        Raises CodecError if the vocabulary belongs to another codec."""
        if self.vocabulary is not None:
            for codec in terms.codecs.values():
                self.vocabulary.require(codec)
        made = copy.copy(self)
        made.terms, made._threads = terms, threading.local()
        return made

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_threads"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._threads = threading.local()

    @property
    def _tools(self) -> Prompts:
        """The maker of prompts in this thread."""
        found: Prompts | None = getattr(self._threads, "tools", None)
        if found is None:
            found = self._threads.tools = self._made(copy.deepcopy(self.processor))
        return found

    def _made(self, processor: Any) -> Prompts:
        return Prompts(processor, Encoder(getattr(processor, "tokenizer", processor)), *self._template)

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arrays on which a model is trained. Raises LoadError, which names the sample, if a sample does not fit."""
        tools = self._tools
        found = tools(batch)
        targets = self._targets(batch, found.texts, tools)
        ids = [[*prompt, *target.ids] for prompt, target in zip(found.ids, targets, strict=True)]
        self._check_lengths(batch, ids, found.ids)
        labels = [
            [IGNORED] * len(prompt) + each.labels(IGNORED)
            for prompt, each in zip(found.ids, targets, strict=True)
        ]
        out = _together(found, ids, self.padding, [len(each.ids) for each in targets], tools.encoder.pad)
        out["labels"] = padded(labels, IGNORED, self.padding, np.int64)
        weights = np.asarray(batch["loss_weight"], np.float32)[:, None]
        out["loss_weights"] = np.where(out["labels"] == IGNORED, np.float32(0), weights).astype(np.float32)
        return {**out, **{name: batch[name] for name in KEPT}}

    def for_inference(self, batch: Mapping[str, Any], padding: str = "left") -> dict[str, Any]:
        """Return the arrays from which a model generates: prompts without targets, padded on the left to end together."""
        if padding not in SIDES:
            raise UsageError("padding is on no such side", got=padding, allowed="right, left")
        tools = self._tools
        found = tools(batch)
        out = _together(found, found.ids, padding, [0] * len(found.ids), tools.encoder.pad)
        return {**out, **{name: batch[name] for name in KEPT if name in batch}}

    def prompt_ids(self, batch: Mapping[str, Any]) -> list[list[int]]:
        """Return the ids of each prompt and its pictures: a training sample begins with the same ids."""
        return self._tools(batch).ids

    def _targets(
        self, batch: Mapping[str, Any], texts: list[str | None], tools: Prompts
    ) -> list[TargetTokens]:
        targets: list[str] = batch["target"]
        rows = list(zip(texts, targets, strict=True))
        encoded = tools.encoder.batch(
            text for before, target in rows for text in _texts(before, self.between, target)
        )
        made = []
        for i, (before, target) in enumerate(rows):
            span = span_of(self.terms, batch, i) if self._needs_span(batch, i) else None
            found = target_tokens(encoded, self.vocabulary, before, target, span, self.between)
            ending = [tools.encoder.end] if self.end else []
            if tools.template == "chat":
                ending = encoded.encode(tools.ending(batch["prompt"][i], target, batch["key"][i]))
            made.append(found.ended(ending))
        return made

    def _needs_span(self, batch: Mapping[str, Any], i: int) -> bool:
        """Return True if the place of the action in a target matters: token ids stand for bins, or rows may be repeated."""
        return self.vocabulary is not None or (
            batch["action"].shape[1] > 1 and batch["valid"][i] < batch["action"].shape[1]
        )

    def _check_lengths(
        self, batch: Mapping[str, Any], ids: list[list[int]], prompts: list[list[int]]
    ) -> None:
        for i, row in enumerate(ids):
            if self.max_length is not None and len(row) > self.max_length:
                raise LoadError(
                    "the sample has more tokens than max_length allows, and samples are never cut",
                    where=batch["key"][i],
                    got=f"{len(row)} tokens, {len(prompts[i])} of them the prompt",
                    allowed=f"{self.max_length}",
                    hint="Give a larger max_length, smaller or fewer pictures, or a shorter prompt.",
                )


def _together(
    found: PromptIds, ids: list[list[int]], side: str, behind: list[int], pad: int
) -> dict[str, Any]:
    """Return the arrays of all samples. behind: the number of ids that follow each prompt."""
    out: dict[str, Any] = {
        "input_ids": padded(ids, pad, side, np.int64),
        "attention_mask": padded([[1] * len(row) for row in ids], 0, side, np.int64),
    }
    for name, rows in found.by_token.items():
        # 1 marks the tokens that a PaliGemma generates (token_type_ids); in other kinds of marks text has 0.
        said = int(name == "token_type_ids")
        whole = [[*row, *[said] * more] for row, more in zip(rows, behind, strict=True)]
        out[name] = padded(whole, 0, side, np.int64)
    return {**out, **found.pictures}


def _texts(before: str | None, between: str, target: str) -> tuple[str, ...]:
    return (target,) if before is None else (before, f"{before}{between}{target}")
