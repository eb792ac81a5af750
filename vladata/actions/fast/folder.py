"""Read a FAST tokenizer from a local folder: FAST+, or another that the published code saved. Code in the folder is not run.

    processor_config.json   scale, vocab_size, min_token, action_dim and time_horizon (null where they are left open)
    tokenizer.json          the vocabulary and merges, in the format of huggingface/tokenizers

Only tokenizers of the published `fit` are accepted: byte pairs over GPT-2's byte-level rule, no added tokens, no normalisation;
the error for another names the part that differs. No file states the greatest coefficient. It is the last of the characters 0, 1,
... that the vocabulary holds without a gap, since the published alphabet is the whole range that was fitted.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vladata.actions.fast.bpe import Bpe
from vladata.actions.fast.learnt import Learnt
from vladata.actions.fast.train import Merge
from vladata.errors import SHOWN_BYTES, CodecError, MalformedJson, MissingFile

CONFIG, TOKENIZER = "processor_config.json", "tokenizer.json"
PROCESSOR = "UniversalActionProcessor"
_BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
_MODEL: Mapping[str, Sequence[Any]] = {
    "type": ("BPE",),
    "dropout": (None, 0, 0.0),
    "unk_token": (None,),
    "continuing_subword_prefix": (None, ""),
    "end_of_word_suffix": (None, ""),
    "byte_fallback": (None, False),
    "ignore_merges": (None, False),
}
"""Key of the model in tokenizer.json -> the values that change nothing."""


def read_folder(
    path: str, chunk: int, dimensions: int, scale: float | None = None, vocabulary: int | None = None
) -> tuple[Learnt, float]:
    """Return the vocabulary and scale of a folder; `scale` and `vocabulary` (its size), if given, must equal the folder's.

    Raises MissingFile, MalformedJson, or CodecError for a tokenizer that the published code does not make, or for chunks of
    another length or width.
    """
    texts = {name: _read(Path(path) / name) for name in (CONFIG, TOKENIZER)}
    config, tokenizer = (_parsed(Path(path) / name, text) for name, text in texts.items())
    where = str(Path(path) / CONFIG)
    if config.get("processor_class", PROCESSOR) != PROCESSOR:
        raise CodecError(
            "this is not a FAST processor", where=where, got=config["processor_class"], allowed=PROCESSOR
        )
    steps, size, least = (_number(config, key, where) for key in ("scale", "vocab_size", "min_token"))
    if not steps > 0:
        raise CodecError("scale must be above 0", where=where, got=steps)
    for key, ours in (
        ("action_dim", dimensions),
        ("time_horizon", chunk),
        ("scale", scale),
        ("vocab_size", vocabulary),
    ):
        theirs = config.get(key)
        if theirs is not None and ours is not None and theirs != ours:
            raise CodecError(
                f"{key} differs from that of the recipe and the data",
                where=where,
                got=theirs,
                allowed=str(ours),
            )
    bpe = _vocabulary(tokenizer, str(Path(path) / TOKENIZER))
    if len(bpe) > size:
        what = "the vocabulary has more ids than vocab_size says"
        raise CodecError(what, where=str(Path(path) / TOKENIZER), got=len(bpe), allowed=f"at most {size}")
    singles = set(bpe.singles)
    numbers = next(n for n in range(len(singles) + 1) if chr(n) not in singles)
    if not numbers:
        what = "the vocabulary does not begin with the characters 0, 1, ... of the coefficients"
        raise CodecError(
            what, where=str(Path(path) / TOKENIZER), got=bpe.singles[:1] or "no single character"
        )
    digests = {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
    return Learnt(int(least), int(least) + numbers - 1, bpe, digests), float(steps)


def _vocabulary(tokenizer: Mapping[str, Any], where: str) -> Bpe:
    if tokenizer.get("added_tokens"):
        got = [token.get("content") for token in tokenizer["added_tokens"] if isinstance(token, Mapping)]
        raise CodecError("the tokenizer has added tokens", where=where, got=got, allowed="none")
    if tokenizer.get("normalizer") is not None:
        raise CodecError(
            "the tokenizer changes texts", where=f"{where}, normalizer", got=tokenizer["normalizer"]
        )
    for part, wanted in (("pre_tokenizer", _BYTE_LEVEL), ("decoder", {"type": "ByteLevel"})):
        found = tokenizer.get(part)
        if not isinstance(found, Mapping) or any(
            found.get(key, True) != value for key, value in wanted.items()
        ):
            raise CodecError(
                "the tokenizer is not byte-level", where=f"{where}, {part}", got=found, allowed=str(wanted)
            )
    model = tokenizer.get("model")
    if not isinstance(model, Mapping):
        raise CodecError("the tokenizer has no model", where=where, got=model)
    for key, values in _MODEL.items():
        if model.get(key) not in values:
            raise CodecError(
                "the model is not that of a FAST tokenizer",
                where=f"{where}, model.{key}",
                got=model.get(key),
                allowed=str(values[0]),
            )
    return _byte_pairs(model.get("vocab"), model.get("merges"), where)


def _byte_pairs(vocab: Any, merges: Any, where: str) -> Bpe:
    if (
        not isinstance(vocab, Mapping)
        or not vocab
        or sorted(vocab.values(), key=repr) != sorted(range(len(vocab)), key=repr)
    ):
        raise CodecError("the ids are not 0, 1, 2, ...", where=f"{where}, model.vocab")
    tokens = sorted(vocab, key=vocab.__getitem__)
    singles = "".join(token for token in tokens if len(token) == 1)
    if tokens[: len(singles)] != sorted(singles):
        what = "the single characters are not the first ids, in the order of their codes"
        raise CodecError(what, where=f"{where}, model.vocab", hint="The published fit orders them so.")
    if not isinstance(merges, list):
        raise CodecError("the model has no merges", where=f"{where}, model.merges", got=merges)
    found: list[Merge] = []
    for number, merge in enumerate(merges):
        parts = merge.split(" ") if isinstance(merge, str) else merge
        if (
            not isinstance(parts, list)
            or len(parts) != 2
            or not {*parts, "".join(map(str, parts))} <= set(vocab)
        ):
            raise CodecError(
                "a merge does not join two tokens to a third",
                where=f"{where}, model.merges[{number}]",
                got=merge,
            )
        found.append((vocab[parts[0]], vocab[parts[1]], vocab[parts[0] + parts[1]]))
    bpe = Bpe(singles, tuple(found))
    if bpe.tokens != tuple(tokens):
        raise CodecError("the vocabulary has tokens that no merge makes", where=f"{where}, model.vocab")
    return bpe


def _number(config: Mapping[str, Any], key: str, where: str) -> float:
    value = config.get(key)
    whole = key != "scale"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise CodecError(f"{key} must be a {'whole ' if whole else ''}number", where=where, got=value)
    return value


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        hint = f"A folder of a FAST tokenizer has {CONFIG} and {TOKENIZER}; a relative path starts at the working directory."
        raise MissingFile(
            "a file of the FAST tokenizer cannot be read", where=str(path), got=fault.strerror, hint=hint
        ) from None


def _parsed(path: Path, text: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise MalformedJson("this is not JSON", where=str(path), got=str(fault)) from None
    if not isinstance(found, Mapping):
        raise MalformedJson("this is not a JSON object", where=str(path), got=str(found)[:SHOWN_BYTES])
    return found
