"""Processors and models of transformers, from a folder or by a name on the hub. Each kind of failure has an error of its own.

A model gets each picture in one piece. Processors that cut a picture into tiles (Idefics3, SmolVLM) are set to make one picture
of the size of a tile instead, which takes a tenth of the tokens.
"""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from vladata.errors import MissingExtra, UsageError

EXTRA = 'pip install "vladata[train]"'


def processor_of(path: str) -> Any:
    """Return the processor of a model. Raises UsageError if there is none, MissingExtra if it needs a missing package."""
    try:
        made = _transformers().AutoProcessor.from_pretrained(path)
    except (ImportError, OSError, ValueError, KeyError, TypeError) as fault:
        # Without torchvision, transformers says of a video processor either that there is none, or that the package is missing.
        of_videos = "load video processor" in str(fault) and find_spec("torchvision") is None
        if of_videos or isinstance(fault, ImportError):
            hint = f"{EXTRA}; video processors (Qwen-VL, SmolVLM2) also need torchvision."
            what, got = "the processor needs a package that is missing", _line(fault)
            raise MissingExtra(what, where=path, got=got, hint=hint) from None
        raise _none("no processor could be loaded", path, fault) from None
    images = getattr(made, "image_processor", None)
    if images is None:
        what, got = "the processor does not take pictures", type(made).__name__
        raise UsageError(what, where=path, got=got, allowed="the processor of an image-text-to-text model")
    if getattr(images, "do_image_splitting", False):
        images.do_image_splitting = False
        images.size = images.max_image_size
    return made


def model_of(path: str, floats: torch.dtype) -> Any:
    """Return a model for pictures and text, its weights in dtype `floats`. Raises UsageError for another model or no model."""
    found = _transformers()
    try:
        config = found.AutoConfig.from_pretrained(path)
    except (OSError, ValueError, KeyError) as fault:
        raise _none("no model could be loaded", path, fault) from None
    if type(config) not in found.AutoModelForImageTextToText._model_mapping:
        raise UsageError(
            "the model does not read pictures and text, and write text",
            where=path,
            got=f"model_type {config.model_type}",
            allowed="an image-text-to-text model of transformers: PaliGemma, SmolVLM, Qwen-VL and others",
        )
    try:
        return found.AutoModelForImageTextToText.from_pretrained(path, dtype=floats)
    except (OSError, ValueError, KeyError, RuntimeError) as fault:
        raise _none("the weights of the model could not be loaded", path, fault) from None


def whole_path(path: str) -> str:
    """Return the absolute path of a folder, so that a checkpoint finds it from anywhere; a name on the hub unchanged."""
    return os.path.abspath(path) if Path(path).exists() else path


def computes_in_bfloat16(device: torch.device, dtype: str) -> bool:
    """Return True if arithmetic on a device is in bfloat16. dtype: float32, bfloat16, or auto: bfloat16 if a GPU has it."""
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
    where = "a folder" if is_folder else "not a folder; as a name on the Hugging Face hub"
    hint = (
        "Give a folder with config.json, weights and processor, or a name on the hub while it can be reached."
    )
    return UsageError(what, where=path, got=f"{where}: {_line(fault)}", hint=hint)


def _line(fault: Exception) -> str:
    said = str(fault).strip().splitlines()
    return said[0][:200] if said else type(fault).__name__
