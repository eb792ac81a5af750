"""A vocabulary as a file: one JSON object, one line per key."""

import os
from pathlib import Path

import orjson

from vladata.errors import FormatError, MissingFile, OutputError
from vladata.vocabularies.vocabulary import Vocabulary


def vocabulary(path: str | os.PathLike[str]) -> Vocabulary:
    """Return the vocabulary in a file that `vladata vocab make` wrote.

    Raises MissingFile, FormatError for a file that is not JSON, CodecError for a vocabulary that was changed.
    """
    try:
        data = orjson.loads(Path(path).read_bytes())
    except OSError as fault:
        what = f"the vocabulary cannot be read: {fault.strerror}"
        raise MissingFile(what, where=str(path), hint="Make one with vladata vocab make.") from None
    except orjson.JSONDecodeError as fault:
        raise FormatError("the vocabulary is not JSON", where=str(path), got=str(fault)) from None
    return Vocabulary.from_json(data)


def encoded(value: Vocabulary) -> bytes:
    """Return the bytes of the file of a vocabulary; equal vocabularies give equal bytes."""
    lines = (
        f"  {orjson.dumps(key).decode()}: {orjson.dumps(part).decode()}"
        for key, part in value.to_json().items()
    )
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def write(value: Vocabulary, path: str, overwrite: bool = False) -> None:
    """Write a vocabulary to a file. Raises OutputError if the file exists and `overwrite` is False, or cannot be written."""
    if Path(path).exists() and not overwrite:
        raise OutputError("the file exists already", where=path, hint="Give another name, or --overwrite.")
    unfinished = Path(f"{path}.unfinished")
    try:
        unfinished.write_bytes(encoded(value))
        unfinished.replace(path)
    except OSError as fault:
        unfinished.unlink(missing_ok=True)
        raise OutputError(f"the vocabulary cannot be written: {fault.strerror}", where=path) from None
