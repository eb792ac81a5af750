"""The action contract: the values that a trainer and a robot must agree on, as one JSON value with its SHA-256.

    version        3
keys of the codec, from which the codec can be made again exactly (codecs with other settings have other keys):

    codec          the kind of codec
    bins           the number of bins per dimension, from 0; {count, least, most} if they begin at another number
    bounds         {low: [D], high: [D], source: [D]}; the exact decimal value of each float32, and the origin of each
    mask           [D], true where the bounds apply, false where a model takes a value unchanged
    names          the names of a text's numbers, in order: terminate first, or not at all
    terminate      the meaning of 0 and 1 in a text; null if it is not spelled
    grippers       {dimension: convention} of each gripper; {} if there is none
    rounding       the formula, in words
    statistics     the statistics that the bounds come from; null if they are fixed
    chunk_length   actions per target
    shorter        true if a target may also spell fewer actions

and keys of the data and the recipe:

    chain          the schema's action chain
    images         cameras and their order, recorded sizes, how images are made (vladata/robot/image_contract.py)
    rotations      {action, state}: the form of the rotation that each holds, "euler_xyz_extrinsic" or another of
                   vladata/transforms/rotations.py; null if it is not known, or there is none
    windows        history: frames that a sample shows; stride: actions from one frame to the next; head, tail: the substitutes
                   for frames before an episode and for actions after it (vladata/spec/windows.py)
    state          the part of the codec that spells the state in prompts and targets; left out if there is none
    every          the number of recorded steps that one action stands for
    control_frequency_hz  actions per second, null if it is not known
    digest         SHA-256 of the canonical JSON of all other keys, 64 hexadecimal digits

The wording of prompts is not in the contract: prompts have their own digest (`vladata/language/prompts.py`), so that no policy is
refused because of a comma. A consumer that finds a digest other than its own shows `differences` and stops. Changing a
word of a rounding rule changes every digest, so change such a rule only if bins change.
"""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from vladata import keys
from vladata.actions.codecs.table import CODECS
from vladata.actions.protocol import Codec
from vladata.errors import SHOWN_BYTES, CodecError, UnknownName

VERSION = 3
OF_THE_RECIPE = (
    "version",
    "chain",
    "images",
    "rotations",
    "windows",
    "state",
    "every",
    "control_frequency_hz",
)

ONE_STEP: Mapping[str, Any] = {"history": 1, "stride": 1, "head": "repeat", "tail": "drop"}
"""`windows` of samples with one frame and one action, or with whole chunks of actions, none cut or repeated."""


def contract(
    codec: Codec,
    *,
    chain: str,
    images: Mapping[str, Any] | None = None,
    rotations: Mapping[str, str | None] | None = None,
    windows: Mapping[str, Any] = ONE_STEP,
    state: Codec | None = None,
    every: int = 1,
    control_frequency_hz: float | None = None,
) -> dict[str, Any]:
    """Return the contract of `codec` and of the values that the data and the recipe give (listed above)."""
    content = {
        "version": VERSION,
        **codec.to_json(),
        "chain": chain,
        "images": dict(images or {}),
        "rotations": dict(rotations or {}),
        "windows": dict(windows),
        **({} if state is None else {"state": state.to_json()}),
        "every": every,
        "control_frequency_hz": control_frequency_hz,
    }
    return {**content, "digest": keys.digest(content)}


def codec_from_contract(contract: Mapping[str, Any], codecs: Mapping[str, type[Codec]] = CODECS) -> Codec:
    """Return exactly the codec from which the contract was made.

    Raises CodecError for a contract that was changed or has another version; UnknownName for a codec not in `codecs`.
    """
    if not isinstance(contract, Mapping):
        raise CodecError(
            "this is not an action contract", got=contract, hint="For example vladata.open(OUT).contract."
        )
    content = {name: value for name, value in contract.items() if name != "digest"}
    if contract.get("version") != VERSION:
        raise CodecError(
            "the action contract is of another version",
            got=contract.get("version"),
            allowed=str(VERSION),
            hint="Read it with the version of vladata that wrote it.",
        )
    if keys.digest(content) != contract.get("digest"):
        hint = "The contract was changed after it was made; take the manifest's."
        raise CodecError(
            "the action contract does not match its digest", got=contract.get("digest"), hint=hint
        )
    if contract.get("codec") not in codecs:
        raise UnknownName("codec", str(contract.get("codec")), list(codecs), "action contract")
    part = {name: value for name, value in content.items() if name not in OF_THE_RECIPE}
    return _made_from(part, codecs[part["codec"]])


def state_codec_from_contract(contract: Mapping[str, Any]) -> Codec | None:
    """Return the codec that spells the state; None if there is none. Raises the errors of `codec_from_contract`."""
    codec_from_contract(contract)
    part = contract.get("state")
    return None if part is None else _made_from(part, CODECS[part["codec"]])


def _made_from(part: Mapping[str, Any], kind: type[Codec]) -> Codec:
    """Return the codec of a part of a contract. Raises CodecError if its `to_json` gives another part: a formula has changed."""
    try:
        codec = kind.from_json(part)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise CodecError(f"the action contract is not one of codec {kind.kind}", got=repr(fault)) from None
    if wrong := differences(part, codec.to_json()):
        what = f"the action contract is not what codec {kind.kind} writes"
        raise CodecError(what, got=wrong[0], hint="Read it with the version of vladata that wrote it.")
    return codec


def differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    """Return one line per value that differs, in the order of `here`: "bounds.low[3]: -0.05 here, -0.1 there"."""
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
    """Return `value` as canonical JSON, the form of which the digest is taken."""
    return "nothing" if value is _ABSENT else keys.canonical_json(value).decode()


def _cut(*texts: str) -> list[str]:
    """Return at most SHOWN_BYTES characters of each text, around the first character that differs."""
    differs = next((i for i, letters in enumerate(zip(*texts, strict=False)) if len(set(letters)) > 1), 0)
    start = max(0, differs - SHOWN_BYTES // 2)
    if start == 0 or max(map(len, texts)) <= SHOWN_BYTES:
        return [text if len(text) <= SHOWN_BYTES else text[:SHOWN_BYTES] + "..." for text in texts]
    return ["..." + text[start : start + SHOWN_BYTES] for text in texts]
