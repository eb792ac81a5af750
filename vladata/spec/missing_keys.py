"""The error for keys that a schema names and the data lacks. It offers similar keys of the data."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from vladata.errors import MissingKey
from vladata.spec.references import Reference, parse


def missing_keys(
    schema: str, missing: list[tuple[str, str]], available: Collection[str], values: Collection[str]
) -> MissingKey:
    """Return one error for all keys of the schema that the data lacks, or has outside the steps.

    missing: (path of the key in the schema's file, reference) for each. available: keys of the steps; values: other keys.
    """
    of_words = {path for path, _ in missing if path.startswith("language.")}
    parsed = {path: parse(text) for path, text in missing}
    keys = {path: text if path in of_words else _path(parsed[path], text) for path, text in missing}
    named = ", ".join(f'"{key}" ({path})' for path, key in keys.items())
    many = len(set(keys.values())) > 1
    hint = (
        _columns_of_words([key for path, key in keys.items() if path in of_words], [*available, *values])
        or _once({path: key for path, key in keys.items() if path not in of_words}, values)
        or _close(keys, available, values)
        or "Correct the schema, or name the one that is for this data."
    )
    return MissingKey(
        f"the data has no {'keys' if many else 'key'} {named}",
        where=f"schema {schema}",
        allowed=", ".join(sorted(available)) or "nothing: the data has no keys",
        hint=hint,
    )


def _path(reference: Reference | None, text: str) -> str:
    return reference.path if reference else text


def _columns_of_words(keys: list[str], known: Collection[str]) -> str:
    """Return advice for a column of texts such as "language_instruction[0]"; "" where there is none."""
    found = [(key, _path(parse(key), key)) for key in keys]
    wrong = [(key, path) for key, path in found if path != key and path in known]
    if not wrong:
        return ""
    return f'"{wrong[0][1]}" is there; choose one of its texts with language.take: first, drawn or a number.'


def _once(keys: Mapping[str, str], values: Collection[str]) -> str:
    """Return a sentence for a key that is in the data, but outside the steps; "" where there is none."""
    found = [path for path, key in keys.items() if key in values]
    if not found:
        return ""
    what = (
        "is there once an episode, and not in every step; only language, filter_episode, success and "
        "episode_key read such values."
    )
    film = " A Video with one frame for each step can be a camera with `--reader tfds`."
    return f'"{keys[found[0]]}" {what}' + (film if found[0].startswith("cameras.") else "")


def _close(keys: Mapping[str, str], available: Collection[str], values: Collection[str]) -> str:
    """Return the nearest keys of the data as a question; "" where none is near."""
    close = {}
    for path, key in keys.items():
        known = [*available, *values] if path.startswith("language.") else list(available)
        if match := get_close_matches(key, known, n=1):
            close[key] = match[0]
    offers = ", ".join(f'"{match}" for "{key}"' for key, match in close.items())
    return f"Did you mean {offers}?" if offers else ""
