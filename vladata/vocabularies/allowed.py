"""Bins that may come next -> token ids that may come next, for a constrained decoder.

    bins_allowed((1,)) = (range(256), False)      ids so far: the ids of bin 1    allowed: the ids of bins 0..255, no end yet

A codec says which bins may follow; here the bins become ids. A bin of several ids is followed id by id. If the ids so far are a
complete bin and also the beginning of a longer one (the digits of 1, 12, 128), the ids of both continuations are allowed.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vladata.errors import ParseError
from vladata.vocabularies.vocabulary import Ids, Vocabulary

BinsAllowed = Callable[[Sequence[int]], tuple[Collection[int], bool]]
"""A function from the bins so far to the bins that may follow, and True if the target may end here; none and False if no target
begins with these bins."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The ids that may follow the ids so far.

    ids:     token ids, including ids of the vocabulary's end.
    may_end: True if the target may end here: a decoder then also allows its end token.
    """

    ids: frozenset[int]
    may_end: bool


def allowed_ids(vocabulary: Vocabulary, so_far: Sequence[int], bins_allowed: BinsAllowed) -> Allowed:
    """Return the ids that may follow `so_far`, the ids of a target from its beginning.

    Raises ParseError if no target begins with `so_far`.
    """
    given, start, end = tuple(so_far), vocabulary.start, vocabulary.end
    if len(given) < len(start):
        if given != start[: len(given)]:
            raise _no_beginning(vocabulary, given)
        return Allowed(frozenset({start[len(given)]}), False)
    if given[: len(start)] != start:
        raise _no_beginning(vocabulary, given)
    body = given[len(start) :]
    closing = _closing(body, end)
    if closing:
        _whole(vocabulary, body[: len(body) - closing], bins_allowed, given)
        rest = end[closing:]
        return Allowed(frozenset(rest[:1]), not rest)
    bins, partial = _split(vocabulary, body)
    table = dict(enumerate(vocabulary.later if bins else vocabulary.first, vocabulary.least))
    following, may_end = bins_allowed(bins)
    if not following and not may_end:
        raise _no_beginning(vocabulary, given)
    if not partial:
        return _ended(frozenset(table[b][0] for b in following), may_end, end)
    size = len(partial)
    going_on = {table[b] for b in following if table[b][:size] == partial}
    if not going_on:
        raise _no_beginning(vocabulary, given)
    ids = frozenset(entry[size] for entry in going_on if len(entry) > size)
    if partial not in going_on:
        return Allowed(ids, False)
    whole = next(b for b in following if table[b] == partial)
    after, may_end = bins_allowed([*bins, whole])
    return _ended(ids | {vocabulary.later[b - vocabulary.least][0] for b in after}, may_end, end)


def _ended(ids: frozenset[int], may_end: bool, end: Ids) -> Allowed:
    """Return the Allowed for `ids`, the first ids of bins that may follow. If the vocabulary has an `end`, only `end` ends a
    target."""
    return Allowed(ids | {end[0]} if may_end and end else ids, may_end and not end)


def _closing(body: Ids, end: Ids) -> int:
    """Return the number of ids at the end of `body` that belong to the vocabulary's end, whose ids occur nowhere else."""
    at = body.index(end[0]) if end and end[0] in body else len(body)
    return len(body) - at if body[at:] == end[: len(body) - at] else 0


def _whole(vocabulary: Vocabulary, body: Ids, bins_allowed: BinsAllowed, given: Ids) -> None:
    """Raise ParseError if `body` is not the ids of a target that may end."""
    bins = vocabulary.bins([*vocabulary.start, *body, *vocabulary.end]).tolist()
    if not bins_allowed(bins)[1]:
        raise _no_beginning(vocabulary, given)


def _split(vocabulary: Vocabulary, body: Ids) -> tuple[list[int], Ids]:
    """Return the complete bins at the beginning of `body`, and the ids of the last bin, which may be unfinished."""
    starts = [at for at, id in enumerate(body) if at == 0 or id in vocabulary.openers]
    pieces = [body[at:stop] for at, stop in pairwise([*starts, len(body)])]
    held = pieces.pop() if pieces and not vocabulary.is_one_id_a_bin else ()
    whole = [*vocabulary.start, *(id for piece in pieces for id in piece), *vocabulary.end]
    found: list[int] = vocabulary.bins(whole).tolist() if pieces else []
    return found, held


def _no_beginning(vocabulary: Vocabulary, given: Ids) -> ParseError:
    told = ", ".join(vocabulary.named(id) for id in given[-8:])
    return ParseError(
        "a target cannot begin with these ids", got=told, allowed=f"ids of vocabulary {vocabulary.kind}"
    )
