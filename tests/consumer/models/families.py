"""Image-text-to-text models of three families as folders: tiny configs, random weights, tokenizers made here.

Each has more rows in its embedding than its tokenizer has tokens, as published models do.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.loaders import processors

SPARE = 7  # rows of the embedding beyond the tokenizer's tokens
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "initializer_range": 0.2,
}


def _ids(tokenizer: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer) + SPARE,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


def _siglip(patches: int) -> dict[str, int]:
    """An encoder with so many patches along a side."""
    return {
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": processors.SIDE,
        "patch_size": processors.SIDE // patches,
    }


def paligemma(folder: Path, tied: bool = True) -> tuple[Any, Any]:
    """A SigLIP encoder of four patches before a Gemma."""
    from transformers import PaliGemmaConfig, PaliGemmaForConditionalGeneration

    processor = processors.paligemma(folder)
    ids = _ids(processor.tokenizer)
    vision = _siglip(patches=2)
    config = PaliGemmaConfig(
        text_config={"model_type": "gemma", "head_dim": 16, **TEXT, **ids},
        vision_config={"model_type": "siglip_vision_model", "projection_dim": 32, **vision},
        image_token_index=processor.tokenizer.convert_tokens_to_ids("<image>"),
        projection_dim=32,
        hidden_size=32,
        tie_word_embeddings=tied,
        **ids,
    )
    return PaliGemmaForConditionalGeneration(config), processor


def smolvlm(folder: Path, tied: bool = True) -> tuple[Any, Any]:
    """A SigLIP encoder whose 16 patches become four tokens, before a Llama; Idefics3's processor, as the first SmolVLMs have."""
    from transformers import SmolVLMConfig, SmolVLMForConditionalGeneration

    processor = processors.idefics3(folder)
    ids = _ids(processor.tokenizer)
    vision = _siglip(patches=4)
    config = SmolVLMConfig(
        text_config={"model_type": "llama", "tie_word_embeddings": tied, **TEXT, **ids},
        vision_config=vision,
        image_token_id=processor.tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        tie_word_embeddings=tied,
        pad_token_id=ids["pad_token_id"],
    )
    return SmolVLMForConditionalGeneration(config), processor


class PicturesAlone:
    """Makes a processor of Qwen2-VL that takes no videos (those need torchvision), and that AutoProcessor knows by its name."""

    @staticmethod
    def of(made: Any) -> Any:
        """A processor with the pictures and the tokenizer of another."""
        from transformers import AutoProcessor, PreTrainedConfig, Qwen2VLProcessor
        from transformers.processing_utils import ProcessorMixin

        class Qwen2VLPictures(Qwen2VLProcessor):
            def __init__(self, image_processor: Any = None, tokenizer: Any = None, chat_template: Any = None):
                self.image_token, self.video_token = "<|image_pad|>", "<|video_pad|>"
                self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
                self.video_token_id = tokenizer.convert_tokens_to_ids(self.video_token)
                ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)

        class NoConfig(PreTrainedConfig):
            model_type = "pictures_alone"

        AutoProcessor.register(NoConfig, Qwen2VLPictures, exist_ok=True)
        chat = processors.CHAT.replace("<image>", "<|vision_start|><|image_pad|><|vision_end|>")
        return Qwen2VLPictures(made.image_processor, made.tokenizer, chat)


def _qwen(folder: Path, tied: bool, kind: str, vision: dict[str, Any]) -> tuple[Any, Any]:
    import transformers

    processor = PicturesAlone.of(processors.qwen2_vl(folder))
    tokenizer = processor.tokenizer
    ids = _ids(tokenizer)
    marks = {
        "image_token_id": tokenizer.convert_tokens_to_ids("<|image_pad|>"),
        "video_token_id": tokenizer.convert_tokens_to_ids("<|video_pad|>"),
        "vision_start_token_id": tokenizer.convert_tokens_to_ids("<|vision_start|>"),
        "vision_end_token_id": tokenizer.convert_tokens_to_ids("<|vision_end|>"),
    }
    rope = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10000.0}
    config = getattr(transformers, f"{kind}Config")(
        text_config={**TEXT, **ids, "rope_parameters": rope, "tie_word_embeddings": tied},
        vision_config={"depth": 2, "num_heads": 2, "patch_size": 8, "spatial_merge_size": 2, **vision},
        tie_word_embeddings=tied,
        **marks,
    )
    return getattr(transformers, f"{kind}ForConditionalGeneration")(config), processor


