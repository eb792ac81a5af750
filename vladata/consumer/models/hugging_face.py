"""HuggingFaceBackbone: any image-text-to-text model of transformers, as the trainer, the decoder and the policy know it.

FOLDER/backbone.json  {"kind": "hugging_face", "path": of the base, "lora", "template", "between", "max_length"}
FOLDER/processor/     the processor
FOLDER/weights/       the model, or the adapter of one that is read again from its path
FOLDER/vocabulary.json  where token ids stand for bins

What a model takes is its own processor's (vladata.collate.ForProcessor), in training and at inference alike. How it counts places
and keeps keys and values is what its `generate` does (prepare_inputs_for_generation), so that left padding, image positions and
caches are right for each family.
"""

import inspect
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import torch

import vladata
from vladata.consumer.models.backbone import Tensors
from vladata.consumer.models.lora import enlarge, loaded, with_lora
from vladata.errors import MissingFile, UsageError
from vladata.spec.training_model import HuggingFaceModel
from vladata.vocabularies.file import encoded
from vladata.vocabularies.vocabulary import Vocabulary

KIND, DESCRIPTION, PROCESSOR, WEIGHTS, VOCABULARY = (
    "hugging_face",
    "backbone.json",
    "processor",
    "weights",
    "vocabulary.json",
)
NOT_OF_MODELS = ("labels", "loss_weights", "key", "contract")


@dataclass(frozen=True)
class Asked:
    """How the model is used. path: a folder or a name of the hub.   lora: settings of its adapters; None: none."""

    path: str
    template: str = "plain"
    between: str = " "
    max_length: int | None = None
    lora: dict[str, Any] | None = None


