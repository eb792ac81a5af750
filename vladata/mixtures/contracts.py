"""A comparison of the action contracts of a mixture's sources: with other contracts, equal targets have other meanings."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

SETTINGS = ("codec", "bins", "grippers", "rotations", "chunk_length", "control_frequency_hz")
"""Entries of a contract that give numbers in targets their meaning, in addition to the names and bounds of dimensions."""
AT_MOST = 4  # names of one kind in a remark


def differences(contracts: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """Yield one remark if sources have several action contracts, with the dimensions and settings that differ.

    contracts: source -> the action contracts of its samples; none for a web corpus.
    """
    digests: dict[str, list[str]] = {}
    known: dict[str, Mapping[str, Any]] = {}
    for source, found in contracts.items():
        for contract in found:
            digests.setdefault(contract["digest"], []).append(source)
            known[contract["digest"]] = contract
    if len(known) < 2:
        return
    told = [*_dimensions(list(known.values())), *_settings(list(known.values()))]
    groups = "; ".join(", ".join(sources) for sources in digests.values())
    yield (
        f"{len(known)} action contracts are mixed ({groups}): the same number in a target means different actions. "
        f"They differ in {', '.join(told) or 'their statistics'}. A policy has to be told whose contract it answers in."
    )


def _dimensions(contracts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the dimensions that some contracts lack, and those whose bounds differ."""
    names = [each["names"] for each in contracts]
    shared = [name for name in names[0] if all(name in others for others in names)]
    alone = [name for name in dict.fromkeys(chain.from_iterable(names)) if name not in shared]
    if alone:
        yield f"dimensions that not all have ({_listed(alone)})"
    other = [name for name in shared if len({_bounds(each, name) for each in contracts}) > 1]
    if other:
        yield f"the bounds of {_listed(other)}"


def _bounds(contract: Mapping[str, Any], name: str) -> str:
    """Return the lowest and highest value of a dimension as text; "" if the codec has no bounds for it."""
    bounds = contract.get("bounds")
    place = contract["names"].index(name) - (contract["names"][0] == "terminate")
    if not isinstance(bounds, Mapping) or place < 0 or place >= len(bounds.get("low", ())):
        return ""
    return f"{bounds['low'][place]} {bounds['high'][place]}"


def _settings(contracts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for name in SETTINGS:
        if len({str(each.get(name)) for each in contracts}) > 1:
            yield f"{name} ({' and '.join(dict.fromkeys(_short(each.get(name)) for each in contracts))})"


def _short(value: object) -> str:
    return ", ".join(str(each) for each in value.values()) if isinstance(value, Mapping) else str(value)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - AT_MOST
    return ", ".join(names[:AT_MOST]) + (f" and {more} more" if more > 0 else "")
