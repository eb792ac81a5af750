"""A model of Hugging Face on this machine, of the kind image-text-to-text: a folder, or a name on the hub.

Only this file imports torch and transformers, and only when a model is made. The model takes one batch at a time and answers
greedily, so that equal questions have equal answers on one machine.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from PIL import Image

from vladata.annotate.model import Answer, NoAnswer, Query
from vladata.errors import MissingExtra, SourceError


class HuggingFace:
    """A local model. name: folder or name on the hub.   batch: questions at once.   max_tokens: most tokens of an answer."""

    concurrency = 1

    def __init__(self, name: str, batch: int = 1, max_tokens: int = 1024) -> None:
        self.where, self.batch, self.max_tokens = name, batch, max_tokens
        try:
            import torch
            from transformers import AutoModelForImageTextToText, AutoProcessor
        except ImportError as fault:
            hint = 'pip install "vladata[annotate]"'
            raise MissingExtra(f"a local model needs {fault.name}", where=name, hint=hint) from None
        device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            self._model = AutoModelForImageTextToText.from_pretrained(name).eval().to(device)
            self._processor = AutoProcessor.from_pretrained(name)
        except (OSError, ValueError, KeyError) as fault:
            hint = "Give the folder of a model that reads pictures and writes text, or its name on the hub."
            raise SourceError("the model cannot be loaded", where=name, got=str(fault), hint=hint) from None
        tokenizer = self._processor.tokenizer
        tokenizer.padding_side = "left"  # the answer is appended at the right end
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        self._torch = torch

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"model": self.where, "max_tokens": self.max_tokens, "kind": "hugging_face"}

    def answer(self, asked: Sequence[Query]) -> list[Answer | NoAnswer]:
        try:
            return self._answers(asked)
        except (
            RuntimeError,
            ValueError,
        ) as fault:  # not enough memory, or more pictures than the model takes
            return [NoAnswer("model_error", f"{type(fault).__name__}: {fault}", again=False) for _ in asked]

    def _answers(self, asked: Sequence[Query]) -> list[Answer | NoAnswer]:
        prompts = [self._prompt(one) for one in asked]
        pictures = [[Image.open(BytesIO(image)).convert("RGB") for image in one.images] for one in asked]
        inputs = self._processor(text=prompts, images=pictures, return_tensors="pt", padding=True)
        inputs = inputs.to(self._model.device)
        with self._torch.inference_mode():
            made = self._model.generate(**inputs, max_new_tokens=self.max_tokens, do_sample=False)
        width = inputs["input_ids"].shape[1]
        tokenizer = self._processor.tokenizer
        texts = tokenizer.batch_decode(made[:, width:], skip_special_tokens=True)
        ends = self._ends()
        answers: list[Answer | NoAnswer] = []
        for row, text, mask in zip(made[:, width:].tolist(), texts, inputs["attention_mask"], strict=True):
            stop = next((i for i, token in enumerate(row) if token in ends), None)
            cut = stop is None and len(row) >= self.max_tokens
            count = len(row) if stop is None else stop + 1
            answers.append(Answer(text, cut, int(mask.sum()), count))
        return answers

    def _ends(self) -> set[int]:
        """Return the tokens that end an answer."""
        found = self._model.generation_config.eos_token_id
        return set(found) if isinstance(found, list) else {found}

    def _prompt(self, asked: Query) -> str:
        content = [{"type": "image"} for _ in asked.images]
        talk = [{"role": "user", "content": [*content, {"type": "text", "text": asked.prompt}]}]
        text: str = self._processor.apply_chat_template(talk, add_generation_prompt=True)
        return text
