"""The prompts of a batch, made by a processor: ids with its image tokens, marks of the tokens, and pictures.

Training and inference both use this file, so that a model gets the same prompts in both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vladata.errors import LoadError, UsageError
from vladata.loaders.collators.encoder import Encoder

TEMPLATES = ("plain", "chat")
ENDS_ALIKE = 3  # ids at the end of a prompt that show that its text is last
WRAPPED = ("<|vision_start|>", "<|vision_end|>")  # around an image token of Qwen's models


@dataclass(frozen=True)
class PromptIds:
    """The prompts of B samples.

    ids:      the ids of each prompt.
    texts:    the text of each prompt, if nothing follows it in the prompt; else None.
    by_token: name -> a list of B rows with a mark for each id: "token_type_ids", "mm_token_type_ids".
    pictures: all other results of the processor.
    """

    ids: list[list[int]]
    texts: list[str | None]
    by_token: Mapping[str, list[list[int]]] = field(default_factory=dict)
    pictures: Mapping[str, Any] = field(default_factory=dict)


class Prompts:
    """A maker of prompts. See ForProcessor."""

    def __init__(
        self, processor: Any, encoder: Encoder, template: str, image_text: str | None, do_resize: bool | None
    ) -> None:
        if template not in TEMPLATES:
            raise UsageError("unknown template", got=template, allowed=", ".join(TEMPLATES))
        self.processor, self.encoder, self.template, self.do_resize = processor, encoder, template, do_resize
        self.image_processor: Any = getattr(processor, "image_processor", None)
        self.image_text = self._image_text(image_text) if self.image_processor is not None else ""
        self._right_sizes = set[tuple[int, ...]]()

    def _image_text(self, given: str | None) -> str:
        if given is not None or self.template == "chat":
            return given or ""
        token = getattr(self.processor, "image_token", None)
        token = getattr(token, "content", token)
        if not token:
            raise UsageError(
                "the processor does not name the text that stands for a picture",
                got=type(self.processor).__name__,
                hint='Give image_text="<image>", or the text that its model uses; or template="chat".',
            )
        known = self.encoder.tokenizer.get_vocab()
        return f"{WRAPPED[0]}{token}{WRAPPED[1]}" if all(mark in known for mark in WRAPPED) else str(token)

    def __call__(self, batch: Mapping[str, Any]) -> PromptIds:
        """Return the prompts of a batch. Raises LoadError, which names the sample, if the processor cannot take it."""
        prompts: list[str] = batch["prompt"]
        shown = self._shown(batch)
        texts = [self.text(prompt, len(pictures)) for prompt, pictures in zip(prompts, shown, strict=True)]
        if not texts:
            return PromptIds([], [])
        if self.image_processor is None:
            ids = [self._open(row) for row in self.encoder.all(texts, special=self.template == "plain")]
            return PromptIds(ids, list(texts))
        for key, pictures in zip(batch["key"], shown, strict=True):
            if not pictures:
                raise LoadError(
                    "the sample shows no picture, but the processor expects pictures",
                    where=key,
                    hint="Load its task or source separately, with the tokenizer alone.",
                )
        return self._processed(texts, shown)

    def text(self, prompt: str, pictures: int) -> str:
        """Return the text of a prompt with the texts that stand for its pictures."""
        if self.template == "plain":
            return self.image_text * pictures + prompt
        return self._chat([self._user(prompt, pictures)], True)

    def ending(self, prompt: str, target: str, where: str) -> str:
        """Return the text that a chat template puts after the assistant's words, without white space at its end."""
        asked = self._chat([self._user(prompt, 0)], True)
        content: Any = [{"type": "text", "text": target}] if self.image_processor is not None else target
        whole = self._chat([self._user(prompt, 0), {"role": "assistant", "content": content}], False)
        rest = whole[len(asked) :]
        if not whole.startswith(asked) or not rest.startswith(target):
            raise LoadError(
                "the chat template changes the text of the prompt or the target when both are given",
                where=where,
                got=rest,
                allowed=target,
                hint='Take template="plain", or a template that leaves them as they are.',
            )
        return rest[len(target) :].rstrip()

    def _user(self, prompt: str, pictures: int) -> dict[str, Any]:
        if self.image_processor is None:
            return {"role": "user", "content": prompt}
        content = [*({"type": "image"} for _ in range(pictures)), {"type": "text", "text": prompt}]
        return {"role": "user", "content": content}

    def _chat(self, messages: list[dict[str, Any]], opened: bool) -> str:
        return str(self.processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=opened))

    def _shown(self, batch: Mapping[str, Any]) -> list[list[np.ndarray]]:
        """Return the pictures of each sample that are not missing, uint8 [h, w, 3]: its own step first, then earlier frames."""
        if self.image_processor is None or "images" not in batch:
            return [[] for _ in batch["prompt"]]
        images, there = batch["images"], batch["image_mask"]
        if images.dtype != np.uint8:
            raise UsageError(
                "the processor scales pictures itself, but these are scaled already",
                got=str(images.dtype),
                allowed="uint8: leave normalise out",
            )
        return [list(frames[mask]) for frames, mask in zip(images, there, strict=True)]

    def _processed(self, texts: list[str], shown: list[list[np.ndarray]]) -> PromptIds:
        given = {"return_tensors": "np", "padding": True, "truncation": False}
        pictures = {"input_data_format": "channels_last", "do_resize": self._resizes(shown)}
        made = dict(self.processor(images=shown, text=texts, **given, **pictures))
        made.pop("labels", None)  # PaliGemma's processor returns labels for a prompt alone
        ids, mask = np.asarray(made.pop("input_ids")), np.asarray(made.pop("attention_mask")) > 0
        marks = {name: made.pop(name) for name in list(made) if name.endswith("token_type_ids")}
        rows = [self._open(row[there].tolist()) for row, there in zip(ids, mask, strict=True)]
        by_token = {
            name: [
                row[there].tolist()[: len(own)] for row, there, own in zip(values, mask, rows, strict=True)
            ]
            for name, values in marks.items()
        }
        encoded = self.encoder.batch(texts)
        last = [
            text if self._ends_alike(row, encoded.encode(text)) else None
            for text, row in zip(texts, rows, strict=True)
        ]
        return PromptIds(rows, last, by_token, made)

    def _open(self, ids: list[int]) -> list[int]:
        """Return the ids without the end token that the tokenizer puts after every text, since the target follows."""
        end = self.encoder.tokenizer.eos_token_id
        return ids[:-1] if self.template == "plain" and ids and ids[-1] == end else ids

    def _ends_alike(self, ids: Sequence[int], text: Sequence[int]) -> bool:
        """Return True if the processor put nothing after the text of a prompt."""
        many = min(ENDS_ALIKE, len(text))
        return many > 0 and list(ids[-many:]) == list(text[-many:])

    def _resizes(self, shown: list[list[np.ndarray]]) -> bool:
        """Return the processor's setting for resizing. Raises UsageError if it would resize pictures a second time."""
        if self.do_resize is not None:
            return self.do_resize
        for picture in (picture for pictures in shown for picture in pictures):
            if picture.shape not in self._right_sizes:
                self._check_size(picture)
                self._right_sizes.add(picture.shape)
        return False

    def _check_size(self, picture: np.ndarray) -> None:
        """Raise UsageError unless the processor's result is the same with and without resizing, and no value is lost.

        Some processors always resize to a size of their own; some return every frame of a still picture twice.
        """
        made = []
        for resized in (True, False):
            given = {"return_tensors": "np", "input_data_format": "channels_last", "do_resize": resized}
            try:
                made.append(np.asarray(self.image_processor([[picture]], **given)["pixel_values"]))
            except (ValueError, TypeError, IndexError):
                made.append(np.zeros(0))  # the processor does not accept this size
        whole = made[0].size in (picture.size, 2 * picture.size)
        if not whole or made[0].shape != made[1].shape or not np.allclose(made[0], made[1], atol=1e-6):
            size = getattr(self.image_processor, "size", None)
            raise UsageError(
                "the processor would resize pictures that the loader has resized already",
                got=f"{picture.shape[0]} x {picture.shape[1]}",
                allowed=f"{size}",
                hint="Load them in the processor's size (image_size=...), or pass do_resize=True to have them resized twice.",
            )
