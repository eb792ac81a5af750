"""The action contract: all that a dataset, a trainer and a robot must agree on, as one JSON value with its SHA-256.

    version        1
    codec          kind of the codec
    bins           how many a dimension
    bounds         {low: [D], high: [D], source}; the exact decimal value of each float32
    mask           [D], true where the bounds apply
    names          what a text spells, in order, terminate first
    terminate      what 0 and 1 mean in a text
    gripper        convention of the dimension "gripper"
    rounding       the formula, in words
    statistics     what the bounds come from; null where they are fixed
    chain          the schema's action chain
    instruction    how instructions are normalised
    prompt, target the templates
    images         how images are made: size, quality, the rule; empty where they are as they were recorded
    chunk_length   actions a target, 1
    every          recorded steps that an action stands for
    control_frequency_hz  actions a second, null where it is not established
    digest         SHA-256 of the canonical JSON of all the rest, 64 hexadecimal digits

A consumer that finds another digest than it was made for shows `differences` and stops. Changing a word of RULE changes
every digest: it is worth that only when a bin changes.
"""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from vladata import keys
from vladata.actions.bounds import Bounds
from vladata.actions.codec import DEFAULT_BOUNDS, ActionCodec
from vladata.actions.statistics import Statistics
from vladata.actions.uniform import RULE
from vladata.errors import SHOWN_BYTES, CodecError, UnknownName

VERSION = 1
TERMINATE_MEANS = {"0": "the episode ends with this step", "1": "the episode goes on"}


def contract(
    codec: ActionCodec,
    *,
    prompt: str,
    target: str,
    chain: str,
    instruction: Mapping[str, Any],
    images: Mapping[str, Any] | None = None,
    every: int = 1,
    control_frequency_hz: float | None = None,
) -> dict[str, Any]:
    """The contract of `codec` and the recipe: its templates, and its rules for instructions and images as JSON."""
    content = {
        "version": VERSION,
        "codec": codec.kind,
        "bins": codec.bins,
        "bounds": {
            "low": list(codec.bounds.low),
            "high": list(codec.bounds.high),
            "source": codec.bounds.source,
        },
        "mask": [True] * len(codec.names),
        "names": list(codec.spelled_names),
        "terminate": TERMINATE_MEANS,
        "gripper": codec.gripper,
        "rounding": RULE,
        "statistics": codec.statistics.to_json() if codec.statistics else None,
        "chain": chain,
        "instruction": dict(instruction),
        "prompt": prompt,
        "target": target,
        "images": dict(images or {}),
        "chunk_length": 1,
        "every": every,
        "control_frequency_hz": control_frequency_hz,
    }
    return {**content, "digest": keys.digest(content)}


def codec_from_contract(contract: Mapping[str, Any]) -> ActionCodec:
    """The codec that the contract was made from, exactly."""
    content = {name: value for name, value in contract.items() if name != "digest"}
    if contract.get("version") != VERSION:
        hint = "Read it with the version of vladata that wrote it."
        raise CodecError(
            "the action contract is of another version",
            got=contract.get("version"),
            allowed=str(VERSION),
            hint=hint,
        )
    if keys.digest(content) != contract.get("digest"):
        hint = "The contract was changed after it was made; take the manifest's."
        raise CodecError(
            "the action contract does not match its digest", got=contract.get("digest"), hint=hint
        )
    if contract["codec"] not in DEFAULT_BOUNDS:
        raise UnknownName("codec", contract["codec"], list(DEFAULT_BOUNDS), "action contract")
    bounds, statistics = contract["bounds"], contract["statistics"]
    return ActionCodec(
        contract["codec"],
        contract["bins"],
        tuple(contract["names"][1:]),
        Bounds(tuple(bounds["low"]), tuple(bounds["high"]), bounds["source"]),
        contract["gripper"],
        Statistics.from_json(statistics) if statistics else None,
    )


def differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    """One line for each value that differs, in the order of `here`: "bounds.low[3]: -0.05 here, -0.1 there"."""
    return [line for line in _differences("", here, there) if not line.startswith("digest: ")]


_ABSENT = object()


def _differences(path: str, here: Any, there: Any) -> Iterator[str]:
    if isinstance(here, Mapping) and isinstance(there, Mapping):
        for name in [*here, *(name for name in there if name not in here)]:
            inner = f"{path}.{name}" if path else name
            yield from _differences(inner, here.get(name, _ABSENT), there.get(name, _ABSENT))
    elif isinstance(here, list | tuple) and isinstance(there, list | tuple):
        for i, (left, right) in enumerate(zip_longest(here, there, fillvalue=_ABSENT)):
            yield from _differences(f"{path}[{i}]", left, right)
    elif _json(here) != _json(there):
        ours, theirs = _cut(_json(here), _json(there))
        yield f"{path}: {ours} here, {theirs} there"


def _json(value: object) -> str:
    """What the digest is taken of."""
    return "nothing" if value is _ABSENT else keys.canonical_json(value).decode()


def _cut(*texts: str) -> list[str]:
    """At most SHOWN_BYTES characters of each, those around the first that differs."""
    differs = next((i for i, letters in enumerate(zip(*texts, strict=False)) if len(set(letters)) > 1), 0)
    start = max(0, differs - SHOWN_BYTES // 2)
    if start == 0 or max(map(len, texts)) <= SHOWN_BYTES:
        return [text if len(text) <= SHOWN_BYTES else text[:SHOWN_BYTES] + "..." for text in texts]
    return ["..." + text[start : start + SHOWN_BYTES] for text in texts]
