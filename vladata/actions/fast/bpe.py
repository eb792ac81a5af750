"""A vocabulary of byte pairs: numbers as ids, and ids as numbers.

    numbers 40 40 41 40 -> pieces "((" ")(" ... as bytes -> merged, the merge of least rank first, from the left -> ids

A number n is written as the character with code n; pieces.py says how such a text is cut and how its characters become bytes.
An id stands for bytes, which may end within a number; a sequence of ids stands for the numbers of all their bytes together.
Source: models/bpe of huggingface/tokenizers.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from vladata.actions.fast.pieces import BYTE_CHARACTERS, NUMBERS, cut, token_bytes
from vladata.actions.fast.train import Merge, learn
from vladata.errors import CodecError

_REMEMBERED = 1 << 16  # the largest number of pieces whose ids are kept in memory
_PLACE = 16  # the bits that hold a place in a piece
_LAST_PLACE = (1 << _PLACE) - 1


@dataclass(frozen=True)
class Bpe:
    """A vocabulary of byte pairs.

    singles: the characters of the ids 0, 1, ..., in the order of their codes.
    merges: (left id, right id, id of their join), in the order of their ranks.
    """

    singles: str
    merges: tuple[Merge, ...]

    @classmethod
    def learnt(cls, pieces: Mapping[str, int], numbers: int, vocabulary: int, also: str = "") -> "Bpe":
        """Return the vocabulary learnt from counted pieces, of at most `vocabulary` ids. Raises CodecError if that is too few.

        numbers: the size of the range: the characters 0 to numbers - 1 are in the vocabulary even if no piece has them.
        also:    further characters of the vocabulary, even if no piece has them.
        """
        seen = {BYTE_CHARACTERS[byte] for piece in (*pieces, also) for byte in piece.encode("utf-8")}
        singles = "".join(sorted({*map(chr, range(numbers)), *seen}))
        if len(singles) > vocabulary:
            what = f"{numbers} different coefficients need {len(singles)} ids, more than the vocabulary has"
            hint = "Give the recipe a larger vocabulary, or a smaller scale."
            raise CodecError(
                what, got=f"vocabulary {vocabulary}", allowed=f"{len(singles)} or more", hint=hint
            )
        byte_ids = _byte_ids(singles)
        counted = {piece.encode("utf-8"): count for piece, count in pieces.items()}
        return cls(singles, tuple(learn(counted, byte_ids, singles, vocabulary)))

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The printable characters of each id. Raises CodecError if an id is missing, or a part of a merge has no id."""
        tokens: dict[int, str] = dict(enumerate(self.singles))
        size = max([len(tokens) - 1, *(made for _, _, made in self.merges)]) + 1
        for left, right, made in sorted(self.merges, key=lambda merge: merge[2]):
            if left not in tokens or right not in tokens:
                raise CodecError(
                    f"the merge of ids {left} and {right} makes id {made}, which is not above both"
                )
            token = tokens[left] + tokens[right]
            if tokens.setdefault(made, token) != token:
                raise CodecError(
                    f"the merge of ids {left} and {right} makes other characters than id {made} has"
                )
        if len(tokens) != size or len(set(tokens.values())) != size:
            raise CodecError(
                "the ids are not 0, 1, ... with different characters each", got=f"{len(tokens)} of {size}"
            )
        return tuple(tokens[number] for number in range(size))

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def bytes(self) -> tuple[bytes, ...]:
        """The bytes that each id stands for."""
        return tuple(map(token_bytes, self.tokens))

    @cached_property
    def spellable(self) -> np.ndarray:
        """The numbers below NUMBERS whose bytes all have an id, int64, ascending."""
        ids = self._byte_ids
        return np.array(
            [n for n in range(NUMBERS) if all(ids[b] >= 0 for b in chr(n).encode("utf-8"))], np.int64
        )

    def encode(self, numbers: np.ndarray) -> list[np.ndarray]:
        """Return N int32 arrays of ids, for N rows of M numbers, int [N, M], each number spellable."""
        wide = np.ascontiguousarray(numbers, "<u4")
        return [np.array(self._ids(row.tobytes().decode("utf-32-le")), np.int32) for row in wide]

    def decode(self, ids: Iterable[int]) -> np.ndarray | None:
        """Return the numbers of a sequence of ids, int64; None if its bytes end within a number or are not UTF-8."""
        try:
            text = b"".join([self.bytes[number] for number in ids]).decode("utf-8")
        except UnicodeDecodeError:
            return None
        return np.frombuffer(text.encode("utf-32-le"), "<u4").astype(np.int64)

    def to_json(self) -> dict[str, Any]:
        """Return the vocabulary as JSON values: the singles as ranges of codes [first, last], and the merges."""
        codes = list(map(ord, self.singles))
        edges = [i for i, (one, next_one) in enumerate(pairwise(codes), 1) if next_one != one + 1]
        starts, stops = [0, *edges], [*edges, len(codes)]
        runs = [[codes[i], codes[j - 1]] for i, j in zip(starts, stops, strict=True)]
        return {"singles": runs, "merges": [list(merge) for merge in self.merges]}

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> "Bpe":
        """Return the vocabulary from which `to_json` made `part`."""
        singles = "".join(chr(code) for first, last in part["singles"] for code in range(first, last + 1))
        made = cls(singles, tuple((int(a), int(b), int(c)) for a, b, c in part["merges"]))
        assert made.tokens is not None  # raises if the merges are not valid
        return made

    @cached_property
    def _byte_ids(self) -> list[int]:
        found: list[int] = _byte_ids(self.singles).tolist()
        return found

    @cached_property
    def _ranks(self) -> list[dict[int, int]]:
        """The rank of each merge: ranks[left id][right id]."""
        ranks: list[dict[int, int]] = [{} for _ in self.tokens]
        for rank, (left, right, _) in enumerate(self.merges):
            ranks[left][right] = rank
        return ranks

    @cached_property
    def _known(self) -> dict[str, list[int]]:
        """Piece -> its ids, for pieces that were encoded before."""
        return {}

    def _ids(self, text: str) -> list[int]:
        ids, known = [], self._known
        for piece in cut(text):
            found = known.get(piece)
            if found is None:
                if len(known) >= _REMEMBERED:
                    known.clear()
                found = known[piece] = self._merged([self._byte_ids[byte] for byte in piece.encode("utf-8")])
            ids += found
        return ids

    def _merged(self, ids: list[int]) -> list[int]:
        """Return the ids of a piece after all merges: the merge of least rank first, of equal ones the leftmost."""
        ranks, merges, size = self._ranks, self.merges, len(ids)
        queue = []  # rank and place in one number, so that the least number is the next merge
        for at, (left, right) in enumerate(pairwise(ids)):
            if (rank := ranks[left].get(right)) is not None:
                queue.append(rank << _PLACE | at)
        heapq.heapify(queue)
        after, before = list(range(1, size + 1)), list(range(-1, size - 1))
        while queue:
            top = heapq.heappop(queue)
            rank, at = top >> _PLACE, top & _LAST_PLACE
            second = after[at]
            left, right, made = merges[rank]
            if ids[at] != left or second >= size or ids[second] != right:
                continue  # one of the two has been merged by now
            following, previous = after[second], before[at]
            ids[at], ids[second], after[at] = made, -1, following
            if following < size:
                before[following] = at
                if (rank_after := ranks[made].get(ids[following])) is not None:
                    heapq.heappush(queue, rank_after << _PLACE | at)
            if previous >= 0 and (rank_before := ranks[ids[previous]].get(made)) is not None:
                heapq.heappush(queue, rank_before << _PLACE | previous)
        return [number for number in ids if number >= 0]


def counted(texts: Iterable[str]) -> Counter[str]:
    """Return the number of times that each piece occurs in `texts`."""
    pieces: Counter[str] = Counter()
    for text in texts:
        pieces.update(cut(text))
    return pieces


def _byte_ids(singles: Sequence[str]) -> np.ndarray:
    """Return int32 [256], the id of each byte's character; -1 if the character has no id."""
    ids = {single: number for number, single in enumerate(singles)}
    return np.array([ids.get(character, -1) for character in BYTE_CHARACTERS], np.int32)
