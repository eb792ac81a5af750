"""HuggingFaceBackbone: any image-text-to-text model of transformers, as the trainer, the decoder and the policy know it.

FOLDER/backbone.json    {"kind": "hugging_face", "path": of the base, "lora": ..., "template": ..., "between": ..., ...}
FOLDER/processor/       the processor
FOLDER/weights/         the model, or the adapter of one that is read again from its path
FOLDER/vocabulary.json  where token ids stand for bins

What a model takes is its own processor's (vladata.collate.ForProcessor), in training and at inference alike. Places,
keys and values are kept as its `generate` does it, so that left padding, places of pictures and caches are right for each family.
"""

import inspect
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import torch

import vladata
from vladata.consumer.models.backbone import Tensors
from vladata.consumer.models.checked_labels import CheckedLabels
from vladata.consumer.models.lora import enlarge, loaded
from vladata.consumer.models.pretrained import computes_in_bfloat16, model_of, processor_of
from vladata.consumer.models.processor_tokens import ProcessorTokens, end_of
from vladata.errors import CodecError, MalformedJson, MissingFile
from vladata.vocabularies.file import encoded
from vladata.vocabularies.vocabulary import Vocabulary

KIND, DESCRIPTION, PROCESSOR, WEIGHTS, VOCABULARY = (
    "hugging_face",
    "backbone.json",
    "processor",
    "weights",
    "vocabulary.json",
)
PICTURES = ("image_token_id", "image_token_index", "video_token_id")


@dataclass(frozen=True)
class Asked:
    """How the model is used. path: a folder or a name of the hub.   lora: settings of its adapters; None: none.

    The others are those of HuggingFaceModel."""

    path: str
    template: str
    between: str
    dtype: str
    max_length: int | None = None
    lora: dict[str, Any] | None = None


