"""WordCollator: from a batch of vladata.load to the inputs of the small model, as numpy arrays.

    input_ids       int64 [B, L]   prompt, <answer>, target, <end>; at inference only prompt and <answer>
    attention_mask  int64 [B, L]   1 where there is a word
    prompt_mask     int64 [B, L]   1 on the prompt and <answer>, which see each other in both directions
    labels          int64 [B, L]   the ids of target and end at their own places; -100 elsewhere, and on repeated actions
    loss_weights    float32 [B, L] the sample's loss_weight where there is a label, else 0
    pixel_values    uint8 [B, P, h, w, 3 or 4]   only if the batch has pictures; P is frames times cameras
    image_mask      bool [B, P]   True for pictures that exist

A prompt has the same ids in training and at inference. Nothing is cut off. A word without a token is an error in training,
because the model would learn <unk>; at inference it becomes <unk>.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from vladata.consumer.models.tiny.marked import marked, place_of
from vladata.consumer.models.tiny.settings import TinySettings
from vladata.consumer.models.tiny.words import ANSWER, END, PAD, UNKNOWN, Token, Words, tokens_of
from vladata.errors import LoadError
from vladata.loaders.collators.padded import padded
from vladata.loaders.collators.target_spans import span_of
from vladata.loaders.collators.terms import Terms

IGNORED = -100
KEPT = ("key", "contract", "task", "dataset")


class WordCollator:
    """The collator of the small model.

    max_length: most words of a sample, with <answer> and <end>; a longer sample is a LoadError. None: only the model's own
    limits.
    """

    def __init__(self, words: Words, settings: TinySettings, max_length: int | None = None) -> None:
        self.words, self.settings, self.max_length = words, settings, max_length
        self.terms: Terms | None = None

    def bound(self, terms: Terms) -> Self:
        """Return this collator for samples of these contracts; a loader calls it."""
        made = copy.copy(self)
        made.terms = terms
        return made

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return a batch for training. Raises LoadError, which names the sample, if one does not fit the model."""
        prompts, places = self._prompts(batch)
        ids, labels = [], []
        for i, prompt in enumerate(prompts):
            target, counted = self._target(batch, i)
            self._check(batch["key"][i], prompt, target)
            ids.append([*prompt, *target])
            labels.append([IGNORED] * len(prompt) + counted)
        out = self._together(ids, [len(prompt) for prompt in prompts], "right")
        out["labels"] = padded(labels, IGNORED, "right", np.int64)
        weights = np.asarray(batch["loss_weight"], np.float32)[:, None]
        out["loss_weights"] = np.where(out["labels"] == IGNORED, np.float32(0), weights).astype(np.float32)
        return {**out, **self._pictures(batch, places), **_kept(batch)}

    def for_inference(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return the prompts only, padded on the left."""
        prompts, places = self._prompts(batch)
        for i, prompt in enumerate(prompts):
            self._check_length("prompt", self.settings.longest_prompt, len(prompt), batch, i)
        out = self._together(prompts, [len(prompt) for prompt in prompts], "left")
        return {**out, **self._pictures(batch, places), **_kept(batch)}

    def _prompts(self, batch: Mapping[str, Any]) -> tuple[list[list[int]], list[tuple[int, int] | None]]:
        """Return the ids of each prompt with <answer>, and the place to draw on its pictures; None for no place."""
        found, places = [], []
        for text in batch["prompt"]:
            tokens, place = tokens_of(text), None
            if self.settings.mask_channel:
                tokens, place = place_of(tokens)
            found.append([*self.words.ids(tokens), ANSWER])
            places.append(place)
        return found, places

    def _target(self, batch: Mapping[str, Any], i: int) -> tuple[list[int], list[int]]:
        """Return the ids of a target with <end>, and its labels."""
        tokens = tokens_of(batch["target"][i])
        ids = [*self.words.ids(tokens), END]
        self._check_known(batch["key"][i], [*tokens_of(batch["prompt"][i]), *tokens])
        span = span_of(self.terms, batch, i)
        if span is None or span.tail == span.stop:
            return ids, ids
        counted = [
            IGNORED if span.tail <= token.start < span.stop else id
            for token, id in zip(tokens, ids, strict=False)
        ]
        return ids, [*counted, END]

    def _check_known(self, where: str, tokens: Sequence[Token]) -> None:
        """Raise LoadError for a word for which the model has no token."""
        for token, id in zip(tokens, self.words.ids(tokens), strict=True):
            if id == UNKNOWN:
                raise LoadError(
                    "the model has no token for a word of the sample",
                    where=where,
                    got=token.name,
                    allowed=f"the {self.words.size} tokens that the model was made with",
                    hint="Make the model with the words of all its data: words_from in the training config.",
                )

    def _check(self, where: str, prompt: Sequence[int], target: Sequence[int]) -> None:
        """Raise LoadError if a sample is longer than the model or `max_length` allows."""
        for name, most, many in (
            ("prompt", self.settings.longest_prompt, len(prompt)),
            ("target", self.settings.longest_target, len(target)),
            ("sample", self.max_length, len(prompt) + len(target)),
        ):
            if most is not None and many > most:
                raise _too_long(name, most, many, where)

    def _check_length(self, name: str, most: int, many: int, batch: Mapping[str, Any], i: int) -> None:
        if many > most:
            keys = batch.get("key")
            raise _too_long(name, most, many, keys[i] if keys is not None else f"sample {i}")

    def _together(self, ids: list[list[int]], prompts: list[int], side: str) -> dict[str, Any]:
        """Return padded ids and masks. prompts: the number of ids of each row's prompt."""
        marks = [[1] * prompt + [0] * (len(row) - prompt) for row, prompt in zip(ids, prompts, strict=True)]
        return {
            "input_ids": padded(ids, PAD, side, np.int64),
            "attention_mask": padded([[1] * len(row) for row in ids], 0, side, np.int64),
            "prompt_mask": padded(marks, 0, side, np.int64),
        }

    def _pictures(self, batch: Mapping[str, Any], places: Sequence[tuple[int, int] | None]) -> dict[str, Any]:
        """Return pictures and a mask of those that exist; {} if the batch has no pictures."""
        if "images" not in batch:
            return {}
        images = np.asarray(batch["images"])
        there = np.asarray(batch["image_mask"], bool)
        side = self.settings.image_size
        if images.dtype != np.uint8 or images.shape[3:] != (side, side, 3):
            raise LoadError(
                "the pictures have a wrong dtype or size for this small model",
                got=f"{images.dtype} {list(images.shape[3:])}",
                allowed=f"uint8 [{side}, {side}, 3]",
                hint=f"Load them with image_size={side}, without normalise.",
            )
        many = len(images)
        images, there = images.reshape(many, -1, side, side, 3), there.reshape(many, -1)
        if images.shape[1] > self.settings.pictures:
            raise LoadError(
                "the samples have more pictures than the model takes",
                got=f"{images.shape[1]} (frames times cameras)",
                allowed=f"up to {self.settings.pictures}",
                hint=f"Set model.pictures to {images.shape[1]}, or load fewer cameras.",
            )
        if self.settings.mask_channel:
            images = marked(images, places)
        return {"pixel_values": images, "image_mask": there}


def _kept(batch: Mapping[str, Any]) -> dict[str, Any]:
    return {name: batch[name] for name in KEPT if name in batch}


def _too_long(name: str, most: int, many: int, where: str) -> LoadError:
    return LoadError(
        f"a {name} is longer than the model takes",
        where=where,
        got=f"{many} words",
        allowed=f"up to {most}",
        hint=f"Set model.{'max_length' if name == 'sample' else f'longest_{name}'} to {many} or more.",
    )