class ProcessorTokens:
    """A tokenizer's tokens as text."""

    def __init__(self, tokenizer: Any, size: int, end: int) -> None:
        self._tokenizer, self.size, self.end = tokenizer, size, end
        self._special = set(tokenizer.all_special_ids)
        self._anchor = tokenizer.encode("1", add_special_tokens=False)[-1:]

    def text(self, ids: Sequence[int]) -> str:
        """What the ids of a target say, up to the end, without white space before it."""
        said = list(ids)
        if self.end in said:
            said = said[: said.index(self.end)]
        found: str = self._tokenizer.decode(
            said, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return found.lstrip()

    def piece(self, id: int, first: bool) -> str:
        """What one id adds to a target's text, told by what it adds behind another."""
        if id in self._special or id >= len(self._tokenizer):
            return ""
        both = self._decoded([*self._anchor, id])
        found = both[len(self._decoded(self._anchor)) :]
        return found.lstrip() if first else found

    def _decoded(self, ids: Sequence[int]) -> str:
        found: str = self._tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        return found


class HuggingFaceBackbone:
    """A model of transformers with its processor. module, tokens, image_size: as Backbone says."""

    def __init__(
        self, model: Any, processor: Any, asked: Asked, vocabulary: Vocabulary | None = None
    ) -> None:
        self.module, self.processor, self.asked, self.vocabulary = model, processor, asked, vocabulary
        tokenizer = getattr(processor, "tokenizer", processor)
        size = int(model.get_output_embeddings().weight.shape[0])
        self.tokens = ProcessorTokens(tokenizer, size, _end(tokenizer, processor, asked))
        forward = model.get_base_model().forward if asked.lora else model.forward
        self._takes = set(inspect.signature(forward).parameters) - {"labels"}

    @property
    def image_size(self) -> tuple[int, int] | None:
        """Height and width that the processor would make of every picture; None where it keeps their shape."""
        size = dict(getattr(getattr(self.processor, "image_processor", None), "size", None) or {})
        if size.get("height") and size.get("width"):
            return int(size["height"]), int(size["width"])
        edge = size.get("longest_edge")
        return (int(edge), int(edge)) if edge and edge < 5000 and not size.get("shortest_edge") else None

    def collator(self, max_length: int | None = None) -> Any:
        """What makes its batches."""
        return vladata.collate.ForProcessor(
            self.processor,
            max_length=self.asked.max_length if max_length is None else max_length,
            template=self.asked.template,
            between=self.asked.between,
            vocabulary=self.vocabulary,
        )

    def logits(self, batch: Tensors) -> torch.Tensor:
        """float [B, L, V]; at place t those of the token at t + 1."""
        with self._arithmetic(batch["input_ids"].device):
            found: torch.Tensor = self.module(**self._inputs(batch), use_cache=False).logits
        return found

    def begin(self, batch: Tensors) -> tuple[torch.Tensor, dict[str, Any]]:
        """Logits [B, V] of the first token of the targets, and a state. Prompts are filled up on the left."""
        inputs = self._inputs(batch)
        ids = inputs.pop("input_ids")
        state = {"ids": ids, "kwargs": {**inputs, "use_cache": True}, "is_first": True}
        return self._next(state)

    def extend(self, ids: torch.Tensor, state: dict[str, Any]) -> tuple[torch.Tensor, dict[str, Any]]:
        """Logits [B, V] of the next token, once `ids` int64 [B] have been said."""
        return self._next({**state, "ids": torch.cat([state["ids"], ids[:, None]], 1), "is_first": False})

    def _next(self, state: dict[str, Any]) -> tuple[torch.Tensor, dict[str, Any]]:
        model = self.module.get_base_model() if self.asked.lora else self.module
        kwargs, ids = state["kwargs"], state["ids"]
        if state["is_first"]:
            kwargs["position_ids"] = (kwargs["attention_mask"].cumsum(-1) - 1).clamp(min=0)
        given = model.prepare_inputs_for_generation(
            ids,
            next_sequence_length=None if state["is_first"] else 1,
            is_first_iteration=state["is_first"],
            **kwargs,
        )
        with self._arithmetic(ids.device):
            found = self.module(**given, return_dict=True)
        following = model._update_model_kwargs_for_generation(found, kwargs, is_encoder_decoder=False)
        return found.logits[:, -1], {**state, "kwargs": following}

    def _inputs(self, batch: Tensors) -> dict[str, Any]:
        floats = self.module.dtype
        return {
            name: value.to(floats) if value.is_floating_point() else value
            for name, value in batch.items()
            if name not in NOT_OF_MODELS and name in self._takes
        }

    def _arithmetic(self, device: torch.device) -> Any:
        """bfloat16 where the device computes in it and the weights are float32."""
        wide = device.type == "cuda" and torch.cuda.is_bf16_supported()
        return torch.autocast(device.type, torch.bfloat16, enabled=wide)

    def save(self, folder: Path) -> None:
        """Write the model, or its adapter, into a folder, which may exist."""
        folder.mkdir(parents=True, exist_ok=True)
        said = {"kind": KIND, **asdict(self.asked)}
        (folder / DESCRIPTION).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
        if self.vocabulary is not None:
            (folder / VOCABULARY).write_bytes(encoded(self.vocabulary))
        self.processor.save_pretrained(str(folder / PROCESSOR))
        self.module.save_pretrained(str(folder / WEIGHTS), safe_serialization=True)

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> Self:
        """The model that `save` wrote. Raises MissingFile, UsageError."""
        said = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        said.pop("kind")
        asked = Asked(**said)
        if not (folder / WEIGHTS).exists():
            raise MissingFile("a saved model has no weights", where=str(folder / WEIGHTS))
        file = folder / VOCABULARY
        held = vladata.vocabulary(str(file)) if file.exists() else None
        processor = processor_of(str(folder / PROCESSOR))
        if asked.lora:
            model = loaded(model_of(asked.path, device), processor, folder / WEIGHTS)
        else:
            model = model_of(str(folder / WEIGHTS), device)
        return cls(model.to(device), processor, asked, held)


def from_pretrained(
    spec: HuggingFaceModel, vocabulary: Vocabulary | None = None, seed: int = 0, device: str = "cpu"
) -> HuggingFaceBackbone:
    """The model that a config names, with adapters where it wants them. seed: of new weights.

    Raises UsageError where there is no such model, or the vocabulary is not of its tokenizer."""
    processor, model = processor_of(spec.path), model_of(spec.path, device, spec.dtype)
    lora = None if spec.lora is None else spec.lora.model_dump(mode="json")
    asked = Asked(spec.path, spec.template, spec.between, spec.max_length, lora)
    rows = () if vocabulary is None else sorted(vocabulary.all_ids)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        enlarge(model, processor)
        if spec.lora is not None:
            model = with_lora(model, spec.lora, rows)
    return HuggingFaceBackbone(model.to(device), processor, asked, vocabulary)


def processor_of(path: str) -> Any:
    """The processor of a model. Raises UsageError where there is none."""
    from transformers import AutoProcessor

    try:
        return AutoProcessor.from_pretrained(path)
    except (OSError, ValueError, KeyError) as fault:
        raise UsageError("there is no processor of a model", where=path, got=str(fault)) from None


def model_of(path: str, device: str, dtype: str = "auto") -> Any:
    """A model of pictures and text. Raises UsageError for what is none."""
    from transformers import AutoModelForImageTextToText

    wide = device.startswith("cuda") and torch.cuda.is_bf16_supported()
    floats = torch.bfloat16 if dtype == "bfloat16" or (dtype == "auto" and wide) else torch.float32
    try:
        return AutoModelForImageTextToText.from_pretrained(path, dtype=floats)
    except (OSError, ValueError, KeyError) as fault:
        hint = "A local folder or a hub name of an image-text-to-text model of transformers."
        raise UsageError(
            "there is no model of pictures and text", where=path, got=str(fault), hint=hint
        ) from None


def _end(tokenizer: Any, processor: Any, asked: Asked) -> int:
    """The id that ends a target: the tokenizer's end, or what a chat's template ends a turn with."""
    if asked.template == "chat":
        said = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
        if hasattr(processor, "image_processor"):
            said = [{**each, "content": [{"type": "text", "text": each["content"]}]} for each in said]  # type: ignore[dict-item]
        text = processor.apply_chat_template(said, tokenize=False).rstrip()
        return int(tokenizer.encode(text, add_special_tokens=False)[-1])
    if tokenizer.eos_token_id is None:
        raise UsageError("the tokenizer has no end token", got=type(tokenizer).__name__)
    return int(tokenizer.eos_token_id)
