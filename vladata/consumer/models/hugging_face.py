"""HuggingFaceBackbone: any image-text-to-text model of transformers, with the interface of a backbone.

FOLDER/backbone.json    {"kind": "hugging_face", "path": that of the base, "lora": ..., "template": ..., "between": ..., ...}
FOLDER/processor/       the processor
FOLDER/weights/         the model; or an adapter alone, whose base model is loaded from its path
FOLDER/vocabulary.json  the vocabulary; only if token ids stand for bins

A model's inputs come from its own processor (vladata.collate.ForProcessor), in training and at inference. The model's own methods
for `generate` compute positions and cache keys and values, so that left padding and picture positions are right for each family.
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
class HuggingFaceSettings:
    """The settings of a model. path: a folder or a name on the hub.   lora: settings of its adapters; None if it has none.

    The other fields are as in HuggingFaceModel."""

    path: str
    template: str
    between: str
    dtype: str
    max_length: int | None = None
    lora: dict[str, Any] | None = None


class HuggingFaceBackbone:
    """A model of transformers with its processor. module, tokens, image_size: as in Backbone."""

    def __init__(
        self, module: Any, processor: Any, asked: HuggingFaceSettings, vocabulary: Vocabulary | None = None
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
        """The model of transformers, with the adapters inside it if there are some."""
        return self.module.get_base_model() if self.asked.lora else self.module

    @property
    def image_size(self) -> tuple[int, int] | None:
        """(height, width) to which the processor resizes every picture; None if it keeps the aspect ratio."""
        size = dict(getattr(self.processor.image_processor, "size", None) or {})
        if size.get("height") and size.get("width"):
            return int(size["height"]), int(size["width"])
        edge = None if size.get("shortest_edge") else size.get("longest_edge")
        return (int(edge), int(edge)) if edge else None

    def collator(self, max_length: int | None = None) -> CheckedLabels:
        """Return the collator of its batches. max_length: most tokens of a sample; None takes the model's own setting."""
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
        """Return logits, float [B, L, V]; at place t those of the token at t + 1."""
        with self._arithmetic(batch["input_ids"].device):
            found: torch.Tensor = self.module(**self._inputs(batch), use_cache=False).logits
        return found

    def begin(self, batch: Tensors) -> tuple[torch.Tensor, dict[str, Any]]:
        """Return logits [B, V] of the first token of the targets, and a state. The prompts must be padded on the left."""
        inputs = self._inputs(batch)
        ids = inputs.pop("input_ids")
        # In Qwen's models, the positions of pictures are not those of their tokens, and do not follow from the attention mask.
        places = self._model._prepare_position_ids_for_generation(ids, dict(inputs))
        return self._next(ids, {**inputs, "position_ids": places, "use_cache": True}, None)

    def extend(self, ids: torch.Tensor, state: dict[str, Any]) -> tuple[torch.Tensor, dict[str, Any]]:
        """Add the tokens `ids`, int64 [B], and return logits [B, V] of the next token, and the new state.

        A state can be extended only once."""
        return self._next(torch.cat([state["ids"], ids[:, None]], 1), state["inputs"], 1)

    def _next(
        self, ids: torch.Tensor, inputs: dict[str, Any], new: int | None
    ) -> tuple[torch.Tensor, dict[str, Any]]:
        """Return the logits after the last token. new: the number of ids that are not in the cache yet; None: all ids."""
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
        """Return the model's inputs of a batch, with pictures in the dtype of its weights."""
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
        # The adapter holds the trained rows. Without this option, peft would ask the hub if the whole embedding must be saved.
        also = {"save_embedding_layers": False} if self.asked.lora else {}
        self.module.save_pretrained(str(folder / WEIGHTS), **also)

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> Self:
        """Load the model that `save` wrote.

        Raises MissingFile, MalformedJson, OutputError, and UsageError if the base model of an adapter is missing."""
        described = folder / DESCRIPTION
        said = json.loads(described.read_text(encoding="utf-8"))
        said.pop("kind")
        try:
            asked = HuggingFaceSettings(**said)
        except TypeError as fault:
            raise MalformedJson(
                "the model's description lacks a key, or has an unknown one",
                where=str(described),
                got=str(fault),
            ) from None
        for part in (PROCESSOR, WEIGHTS):
            if not (folder / part).exists():
                what = "a folder of a saved model is missing"
                raise MissingFile(what, where=str(folder / part), hint="Copy the whole folder again.")
        file = folder / VOCABULARY
        held = vladata.vocabulary(str(file)) if file.exists() else None
        processor = processor_of(str(folder / PROCESSOR))
        floats = weights_in(torch.device(device), asked)
        model = model_of(asked.path if asked.lora else str(folder / WEIGHTS), floats)
        enlarge(model, len(processor.tokenizer))
        module = loaded(model, folder / WEIGHTS) if asked.lora else model
        return cls(module.to(device), processor, asked, held)


def weights_in(device: torch.device, asked: HuggingFaceSettings) -> torch.dtype:
    """Return the dtype of a model's weights: float32 if they are trained, else the dtype of the arithmetic.

    In bfloat16, small steps of training would be rounded away."""
    wide = asked.lora is not None and computes_in_bfloat16(device, asked.dtype)
    return torch.bfloat16 if wide else torch.float32
