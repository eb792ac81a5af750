"""The filters that need only one pair at a time: each makes a mask of the kept pairs, bool [N], from arrays of N pairs.

The name of a filter in the ledger is its rule with its values: "size(min=200)".
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata.corpora.rows import TASKS
from vladata.filters.columns import Pairs, all_of
from vladata.filters.lists import Lists
from vladata.filters.seen import among
from vladata.spec.keep import AnswerTest, Keep
from vladata.spec.strict import Strict


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter.

    name:    its name in the ledger.
    columns: the columns of the index that it needs.
    kept:    a function from pairs to a mask of the kept ones, bool [N].
    """

    name: str
    columns: tuple[str, ...]
    kept: Callable[[Pairs], np.ndarray]


def filters_of(keep: Keep, lists: Lists) -> Iterator[Filter]:
    """Yield the filters of single pairs in the rule `keep`, in the order in which they are applied."""
    if tasks := keep.tasks:
        yield Filter(f"tasks({', '.join(tasks)})", ("task",), lambda pairs: of_tasks(pairs.task, tasks))
    if tags := keep.language:
        yield Filter(f"language({', '.join(tags)})", ("language",), lambda p: in_language(p.language, tags))
    if keys := keep.keys:
        kept = _named(lists, bool(keys.allow))
        yield Filter(rule("keys", keys), ("key",), lambda pairs: kept(pairs.key))
    if images := keep.images:
        denied = lists.denied_images
        yield Filter(rule("images", images), ("images",), lambda pairs: without(pairs, denied))
    if size := keep.size:
        yield Filter(rule("size", size), ("images",), lambda pairs: large_enough(pairs, size.min))
    if aspect := keep.aspect:
        yield Filter(rule("aspect", aspect), ("images",), lambda pairs: not_too_long(pairs, aspect.max))
    if text := keep.text:
        yield Filter(rule("text", text), ("answers",), lambda pairs: of_words(pairs, text))


def rule(name: str, asked: Strict) -> str:
    """Return the name of a rule in the ledger: "text(min=3, max=500)"."""
    given = asked.model_dump(exclude_none=True).items()
    shown = (f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}" for key, value in given)
    return f"{name}({', '.join(shown)})"


def of_tasks(task: np.ndarray, wanted: Sequence[str]) -> np.ndarray:
    """Return a mask of the pairs of some tasks. task: uint8 [N], positions in TASKS."""
    return np.isin(task, [TASKS.index(name) for name in wanted])


def in_language(language: pa.DictionaryArray, tags: Sequence[str]) -> np.ndarray:
    """Return a mask of the pairs in some languages. A tag includes its regions: "pt" takes "pt" and "pt-br"."""
    regions = tuple(f"{tag}-" for tag in tags)
    spoken = language.dictionary.to_pylist()
    wanted = np.array([name in tags or name.startswith(regions) for name in spoken], bool)
    kept: np.ndarray = wanted[language.indices.to_numpy(zero_copy_only=False)]
    return kept


def _named(lists: Lists, only: bool) -> Callable[[pa.Array], np.ndarray]:
    def kept(keys: pa.Array) -> np.ndarray:
        keys = keys.cast(pa.large_string())
        allowed = pc.is_in(keys, value_set=lists.allow) if only else pa.scalar(True)
        denied = pc.is_in(keys, value_set=lists.deny)
        found: np.ndarray = pc.and_not(allowed, denied).to_numpy(zero_copy_only=False)
        return found

    return kept


def without(pairs: Pairs, denied: np.ndarray) -> np.ndarray:
    """Return a mask of the pairs without an image in `denied`. denied: sorted digests."""
    return all_of(~among(pairs.digest, denied), pairs.image_counts)


def large_enough(pairs: Pairs, least: int) -> np.ndarray:
    """Return a mask of the pairs whose images have at least `least` pixels on both sides; unknown sizes count as 0."""
    return all_of(np.minimum(pairs.height, pairs.width) >= least, pairs.image_counts)


def not_too_long(pairs: Pairs, most: float) -> np.ndarray:
    """Return a mask of the pairs whose images are at most `most` times as long as wide; an image of unknown size is not."""
    shorter, longer = np.minimum(pairs.height, pairs.width), np.maximum(pairs.height, pairs.width)
    return all_of((longer <= most * shorter.astype(np.float64)) & (shorter > 0), pairs.image_counts)


def of_words(pairs: Pairs, asked: AnswerTest) -> np.ndarray:
    """Return a mask of the pairs whose answers all pass the test."""
    texts = pairs.answers
    good = np.ones(len(texts), bool)
    if asked.min is not None or asked.max is not None:
        lengths = pc.utf8_length(texts).to_numpy(zero_copy_only=False)
        good &= lengths >= (asked.min or 0)
        good &= lengths <= (np.iinfo(np.int32).max if asked.max is None else asked.max)
    if asked.keep is not None:
        good &= _found(texts, asked.keep)
    if asked.drop is not None:
        good &= ~_found(texts, asked.drop)
    return all_of(good, pairs.answer_counts)


def _found(texts: pa.Array, pattern: str) -> np.ndarray:
    found: np.ndarray = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return found
