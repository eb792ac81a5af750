"""A vocabulary: the token ids that stand for each bin, as a value with a digest.

    bins   1 128 91                        integers: "A: 1 128 91" ends in the tokens " 1" " 128" " 91"
    ids    31998 31871 31908               last-ids, 32,000 ids: one id for each bin

The ids of a target are `start`, the ids of the first bin, the ids of each later bin, and `end`. Only numbers that are spelled as
text (kind integers) can have different ids at the first place than later, or several ids per bin.

Ids are read strictly. Every bin must begin with an id that occurs only at the beginning of a bin, so that ids can be split into
bins in only one way. A vocabulary without this property is refused when it is made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from vladata import keys
from vladata.actions.contract import codec_from_contract
from vladata.actions.protocol import Codec
from vladata.errors import CodecError, ParseError
from vladata.vocabularies.demand import FREE, Demand, demand_of

VERSION = 1
MOST = 2**31 - 1
SHOWN = 5  # the most items of a list that a message shows

Ids = tuple[int, ...]


@dataclass(frozen=True)
class Vocabulary:
    """The token ids that stand for bins least..most.

    kind:      integers, overwrite-least-used, last-ids, added-tokens or fast-ids.
    least:     the least bin; the others follow, one by one.
    widths:    the number of bins per action, terminate included, of the codecs that it was made for; 0 if it is not fixed.
    first:     the ids of each bin as the first of a target, [size].
    later:     the ids of each bin at any later place, including the space before it, [size].
    start:     ids before the first bin, or ().
    end:       ids after the last bin, or ().
    pieces:    id -> its token in the tokenizer's spelling, for all ids above.
    tokenizer: {"digest", "size"} of the tokenizer that it was made for: SHA-256 of its tokens by id, and their number.
    made:      the settings with which it was made: plain numbers, texts, lists and maps.
    """

    kind: str
    least: int
    widths: tuple[int, ...]
    first: tuple[Ids, ...]
    later: tuple[Ids, ...]
    start: Ids = ()
    end: Ids = ()
    pieces: Mapping[int, str] = field(default_factory=dict)
    tokenizer: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.first) != len(self.later) or not self.first:
            raise self._refusal(
                f"ids are given for {len(self.first)} bins at the first place, for {len(self.later)} later"
            )
        outside = [id for id in self.all_ids if not 0 <= id <= MOST]
        if outside:
            raise self._refusal(f"{outside[0]} is not a token id", "Are there as many ids as bins?")
        self._check_apart()

    def _check_apart(self) -> None:
        """Raise CodecError if a sequence of ids can be split into bins in two ways."""
        for table in (self.first, self.later):
            of_ids: dict[Ids, int] = {}
            for b, ids in enumerate(table, self.least):
                if not ids:
                    raise self._refusal(f"no id stands for bin {b}")
                if ids in of_ids:
                    raise self._refusal(f"bins {of_ids[ids]} and {b} have the same ids, {self._told(ids)}")
                of_ids[ids] = b
        inner = {id for ids in (*self.first, *self.later) for id in ids[1:]}
        if run_on := sorted(self.openers & inner):
            says = f"{self._told(run_on)} begin a bin and also occur within one, so bins cannot be told apart"
            raise self._refusal(says)
        if wrapped := sorted({*self.start, *self.end} & {id for ids in self._entries for id in ids}):
            raise self._refusal(f"{self._told(wrapped)} stand for bins and also for the start or the end")

    def _refusal(self, what: str, hint: str = "") -> CodecError:
        return CodecError(what, where=f"vocabulary {self.kind}", hint=hint)

    def _told(self, ids: Sequence[int]) -> str:
        more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
        return ", ".join(self.named(id) for id in ids[:SHOWN]) + more

    def named(self, id: int) -> str:
        """Return `id` in the form of messages, with its token if it is known."""
        return f"{id} ({self.pieces[id]!r})" if id in self.pieces else str(id)

    @property
    def size(self) -> int:
        """The number of bins."""
        return len(self.first)

    @property
    def most(self) -> int:
        """The greatest bin."""
        return self.least + self.size - 1

    @cached_property
    def is_one_id_a_bin(self) -> bool:
        """True if each bin is one id, the same at every place."""
        return self.first == self.later and all(len(ids) == 1 for ids in self.first)

    @cached_property
    def all_ids(self) -> frozenset[int]:
        """All ids of bins, of the start and of the end."""
        return frozenset({*self.start, *self.end, *(id for ids in self._entries for id in ids)})

    @property
    def embedding_needed(self) -> int:
        """The number of rows that a model's embedding needs at least: one more than the greatest id."""
        return max(self.all_ids) + 1

    @property
    def _entries(self) -> tuple[Ids, ...]:
        return (*self.first, *self.later)

    @cached_property
    def openers(self) -> frozenset[int]:
        """The first ids of bins at later places; they occur nowhere else."""
        return frozenset(ids[0] for ids in self.later)

    @cached_property
    def _table(self) -> np.ndarray:
        """The id of each bin, int32 [size]; only if each bin is one id."""
        return np.array([ids[0] for ids in self.first], np.int32)

    def ids(self, bins: np.ndarray | Sequence[int]) -> np.ndarray:
        """Return the ids of one target's bins (any shape, read in C order), int32 [n]. Raises CodecError for a wrong bin."""
        found = np.asarray(bins)
        if found.dtype.kind not in "iu" or not found.size:
            got = f"{found.dtype}, shape {list(found.shape)}"
            raise CodecError("expected at least one bin, whole numbers", got=got)
        found = found.reshape(-1)
        outside = (found < self.least) | (found > self.most)
        if outside.any():
            at = int(outside.argmax())
            where, allowed = f"place {at + 1}", f"{self.least} to {self.most}"
            raise CodecError(
                "the vocabulary lacks this bin", where=where, got=int(found[at]), allowed=allowed
            )
        found = found - self.least
        if self.is_one_id_a_bin and not self.start and not self.end:
            alone: np.ndarray = self._table[found]
            return alone
        head, *rest = found.tolist()
        spelled = [*self.start, *self.first[head], *(id for b in rest for id in self.later[b]), *self.end]
        return np.array(spelled, np.int32)

    def bins(self, ids: np.ndarray | Sequence[int]) -> np.ndarray:
        """Return the bins of a target's ids, int32 [m]. Raises ParseError, which names the first wrong id and its place."""
        found = np.asarray(ids).reshape(-1)
        if found.size and found.dtype.kind not in "iu":
            raise ParseError("token ids are not whole numbers", got=str(found.dtype))
        values: list[int] = found.tolist()
        inner = self._unwrapped(values)
        bins, at, table = list[int](), len(self.start), self._of_first
        while inner:
            size = next((i for i, id in enumerate(inner) if i and id in self.openers), len(inner))
            entry = tuple(inner[:size])
            if entry not in table:
                raise self._no_bin(entry, at, table)
            bins.append(table[entry] + self.least)
            inner, at, table = inner[size:], at + size, self._of_later
        if not bins:
            raise ParseError("the ids of bins are missing", got=str(values), allowed=self._allowed)
        return np.array(bins, np.int32)

    @cached_property
    def _of_first(self) -> dict[Ids, int]:
        return {ids: b for b, ids in enumerate(self.first)}

    @cached_property
    def _of_later(self) -> dict[Ids, int]:
        return {ids: b for b, ids in enumerate(self.later)}

    @property
    def _allowed(self) -> str:
        return f"the ids of {self.size} bins of vocabulary {self.kind}"

    def _unwrapped(self, ids: list[int]) -> list[int]:
        start, end = list(self.start), list(self.end)
        if ids[: len(start)] != start:
            raise ParseError("the start token is missing", got=str(ids), allowed=self._told(self.start))
        if end and ids[len(start) :][-len(end) :] != end:
            raise ParseError("the end token is missing", got=str(ids), allowed=self._told(self.end))
        return ids[len(start) : len(ids) - len(end)]

    def _no_bin(self, entry: Ids, at: int, table: Mapping[Ids, int]) -> ParseError:
        """Return the ParseError for ids that do not stand for a bin, `at` ids after the beginning."""
        known = {id for ids in table for id in ids}
        place, strange = next(((i, id) for i, id in enumerate(entry) if id not in known), (0, None))
        if strange is not None:
            says = f"id {self.named(strange)} at place {at + place + 1} does not stand for a bin there"
        else:
            says = f"ids {self._told(entry)} from place {at + 1} on are not a bin together"
        return ParseError(says, allowed=self._allowed)

    def require(self, codec: Codec) -> None:
        """Raise CodecError if the vocabulary was made for another codec: with other bins, or actions of another width."""
        wanted = demand_of(codec)
        hint = "Make a vocabulary for this codec: vladata vocab make."
        if (wanted.least, wanted.bins) != (self.least, self.size):
            ours, theirs = (
                f"{self.least} to {self.most}",
                f"{wanted.least} to {wanted.least + wanted.bins - 1}",
            )
            what = f"the vocabulary was made for bins {ours}, but codec {codec.kind} has bins {theirs}"
            raise CodecError(what, hint=hint)
        if tuple(self.made.get("words", wanted.words)) != wanted.words:
            what = f"the vocabulary was made for texts of bins that differ from those of codec {codec.kind}"
            raise CodecError(what, hint=hint)
        if not set(wanted.widths) <= set(self.widths):
            made, has = (_widths(widths) for widths in (self.widths, wanted.widths))
            what = (
                f"the vocabulary was made for actions of {made}, but those of codec {codec.kind} are of {has}"
            )
            raise CodecError(what, hint=hint)

    def stamp(self, contract: Mapping[str, Any]) -> dict[str, str]:
        """Return the digests of a dataset's action contract and of this vocabulary.

        Raises CodecError if the vocabulary was not made for the contract's codec.
        """
        self.require(codec_from_contract(contract))
        return {"contract": contract["digest"], "vocabulary": self.digest}

    def to_json(self) -> dict[str, Any]:
        """Return the vocabulary as plain values, with their digest."""
        content = {
            "version": VERSION,
            "kind": self.kind,
            "bins": [self.least, self.most],
            "widths": list(self.widths),
            "tokenizer": dict(self.tokenizer),
            "made": dict(self.made),
            "start": list(self.start),
            "end": list(self.end),
            "first": [list(ids) for ids in self.first],
            "later": [list(ids) for ids in self.later],
            "pieces": {str(id): piece for id, piece in sorted(self.pieces.items())},
        }
        return {**content, "digest": keys.digest(content)}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
        digest: str = self.to_json()["digest"]
        return digest

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Vocabulary":
        """Return the vocabulary from which `to_json` made `data`. Raises CodecError if it was changed, or of another version."""
        if not isinstance(data, Mapping) or "digest" not in data:
            raise CodecError("this is not a vocabulary", got=data, hint="Make one with vladata vocab make.")
        if data.get("version") != VERSION:
            hint = "Make it again with this version of vladata."
            raise CodecError(
                "the vocabulary is of another version",
                got=data.get("version"),
                allowed=str(VERSION),
                hint=hint,
            )
        content = {name: value for name, value in data.items() if name != "digest"}
        if keys.digest(content) != data["digest"]:
            hint = "The file was changed after it was made; make it again."
            raise CodecError("the vocabulary does not match its digest", got=data["digest"], hint=hint)
        try:
            return _made_from(cls, data)
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise CodecError("this is not a vocabulary", got=repr(fault)) from None


def _made_from(kind: type[Vocabulary], data: Mapping[str, Any]) -> Vocabulary:
    first, later = (tuple(tuple(ids) for ids in data[name]) for name in ("first", "later"))
    pieces = {int(id): piece for id, piece in data["pieces"].items()}
    start, end, widths = (tuple(data[name]) for name in ("start", "end", "widths"))
    least = int(data["bins"][0])
    return kind(
        data["kind"], least, widths, first, later, start, end, pieces, data["tokenizer"], data["made"]
    )


def _widths(widths: Sequence[int]) -> str:
    return " or ".join(f"{width} bins" if width != FREE else "any number of bins" for width in widths)


def one_id_a_bin(kind: str, demand: Demand, ids: Sequence[int], **rest: Any) -> Vocabulary:
    """Return the vocabulary in which ids[i] stands for the i-th bin at every place."""
    table = tuple((id,) for id in ids)
    return Vocabulary(kind, demand.least, demand.widths, table, table, **rest)