def qwen2_vl(folder: Path, tied: bool = False) -> tuple[Any, Any]:
    """An encoder of 8 x 8 patches, four of which become a token, before a Qwen2 with places in three directions."""
    return _qwen(folder, tied, "Qwen2VL", {"embed_dim": 32, "hidden_size": 32, "mlp_ratio": 2})


def qwen2_5_vl(folder: Path, tied: bool = False) -> tuple[Any, Any]:
    """The same with windows of 32 pixels in the encoder."""
    vision = {"hidden_size": 32, "out_hidden_size": 32, "intermediate_size": 48, "window_size": 32}
    return _qwen(folder, tied, "Qwen2_5_VL", {**vision, "fullatt_block_indexes": [1]})


FAMILIES: dict[str, Callable[..., tuple[Any, Any]]] = {
    "paligemma": paligemma,
    "smolvlm": smolvlm,
    "qwen2_vl": qwen2_vl,
    "qwen2_5_vl": qwen2_5_vl,
}


def write(name: str, folder: Path, **how: Any) -> Path:
    """Write a model of a family with its processor, weights of seed 0, as a folder of transformers; return the folder."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model, processor = FAMILIES[name](folder / "made", **how)
    model.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    model.generation_config.pad_token_id = processor.tokenizer.pad_token_id
    model.save_pretrained(str(folder / name))
    processor.save_pretrained(str(folder / name))
    return folder / name


def spec(path: Path, **settings: Any) -> Any:
    """The model part of a config."""
    from vladata.spec.training_model import HuggingFaceModel

    return HuggingFaceModel.model_validate_json(
        json.dumps({"kind": "hugging_face", "path": str(path), **settings})
    )


def tensors(found: dict[str, Any]) -> dict[str, Any]:
    """The arrays of a collator as tensors."""
    import torch

    return {name: torch.from_numpy(value) for name, value in found.items() if isinstance(value, np.ndarray)}


def learn(backbone: Any, batch: dict[str, Any], steps: int = 2) -> list[float]:
    """Learn a batch for some steps; the loss before each."""
    import torch

    from vladata.consumer.training.loss import surprise

    weights = [weight for weight in backbone.module.parameters() if weight.requires_grad]
    optimizer, losses = torch.optim.AdamW(weights, lr=1e-2), []
    backbone.module.train()
    for _ in range(steps):
        found = surprise(backbone.logits(batch), batch)
        loss = (found.losses * found.weights).sum() / found.weights.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    backbone.module.eval()
    return losses


def said(backbone: Any, asked: dict[str, Any], steps: int) -> Any:
    """The likeliest ids, one after another, by begin and extend: int64 [B, steps]."""
    import torch

    with torch.no_grad():
        logits, state = backbone.begin(asked)
        ids = [logits.argmax(-1)]
        for _ in range(steps - 1):
            logits, state = backbone.extend(ids[-1], state)
            ids.append(logits.argmax(-1))
        return torch.stack(ids, 1)


def vocabulary_of(backbone: Any, terms: Any, folder: Path) -> Any:
    """Bins on the greatest ids, as if texts used these least."""
    from vladata.vocabularies.counts import Counts
    from vladata.vocabularies.demand import demand_of
    from vladata.vocabularies.overwrite_least_used import overwrite_least_used
    from vladata.vocabularies.tokenizer import open_tokenizer

    backbone.processor.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer = open_tokenizer(folder / "tokenizer.json")
    (codec,) = terms.codecs.values()
    counts = Counts(np.arange(tokenizer.size)[::-1].copy(), 1)
    return overwrite_least_used(demand_of(codec), tokenizer, counts=counts)