class HuggingFaceBackbone:
    """A model of transformers with its processor. module, tokens, image_size: as Backbone says."""

    def __init__(
        self, module: Any, processor: Any, asked: Asked, vocabulary: Vocabulary | None = None
    ) -> None:
        self.module, self.processor, self.asked, self.vocabulary = module, processor, asked, vocabulary
        size = int(self._model.get_output_embeddings().weight.shape[0])
        if vocabulary is not None and vocabulary.embedding_needed > size:
            raise CodecError(
                "the vocabulary has ids beyond the model's embedding",
                where=asked.path,
                got=vocabulary.embedding_needed - 1,
                allowed=f"0 to {size - 1}",
                hint="Make a vocabulary for this model's tokenizer (vladata vocab make).",
            )
        tokenizer = processor.tokenizer
        end = end_of(tokenizer, processor, asked.template)
        self.tokens = ProcessorTokens(tokenizer, size, end)
        self._takes = set(inspect.signature(self._model.forward).parameters) - {"labels"}

    @property
    def _model(self) -> Any:
        """The model of transformers, adapters inside where it has them."""
        return self.module.get_base_model() if self.asked.lora else self.module

    @property
    def image_size(self) -> tuple[int, int] | None:
        """Height and width that the processor would make of every picture; None where it keeps their shape."""
        size = dict(getattr(self.processor.image_processor, "size", None) or {})
        if size.get("height") and size.get("width"):
            return int(size["height"]), int(size["width"])
        edge = None if size.get("shortest_edge") else size.get("longest_edge")
        return (int(edge), int(edge)) if edge else None

    def collator(self, max_length: int | None = None) -> CheckedLabels:
        """What makes its batches. max_length: tokens of a sample at most; None: the model's own setting."""
        made = vladata.collate.ForProcessor(
            self.processor,
            max_length=self.asked.max_length if max_length is None else max_length,
            template=self.asked.template,
            between=self.asked.between,
            vocabulary=self.vocabulary,
        )
        known = (getattr(self._model.config, name, None) for name in PICTURES)
        return CheckedLabels(made, self.tokens.end, frozenset(id for id in known if id is not None))

    def logits(self, batch: Tensors) -> torch.Tensor:
        """float [B, L, V]; at place t those of the token at t + 1."""
        with self._arithmetic(batch["input_ids"].device):
            found: torch.Tensor = self.module(**self._inputs(batch), use_cache=False).logits
        return found

    def begin(self, batch: Tensors) -> tuple[torch.Tensor, dict[str, Any]]:
        """Logits [B, V] of the first token of the targets, and a state. Prompts are filled up on the left."""
        inputs = self._inputs(batch)
        ids = inputs.pop("input_ids")
        # Places of pictures in Qwen's models are not those of their tokens, nor do they follow from the attention mask.
        places = self._model._prepare_position_ids_for_generation(ids, dict(inputs))
        return self._next(ids, {**inputs, "position_ids": places, "use_cache": True}, None)

    def extend(self, ids: torch.Tensor, state: dict[str, Any]) -> tuple[torch.Tensor, dict[str, Any]]:
        """Logits [B, V] of the next token, once `ids` int64 [B] have been said. A state is gone on with once."""
        return self._next(torch.cat([state["ids"], ids[:, None]], 1), state["inputs"], 1)

    def _next(
        self, ids: torch.Tensor, inputs: dict[str, Any], new: int | None
    ) -> tuple[torch.Tensor, dict[str, Any]]:
        """Logits behind the last token. new: how many ids no keys and values are kept of; None: of all."""
        given = self._model.prepare_inputs_for_generation(
            ids, next_sequence_length=new, is_first_iteration=new is None, **inputs
        )
        with self._arithmetic(ids.device):
            found = self.module(**given, return_dict=True)
        following = self._model._update_model_kwargs_for_generation(
            found, dict(inputs), is_encoder_decoder=False
        )
        return found.logits[:, -1], {"ids": ids, "inputs": following}

    def _inputs(self, batch: Tensors) -> dict[str, Any]:
        """What the model takes of a batch, pictures in the numbers of its weights."""
        floats = self._model.dtype
        return {
            name: value.to(floats) if value.is_floating_point() else value
            for name, value in batch.items()
            if name in self._takes
        }

    def _arithmetic(self, device: torch.device) -> Any:
        wide = computes_in_bfloat16(device, self.asked.dtype)
        return torch.autocast(device.type, torch.bfloat16, enabled=wide)

    def save(self, folder: Path) -> None:
        """Write the model, or its adapter, into a folder, which may exist."""
        folder.mkdir(parents=True, exist_ok=True)
        said = {"kind": KIND, **asdict(self.asked)}
        (folder / DESCRIPTION).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
        if self.vocabulary is not None:
            (folder / VOCABULARY).write_bytes(encoded(self.vocabulary))
        self.processor.save_pretrained(str(folder / PROCESSOR))
        # Rows that are trained are in the adapter; peft would ask the hub whether the whole embedding is to be, too.
        also = {"save_embedding_layers": False} if self.asked.lora else {}
        self.module.save_pretrained(str(folder / WEIGHTS), **also)

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> Self:
        """The model that `save` wrote.

        Raises MissingFile, MalformedJson, OutputError, UsageError where the base of an adapter is not there."""
        described = folder / DESCRIPTION
        said = json.loads(described.read_text(encoding="utf-8"))
        said.pop("kind")
        try:
            asked = Asked(**said)
        except TypeError as fault:
            raise MalformedJson(
                "this describes no model of this version", where=str(described), got=str(fault)
            ) from None
        for part in (PROCESSOR, WEIGHTS):
            if not (folder / part).exists():
                what = "a part of a saved model is missing"
                raise MissingFile(what, where=str(folder / part), hint="Copy the whole folder.")
        file = folder / VOCABULARY
        held = vladata.vocabulary(str(file)) if file.exists() else None
        processor = processor_of(str(folder / PROCESSOR))
        floats = weights_in(torch.device(device), asked)
        model = model_of(asked.path if asked.lora else str(folder / WEIGHTS), floats)
        enlarge(model, len(processor.tokenizer))
        module = loaded(model, folder / WEIGHTS) if asked.lora else model
        return cls(module.to(device), processor, asked, held)


def weights_in(device: torch.device, asked: Asked) -> torch.dtype:
    """The numbers of a model's weights: those that are trained in float32, as bfloat16 would round small steps away; frozen
    ones as the arithmetic is."""
    wide = asked.lora is not None and computes_in_bfloat16(device, asked.dtype)
    return torch.bfloat16 if wide else torch.float32
