"""The number of rows of a model's embedding, from its config.json.

The config of a model of images and text has a part for text, which holds the number: PaliGemma's `text_config.vocab_size` is
257,216, the number of rows of its embedding, while `vocab_size` of the whole model may be the tokenizer's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from vladata.errors import FormatError, MissingFile, UsageError

OF_TEXT = ("text_config", "language_config", "llm_config", "")
NAME = "vocab_size"


def embedding_rows(path: Path) -> int:
    """Return the number of rows that the config at `path` gives. Raises MissingFile, FormatError, or UsageError if it has
    none."""
    try:
        config = orjson.loads(path.read_bytes())
    except OSError as fault:
        raise MissingFile(f"the model's config cannot be read: {fault.strerror}", where=str(path)) from None
    except orjson.JSONDecodeError as fault:
        raise FormatError("the model's config is not JSON", where=str(path), got=str(fault)) from None
    for part in OF_TEXT:
        found: Any = config
        if isinstance(found, Mapping) and part:
            found = found.get(part)
        rows = found.get(NAME) if isinstance(found, Mapping) else None
        if isinstance(rows, int) and not isinstance(rows, bool) and rows > 0:
            return rows
    allowed = ", ".join(f"{part}.{NAME}" if part else NAME for part in OF_TEXT)
    hint = "Give the number of rows: --embedding-size N."
    raise UsageError("the model's config has no number of ids", where=str(path), allowed=allowed, hint=hint)
