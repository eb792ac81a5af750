"""Byte pairs learnt from counted pieces: the merges that BpeTrainer of huggingface/tokenizers learns from them.

    while the vocabulary is not full and some pair was counted `LEAST_COUNT` times:
        take the pair counted most often; of equal ones, the least left id, then the least right id
        merge it in all pieces, from the left; the result is a new token, or an old token with the same characters

Single characters come first, in the order of their codes; tokens follow in the order in which they were made. Only counts
decide, so neither the order of the pieces nor the number of workers matters.

Two habits of BpeTrainer change the result, and are kept: the count of a merged pair is not set back to 0, and a token that two
pairs make adds pairs to the queue again, with the rest of their old counts. If a pair is in the queue twice with equal counts,
the library takes the order of its hash tables; here the older entry comes first.

Source: huggingface/tokenizers, models/bpe/trainer.rs, version 0.23.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LEAST_COUNT = 2
_NOTHING = -1  # between two pieces
_GONE = -2  # the place of a right half, once merged
Pair = tuple[int, int]
Merge = tuple[int, int, int]  # left id, right id, id of their join


@dataclass
class _Symbols:
    """All pieces in one row of symbols, with a mark for "nothing" before, between and after them.

    ids:           the symbol at each of P places, int32 [P].
    after, before: the places of the next and the previous symbol, int32 [P].
    counts:        the number of times that the piece of a place was seen, int64 [P].
    piece:         the number of the piece of a place, int32 [P].
    """

    ids: np.ndarray
    after: np.ndarray
    before: np.ndarray
    counts: np.ndarray
    piece: np.ndarray

    @classmethod
    def of(cls, pieces: Mapping[bytes, int], byte_ids: np.ndarray) -> "_Symbols":
        ordered = sorted(pieces)
        lengths = np.array([len(piece) + 1 for piece in ordered], np.int64)
        line = np.frombuffer(b"\0" + b"\0".join(ordered) + b"\0", np.uint8)
        ids = byte_ids[line].astype(np.int32)
        ids[np.concatenate([[0], lengths.cumsum()])] = _NOTHING
        places = np.arange(len(ids), dtype=np.int32)
        piece = np.zeros(len(ids), np.int32)
        piece[1:] = np.repeat(np.arange(len(ordered), dtype=np.int32), lengths)
        seen = np.array([pieces[name] for name in ordered], np.int64)
        return cls(ids, places + 1, places - 1, seen, piece)


@dataclass
class _Events:
    """E changes of the counts of pairs.

    left, right: the pair, [E].
    change:      the number that was added to its count, int64 [E].
    place:       the place of the pair's left symbol, int32 [E]; -1 if the pair was removed.
    """

    left: np.ndarray
    right: np.ndarray
    change: np.ndarray
    place: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence[tuple[Any, Any, np.ndarray, Any]]) -> "_Events":
        """Return the events of several parts; the ids and places of a part are arrays, or one value for all."""
        size = [len(change) for _, _, change, _ in parts]
        columns = [
            np.concatenate([np.broadcast_to(part[i], n) for part, n in zip(parts, size, strict=True)])
            for i in range(4)
        ]
        return cls(*columns)


class _Pairs:
    """All pairs that were ever in the pieces.

    counts:  the trainer's count of each pair.
    places:  the places at which each pair was found; some are out of date.
    queue:   a heap of (-count, left, right, number of the entry, the places from which the entry was made).
    """

    def __init__(self) -> None:
        self.counts: dict[Pair, int] = {}
        self.places: dict[Pair, list[np.ndarray]] = {}
        self.queue: list[tuple[int, int, int, int, np.ndarray]] = []
        self.entries = 0

    def note(self, events: _Events) -> None:
        """Add the changes to the counts; pairs that were added enter the queue."""
        if not len(events.change):
            return
        keys = events.left.astype(np.int64) << 32 | events.right
        order = np.argsort(keys, kind="stable")
        keys, places = keys[order], events.place[order]
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        sums = np.add.reduceat(events.change[order], starts).tolist()
        gains = np.add.reduceat((places >= 0).astype(np.int64), starts).tolist()
        edges = [*starts.tolist(), len(keys)]
        for i, (key, change, gained) in enumerate(zip(keys[starts].tolist(), sums, gains, strict=True)):
            pair = key >> 32, key & 0xFFFFFFFF
            count = self.counts[pair] = self.counts.get(pair, 0) + change
            if gained and count > 0:
                found = places[edges[i] : edges[i + 1]]
                found = found if gained == len(found) else found[found >= 0]
                self.places.setdefault(pair, []).append(found)
                heapq.heappush(self.queue, (-count, *pair, self.entries, found))
                self.entries += 1

    def pop(self) -> tuple[Pair, np.ndarray] | None:
        """Take the pair counted most often from the queue, with the places of its entry; None if no pair has enough counts."""
        while self.queue:
            count, left, right, number, places = heapq.heappop(self.queue)
            now = self.counts[left, right]
            if -count == now:
                return ((left, right), places) if now >= LEAST_COUNT else None
            heapq.heappush(self.queue, (-now, left, right, number, places))
        return None

    def standing(self, pair: Pair, entry: np.ndarray, piece: np.ndarray) -> np.ndarray:
        """Return the places, ascending, at which `pair` may still be in the pieces of the places `entry`."""
        known = self.places[pair]
        if len(known) == 1:
            return entry if (entry[1:] > entry[:-1]).all() else np.unique(entry)
        everywhere = np.unique(
            np.concatenate(known)
        )  # other entries of the pair may have more places in the same pieces
        return everywhere[np.isin(piece[everywhere], piece[entry])]


def learn(
    pieces: Mapping[bytes, int], byte_ids: np.ndarray, singles: Sequence[str], vocabulary: int
) -> list[Merge]:
    """Return the merges, in the order in which they are applied to a text.

    pieces:     each different piece, as UTF-8 -> the number of times that it was seen; no piece is empty.
    byte_ids:   the id of each byte's character, int [256]; -1 if it is in no piece.
    singles:    the characters of the ids 0, 1, ...
    vocabulary: the largest number of ids.
    """
    if not pieces:
        return []
    symbols, pairs, merges = _Symbols.of(pieces, byte_ids), _Pairs(), []
    tokens = list(singles)
    ids = {token: number for number, token in enumerate(tokens)}
    pairs.note(_met(symbols))
    while len(tokens) < vocabulary and (top := pairs.pop()):
        pair, entry = top
        token = tokens[pair[0]] + tokens[pair[1]]
        if token not in ids:
            ids[token] = len(tokens)
            tokens.append(token)
        merges.append((*pair, ids[token]))
        places = pairs.standing(pair, entry, symbols.piece)
        if events := _merged(symbols, pair, ids[token], places):
            pairs.note(events)
    return _last(merges)


def _last(merges: Sequence[Merge]) -> list[Merge]:
    """Return the merges, each pair once, at the place of its last merge."""
    turn = {(left, right): number for number, (left, right, _) in enumerate(merges)}
    return [merges[number] for number in sorted(turn.values())]


def _met(symbols: _Symbols) -> _Events:
    """Return all pairs of the pieces, as changes of counts."""
    ids = symbols.ids
    places = np.flatnonzero((ids[:-1] >= 0) & (ids[1:] >= 0)).astype(np.int32)
    return _Events(ids[places], ids[places + 1], symbols.counts[symbols.piece[places]], places)


def _merged(symbols: _Symbols, pair: Pair, made: int, places: np.ndarray) -> _Events | None:
    """Merge `pair` at `places`, and return the changes of the counts of pairs."""
    left, right = pair
    ids, after, before = symbols.ids, symbols.after, symbols.before
    at = places[ids[places] == left]
    at = at[ids[after[at]] == right]
    if left == right:
        at = _apart(at, after)
    if not len(at):
        return None
    second = after[at]
    previous, following = before[at], after[second]
    touches = np.zeros(len(at) + 1, bool)  # [i]: True if pair i - 1 ends where pair i begins
    touches[1:-1] = second[:-1] == previous[1:]
    count = symbols.counts[symbols.piece[at]]
    old_left, old_right = ids[previous], ids[following]
    a, b = (
        ~touches[:-1] & (old_left >= 0),
        ~touches[1:] & (old_right >= 0),
    )  # with another neighbour left, right
    first = touches[1:]  # the first of two that touch
    events = _Events.joined(
        [
            (old_left[a], left, -count[a], -1),
            (old_left[a], made, count[a], previous[a]),
            (right, old_right[b], -count[b], -1),
            (made, old_right[b], count[b], at[b]),
            (right, left, -count[first], -1),
            (made, made, count[first], at[first]),
            (
                made,
                left,
                np.zeros(first.sum(), np.int64),
                at[first],
            ),  # these pairs existed for a moment only, and are examined again
        ]
    )
    ids[at], ids[second] = made, _GONE
    after[at], before[following] = following, at
    return events


def _apart(at: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the places to merge, from the left, for a pair of equal symbols: every second place of a run."""
    if not len(at):
        return at
    begins = np.ones(len(at), bool)
    begins[1:] = after[at[:-1]] != at[1:]
    number = np.arange(len(at))
    run = np.maximum.accumulate(np.where(begins, number, 0))
    kept: np.ndarray = at[(number - run) % 2 == 0]
    return kept
