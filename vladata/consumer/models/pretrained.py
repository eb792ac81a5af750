"""Processors and models of transformers, from a folder or a name of the hub; what is none of them is told apart.

Pictures go to a model whole. Processors that cut a picture into tiles (Idefics3, SmolVLM) are told to make one picture of it, in
the size of a tile: a tenth of the tokens.
"""

import os
from pathlib import Path
from typing import Any

import torch

from vladata.errors import MissingExtra, UsageError

EXTRA = 'pip install "vladata[train]"'


def processor_of(path: str) -> Any:
    """The processor of a model. Raises UsageError where there is none, MissingExtra where a package that it needs is missing."""
    try:
        made = _transformers().AutoProcessor.from_pretrained(path)
    except ImportError as fault:
        hint = f"{EXTRA}; processors of videos (Qwen-VL, SmolVLM2) need torchvision, too."
        raise MissingExtra(
            "the processor needs another package", where=path, got=_line(fault), hint=hint
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise _none("there is no processor of a model", path, fault) from None
    images = getattr(made, "image_processor", None)
    if images is None:
        what, got = "the processor takes no pictures", type(made).__name__
        raise UsageError(what, where=path, got=got, allowed="that of an image-text-to-text model")
    if getattr(images, "do_image_splitting", False):
        images.do_image_splitting = False
        images.size = images.max_image_size
    return made


def model_of(path: str, floats: torch.dtype) -> Any:
    """A model of pictures and text, its weights in `floats`. Raises UsageError for what is none."""
    found = _transformers()
    try:
        config = found.AutoConfig.from_pretrained(path)
    except (OSError, ValueError, KeyError) as fault:
        raise _none("there is no model", path, fault) from None
    if type(config) not in found.AutoModelForImageTextToText._model_mapping:
        raise UsageError(
            "the model is none that reads pictures and text and writes text",
            where=path,
            got=f"model_type {config.model_type}",
            allowed="an image-text-to-text model of transformers: PaliGemma, SmolVLM, Qwen-VL and others",
        )
    try:
        return found.AutoModelForImageTextToText.from_pretrained(path, dtype=floats)
    except (OSError, ValueError, KeyError, RuntimeError) as fault:
        raise _none("the weights of the model cannot be read", path, fault) from None


def whole_path(path: str) -> str:
    """A folder's path from the root, so that a checkpoint finds it from anywhere; a name of the hub as it is."""
    return os.path.abspath(path) if Path(path).exists() else path


def computes_in_bfloat16(device: torch.device, dtype: str) -> bool:
    """Whether arithmetic on a device is in bfloat16. dtype: auto, float32 or bfloat16; auto: where a GPU has it."""
    if dtype == "auto":
        return device.type == "cuda" and bool(torch.cuda.is_bf16_supported())
    return dtype == "bfloat16"


def _transformers() -> Any:
    try:
        import transformers
    except ImportError:
        raise MissingExtra("models of Hugging Face need transformers", hint=EXTRA) from None
    return transformers


def _none(what: str, path: str, fault: Exception) -> UsageError:
    is_folder = Path(path).is_dir()
    where = "a folder" if is_folder else "no folder; as a name of the Hugging Face hub"
    hint = "Name a folder with config.json, weights and processor, or a name of the hub that can be reached."
    return UsageError(what, where=path, got=f"{where}: {_line(fault)}", hint=hint)


def _line(fault: Exception) -> str:
    said = str(fault).strip().splitlines()
    return said[0][:200] if said else type(fault).__name__
