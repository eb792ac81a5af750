"""Make a codec by name and settings, or from a contract."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from vladata.actions.bounds import NAMES
from vladata.actions.codecs.table import CODECS
from vladata.actions.contract import codec_from_contract
from vladata.actions.grippers import NONE, known_grippers
from vladata.actions.protocol import Codec
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, UnknownName, UsageError, nearest

OF_THE_DATA = ("gripper", "names")


def codec(
    name: str | None = None,
    statistics: Statistics | None = None,
    *,
    contract: Mapping[str, Any] | None = None,
    chunk: int | None = None,
    shorter: bool = False,
    chunks: Iterable[np.ndarray] | None = None,
    **settings: Any,
) -> Codec:
    """Return an action codec by name (docs/codecs.md lists them), or the codec from which a contract was made.

    statistics: statistics of the actions. They give the names, and the range of the bins for bounds "quantiles" and "min_max".
    contract:   an action contract, from a dataset's manifest or its `.contract`; give no other argument with it.
    chunk:      the number of actions that a text spells, one after the other; default 1. From 2 on, actions are [N, chunk, D].
    shorter:    True if a text may also spell fewer than `chunk` actions.
    chunks:     blocks of actions [N, chunk, D], for a codec that learns from them (fast); read once, from first to last.
    bins:       the number of bins per dimension, 2..65,536; the default of most codecs is 256.
    bounds:     the range of the bins: "quantiles" (rt2's default), "min_max", "rt1", "rt1-x", or {"low": [D], "high": [D]}.
    terminate:  "first" (rt2's default), or "none": a text then spells D numbers instead of 1+D.
    gripper:    "open_absolute", "closing_relative" or "none" (default). Where bounds come from statistics, a gripper gets the
                range of its convention. For several grippers {"left_gripper": "open_absolute", ...}, as in a schema.
    names:      the names of the dimensions, if no statistics give them; default: the canonical 7.
    """
    if contract is not None:
        beside = (name, statistics, chunk, chunks)
        if any(each is not None for each in beside) or shorter or settings:
            raise UsageError(
                "a contract holds all settings of a codec; give it alone", got=name or "settings beside it"
            )
        return codec_from_contract(contract)
    if name is None:
        raise UsageError(
            "the name of a codec is missing", got="none", allowed=f"{', '.join(CODECS)}, or contract=..."
        )
    if not isinstance(name, str) or name not in CODECS:
        raise UnknownName("codec", str(name), list(CODECS))
    _check_kinds(statistics, shorter, chunks, settings.get("from"))
    kind = CODECS[name]
    for setting in settings:
        if setting not in (*kind.settings, *OF_THE_DATA):
            known = nearest(setting, (*kind.settings, *OF_THE_DATA))
            raise UsageError(f'codec {name} has no setting "{setting}"', hint=known)
    values = {key: settings.get(key, declared.default) for key, declared in kind.settings.items()}
    names = _names(settings.get("names"), statistics, getattr(kind, "usual_names", NAMES))
    grippers = known_grippers(settings.get("gripper", NONE), names)
    length = 1 if chunk is None else chunk
    if chunks is not None:
        if (fit := getattr(kind, "fit", None)) is None:
            raise UsageError(f"codec {name} does not learn from chunks", got="chunks")
        values["learnt"] = fit(chunks, values, names, grippers, statistics, length)
    made = kind.make(values, names, grippers, statistics, length, shorter)
    if made.chunk != length:
        raise CodecError(
            f"codec {name} cannot spell chunks of this length", got=length, allowed=str(made.chunk)
        )
    return made


def _check_kinds(statistics: object, shorter: object, chunks: object, folder: object) -> None:
    """Raise UsageError if an argument of `codec` has the wrong type."""
    if statistics is not None and not isinstance(statistics, Statistics):
        hint = 'For example vladata.open(OUT).statistics["action"].'
        raise UsageError("statistics must be a Statistics", got=statistics, allowed="a Statistics", hint=hint)
    if not isinstance(shorter, bool):
        raise UsageError("shorter must be True or False", got=shorter)
    if chunks is not None and (isinstance(chunks, str) or not isinstance(chunks, Iterable)):
        allowed = "blocks of actions [N, chunk, D], such as chunks=[actions]"
        raise UsageError("chunks must be blocks of actions", got=chunks, allowed=allowed)
    if folder is not None and not isinstance(folder, str):
        raise UsageError("from must be the path of a folder", got=folder, allowed="a text")


def _names(
    given: Sequence[str] | None, statistics: Statistics | None, usual: tuple[str, ...]
) -> tuple[str, ...]:
    known = usual if statistics is None else statistics.names
    is_list = isinstance(given, Sequence) and not isinstance(given, str)
    if given is not None and not (is_list and all(isinstance(name, str) for name in given)):
        raise UsageError(
            "names must be a list of texts", got=given, allowed='["dx", "dy", ...], one per dimension'
        )
    if given is not None and statistics is not None and tuple(given) != known:
        raise UsageError(
            "names differ from those of the statistics", got=" ".join(given), allowed=" ".join(known)
        )
    return known if given is None else tuple(given)
