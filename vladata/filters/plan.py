"""The decisions of a rule on an index: one pass over the index, and one more for each kind of duplicate.

    first      tasks, language, keys, images, size, aspect, text; then similarity, over all pairs that these leave
    second     images of other corpora, and repeats, by the bytes of the remaining images
    third      images of other corpora, and repeats, by the looks of the images that then remain

Duplicates come last since they take most time, and since a copy with a good text must not be lost to a copy with a bad text.
Memory: 2 bytes for each row. In addition, the first pass takes 4 bytes for each similarity; the others take 12 bytes for each
image of a remaining pair (its word and its record), and as much again while some are taken out.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from vladata.corpora.rows import TASKS
from vladata.errors import UsageError
from vladata.filters.columns import ALWAYS, RECORD, Pairs, all_of
from vladata.filters.decisions import KEPT, UNFIT, Decisions
from vladata.filters.images import ImageWords, digests_of, looks_of
from vladata.filters.lists import Lists, read_lists
from vladata.filters.near import near_known, near_repeated
from vladata.filters.one_by_one import filters_of, rule
from vladata.filters.repeats import repeated
from vladata.filters.seen import NOTHING, Seen, among
from vladata.filters.share import best
from vladata.spec.keep import Keep, Similarity

Parts = Callable[[Sequence[str]], Iterator[pa.Table]]
"""A function from names of columns in ROWS to the parts of the index with these columns, in the order of shard and record. Each
call gives the same parts."""

TOGETHER = 1 << 20  # rows: 200 MB with their texts
NO_SIMILARITY, ELSEWHERE, REPEATED = "no_similarity", "duplicate_elsewhere", "duplicate"


def plan_filters(keep: Keep, parts: Parts, earlier: Seen = NOTHING) -> Decisions:
    """Return the decisions on an index, by the rule `keep` and the images of earlier corpora."""
    lists = read_lists(keep)
    board = _first_walk(keep, parts, lists)
    asked = keep.duplicates
    if (asked and asked.exact) or earlier:
        _by_digest(bool(asked and asked.exact), parts, earlier, board)
    if asked and asked.near is not None:
        _by_look(asked.near, parts, earlier, board)
    return board.decisions(lists.files)


class _Board:
    """The verdicts of all rows so far, within one call of `plan_filters`."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.unfit: Counter[tuple[str, str]] = Counter()
        self._verdicts: list[np.ndarray] = []
        self._tasks: list[np.ndarray] = []

    def add(self, verdict: np.ndarray, pairs: Pairs, sizes: Sequence[int]) -> None:
        """Add some parts. sizes: the number of rows of each part."""
        edges = np.cumsum(sizes)[:-1]
        self._verdicts += np.split(verdict, edges)
        self._tasks += np.split(pairs.task, edges)
        self.unfit.update(pairs.unfit)

    def left(self, part: int) -> np.ndarray:
        """Return a mask of the remaining rows of a part. part: its number."""
        found: np.ndarray = self._verdicts[part] == KEPT
        return found

    def tasks_left(self) -> np.ndarray:
        """Return the tasks of the remaining pairs, uint8."""
        each = [tasks[self.left(part)] for part, tasks in enumerate(self._tasks)]
        return np.concatenate([np.zeros(0, np.uint8), *each])

    def take(self, name: str, gone: np.ndarray) -> None:
        """Take out the pairs in `gone` for the filter `name`. gone: a mask of the remaining pairs."""
        self.names.append(name)
        start = 0
        for verdict in self._verdicts:
            left = np.flatnonzero(verdict == KEPT)
            verdict[left[gone[start : start + len(left)]]] = len(self.names)
            start += len(left)
        assert start == len(gone), "a flag for each pair that is left"

    def decisions(self, files: dict[str, str]) -> Decisions:
        tables = np.zeros((256, len(TASKS) + 1), np.int64)  # by verdict and task
        for verdict, task in zip(self._verdicts, self._tasks, strict=True):
            cells = verdict.astype(np.uint16) * tables.shape[1] + task
            tables += np.bincount(cells, minlength=tables.size).reshape(tables.shape)
        fit = tables[:UNFIT, : len(TASKS)]
        taken = fit[1 : len(self.names) + 1]
        return Decisions(
            tuple(self._verdicts), tuple(self.names), taken, fit.sum(axis=0), dict(self.unfit), files
        )


def _first_walk(keep: Keep, parts: Parts, lists: Lists) -> _Board:
    board, similarities = _Board(), [np.zeros(0, np.float32)]
    filters = list(filters_of(keep, lists))
    board.names += [each.name for each in filters]
    columns = {*ALWAYS, *(name for each in filters for name in each.columns)}
    columns |= {"similarity"} if keep.similarity else set()
    for some in _together(parts(sorted(columns))):
        pairs = Pairs(pa.concat_tables(some))
        verdict = np.where(pairs.fit, KEPT, UNFIT).astype(np.uint8)
        for number, each in enumerate(filters, 1):
            verdict[(verdict == KEPT) & ~each.kept(pairs)] = number
        board.add(verdict, pairs, [part.num_rows for part in some])
        if keep.similarity:
            similarities.append(pairs.similarity[verdict == KEPT])
    if keep.similarity:
        _by_similarity(keep.similarity, np.concatenate(similarities), board)
    return board


def _together(parts: Iterator[pa.Table]) -> Iterator[list[pa.Table]]:
    """Yield lists of parts with TOGETHER rows or more.

    A call of a filter takes as long for a few rows as for thousands, and much longer with a list of keys.
    """
    some: list[pa.Table] = []
    for part in parts:
        some.append(part)
        if sum(each.num_rows for each in some) >= TOGETHER:
            yield some
            some = []
    if some:
        yield some


def _by_similarity(asked: Similarity, similarity: np.ndarray, board: _Board) -> None:
    lacking = np.isnan(similarity)
    if len(lacking) and lacking.all():
        raise UsageError(
            f"none of the {len(lacking):,} pairs has a similarity",
            where="keep.similarity",
            hint="When the corpus is converted: name the field that holds it in the corpus schema (similarity), or compute "
            "it with vladata convert web2vla --similarity-model MODEL.",
        )
    board.take(NO_SIMILARITY, lacking)
    similarity = similarity[~lacking]
    kept = best(similarity, board.tasks_left(), asked.share) if asked.top else similarity >= asked.min
    board.take(rule("similarity", asked), ~kept)


def _by_digest(exact: bool, parts: Parts, earlier: Seen, board: _Board) -> None:
    pictures = digests_of(parts(("images", *RECORD)), board.left)
    if earlier:
        pictures = _without(ELSEWHERE, among(pictures.words, earlier.digests), pictures, board)
    if exact:
        _without(REPEATED, repeated(pictures.words, pictures.record), pictures, board)


def _by_look(most: int, parts: Parts, earlier: Seen, board: _Board) -> None:
    pictures = looks_of(parts(("images", *RECORD)), board.left)
    if earlier:
        known = near_known(earlier.looks, pictures.words, most)
        pictures = _without(f"near_{ELSEWHERE}({most})", known, pictures, board)
    _without(
        f"near_{REPEATED}({most})", near_repeated(pictures.words, pictures.record, most), pictures, board
    )


def _without(name: str, flags: np.ndarray, pictures: ImageWords, board: _Board) -> ImageWords:
    """Take out the pairs whose images all have the flag True, and return the images of the other pairs."""
    gone = all_of(flags, pictures.counts) & (pictures.counts > 0)
    board.take(name, gone)
    return pictures.of(~gone) if gone.any() else pictures
