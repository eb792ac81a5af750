"""How many rows the embedding of a model has, by its config.json.

A model of images and text has a part for text, and the number stands there: PaliGemma's `text_config.vocab_size` is 257,216,
which is what its embedding has, while a `vocab_size` of the whole may be the tokenizer's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from vladata.errors import FormatError, MissingFile, UsageError

OF_TEXT = ("text_config", "language_config", "llm_config", "")
NAME = "vocab_size"


def embedding_rows(path: Path) -> int:
    """The rows by the config at `path`. Raises MissingFile, FormatError, or UsageError where it names no number."""
    try:
        config = orjson.loads(path.read_bytes())
    except OSError as fault:
        raise MissingFile(f"the model's config cannot be read: {fault.strerror}", where=str(path)) from None
    except orjson.JSONDecodeError as fault:
        raise FormatError("the model's config is no JSON", where=str(path), got=str(fault)) from None
    for part in OF_TEXT:
        found: Any = config
        if isinstance(found, Mapping) and part:
            found = found.get(part)
        rows = found.get(NAME) if isinstance(found, Mapping) else None
        if isinstance(rows, int) and not isinstance(rows, bool) and rows > 0:
            return rows
    allowed = ", ".join(f"{part}.{NAME}" if part else NAME for part in OF_TEXT)
    hint = "Say the number of rows itself: --embedding-size N."
    raise UsageError(
        "the model's config does not say how many ids it has", where=str(path), allowed=allowed, hint=hint
    )
