"""A CLIP of two layers with random weights, its tokenizer and its image processor, as a folder; nothing is downloaded."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPProcessor,
    CLIPTextConfig,
    CLIPVisionConfig,
    PreTrainedTokenizerFast,
)

WORDS = (
    "[UNK]",
    "[PAD]",
    "[BOS]",
    "[EOS]",
    "a",
    "dog",
    "cat",
    "on",
    "the",
    "beach",
    "red",
    "plate",
    "what",
    "is",
    "?",
)
LAYERS = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
LONGEST = 12


def write(folder: Path) -> None:
    torch.manual_seed(3)
    ends = {"bos_token_id": 2, "eos_token_id": 3, "pad_token_id": 1}
    text = CLIPTextConfig(vocab_size=len(WORDS), max_position_embeddings=LONGEST, **LAYERS, **ends)
    vision = CLIPVisionConfig(image_size=32, patch_size=8, **LAYERS)
    config = CLIPConfig(text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=16)
    CLIPModel(config).save_pretrained(folder)
    images = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    CLIPProcessor(images, _tokenizer()).save_pretrained(folder)


def _tokenizer() -> PreTrainedTokenizerFast:
    inner = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    inner.pre_tokenizer = Whitespace()
    inner.post_processor = TemplateProcessing(
        single="[BOS] $A [EOS]", special_tokens=[("[BOS]", 2), ("[EOS]", 3)]
    )
    names = {"bos_token": "[BOS]", "eos_token": "[EOS]", "unk_token": "[UNK]", "pad_token": "[PAD]"}
    return PreTrainedTokenizerFast(tokenizer_object=inner, **names)
