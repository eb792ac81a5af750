"""A vocabulary as a file: one JSON object, a line a key."""

import os
from pathlib import Path

import orjson

from vladata.errors import FormatError, MissingFile, OutputError
from vladata.vocabularies.vocabulary import Vocabulary


def vocabulary(path: str | os.PathLike[str]) -> Vocabulary:
    """The vocabulary in a file that `vladata vocab make` wrote.

    Raises MissingFile, FormatError for what is no JSON, CodecError for a vocabulary that was changed.
    """
    try:
        data = orjson.loads(Path(path).read_bytes())
    except OSError as fault:
        what = f"the vocabulary cannot be read: {fault.strerror}"
        raise MissingFile(what, where=str(path), hint="vladata vocab make writes one.") from None
    except orjson.JSONDecodeError as fault:
        raise FormatError("the vocabulary is no JSON", where=str(path), got=str(fault)) from None
    return Vocabulary.from_json(data)


def encoded(value: Vocabulary) -> bytes:
    """The file's bytes: equal vocabularies give equal bytes."""
    lines = (
        f"  {orjson.dumps(key).decode()}: {orjson.dumps(part).decode()}"
        for key, part in value.to_json().items()
    )
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def write(value: Vocabulary, path: str, overwrite: bool = False) -> None:
    """Writes the file. Raises OutputError where one is there already and may not be replaced, or cannot be written."""
    if Path(path).exists() and not overwrite:
        raise OutputError(
            "there is such a file already", where=path, hint="Give another name, or --overwrite."
        )
    unfinished = Path(f"{path}.unfinished")
    try:
        unfinished.write_bytes(encoded(value))
        unfinished.replace(path)
    except OSError as fault:
        unfinished.unlink(missing_ok=True)
        raise OutputError(f"the vocabulary cannot be written: {fault.strerror}", where=path) from None
