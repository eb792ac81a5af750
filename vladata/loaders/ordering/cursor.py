"""The place of a training run: a few numbers and words, saved so that the run can continue with the next sample.

It does not depend on the number of ranks, workers or threads: `position` counts the samples that all ranks have got.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from vladata.errors import UsageError

VERSION = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """The settings that decide an order: a run can continue from the state of another run if all of them are equal.

    dataset:   the digest of the manifest.
    selection: the positions in the dataset, as a text: "0:800:1"; for a selection, their checksum and number.
    order:     "samples" or "episodes".
    shuffle:   1, or 0 if samples come as they are stored.
    seed:      0 to 2^63 - 1.
    shares:    each source of a mixture with its share, "robot=1/2 web/captions=2/5 web/vqa=1/10"; else "".
    """

    dataset: str
    selection: str
    order: str
    shuffle: int
    seed: int
    shares: str = ""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The place from which a mixture is dealt in global batches of one size. Orders of single datasets have no anchor.

    batch:           samples of a global batch.
    epoch, position: the place.
    wholes, lasts:   the numbers from which whole global batches, and shorter last batches of epochs, are counted.
    given:           the number of samples of each source before this place.
    """

    batch: int
    epoch: int
    position: int
    wholes: int
    lasts: int
    given: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in an order.

    epoch:    from 0.   position: samples of this epoch that all ranks together have got.
    lanes:    in episode order the number of lanes; else 0.
    anchor:   for a mixture; else None.
    """

    identity: Identity
    epoch: int
    position: int
    lanes: int = 0
    anchor: Anchor | None = None

    def at(self, epoch: int, position: int) -> "Cursor":
        """Return the cursor at another place of the same order."""
        return replace(self, epoch=epoch, position=position)

    def to_json(self) -> dict[str, Any]:
        """Return the cursor as JSON data: numbers, texts and, for a mixture, one list of numbers."""
        own = {name: getattr(self.identity, name) for name in _names(Identity)}
        state = {"version": VERSION, **own, "epoch": self.epoch, "position": self.position}
        if self.lanes:
            state["lanes"] = self.lanes
        if self.anchor is not None:
            anchor = {name: getattr(self.anchor, name) for name in _names(Anchor)}
            state["anchor"] = {**anchor, "given": list(self.anchor.given)}
        return state

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Cursor":
        """Return the cursor from the result of to_json. Raises UsageError for other data."""
        if not isinstance(data, Mapping) or data.get("version") != VERSION:
            got = data.get("version") if isinstance(data, Mapping) else type(data).__name__
            raise _unlike("the state has another version", got, f"version {VERSION}")
        own = _checked(Identity, {name: data.get(name) for name in _names(Identity)})
        plain = data.get("anchor")
        anchor = None
        if plain is not None:
            if not isinstance(plain, Mapping) or not isinstance(plain.get("given"), list | tuple):
                raise _unlike("the state's anchor is damaged", plain, f"a map of {', '.join(_names(Anchor))}")
            given = tuple(_number("anchor.given", value) for value in plain["given"])
            rest = {name: plain.get(name) for name in _names(Anchor)}
            anchor = _checked(Anchor, {**rest, "given": given})
        epoch, position, lanes = (
            _number(name, data.get(name, absent))
            for name, absent in (("epoch", None), ("position", None), ("lanes", 0))
        )
        if more := sorted(set(data) - {"version", "lanes", "anchor", "epoch", "position", *_names(Identity)}):
            raise _unlike("the state has unknown entries", ", ".join(map(str, more)), "")
        return cls(own, epoch, position, lanes, anchor)

    def fits(self, identity: Identity) -> None:
        """Raise UsageError, which names the first difference, unless the cursor is a place in the order of `identity`."""
        for name, says in _DIFFERS.items():
            expected, got = getattr(self.identity, name), getattr(identity, name)
            if expected != got:
                raise UsageError(
                    f"the state belongs to another run: {says}",
                    where=name,
                    got=got,
                    allowed=str(expected),
                    hint="Use the settings of the state, or begin without it.",
                )


_DIFFERS = {
    "dataset": "the dataset differs (by the digest of its manifest)",
    "selection": "the loaded split or selection of the dataset differs",
    "order": "the order differs",
    "shuffle": "shuffle differs",
    "seed": "the seed differs",
    "shares": "the weights of the mixture's sources differ",
}


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]


def _checked(kind: type, values: Mapping[str, Any]) -> Any:
    """Return an object of a class whose fields are texts and numbers, each checked."""
    found: dict[str, Any] = {}
    for field in fields(kind):
        value = values[field.name]
        if field.type is str:
            if not isinstance(value, str):
                raise _unlike(f"{field.name} of the state is not a text", value, "text")
            found[field.name] = value
        else:
            found[field.name] = value if isinstance(value, tuple) else _number(field.name, value)
    return kind(**found)


def _number(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _unlike(f"{name} of the state is not a whole number from 0", value, "a whole number, 0 or more")
    return value


def _unlike(says: str, got: Any, allowed: str) -> UsageError:
    return UsageError(
        says,
        where="state",
        got=got,
        allowed=allowed,
        hint="Give the state as state_dict() returned it, with the version of vladata that made it.",
    )
