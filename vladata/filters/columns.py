"""Rows of an index of image-text pairs -> arrays, made when a filter asks for them.

Filters know arrays alone, so that a flat table with the same arrays goes through them as well. N pairs; A answers and M
images of all pairs, one after the other, in the order of the pairs.
"""

from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata.corpora.rows import TASKS

NO_TASK = len(TASKS)
ALWAYS = ("task", "outcome", "reason")
RECORD = ("shard", "record")


class Pairs:
    """A part of an index; it has the columns that its readers need, and no array is made before it is read."""

    def __init__(self, part: pa.Table) -> None:
        self._part = part

    def __len__(self) -> int:
        return int(self._part.num_rows)

    @cached_property
    def fit(self) -> np.ndarray:
        """bool [N]: what nothing is wrong with."""
        return _numpy(pc.is_null(self._column("outcome")))

    @cached_property
    def task(self) -> np.ndarray:
        """uint8 [N]: position in TASKS; NO_TASK of a rejected row that has none."""
        found = pc.index_in(self._column("task"), pa.array(TASKS))
        return _numpy(pc.fill_null(found, NO_TASK).cast(pa.uint8()))

    @cached_property
    def unfit(self) -> dict[tuple[str, str], int]:
        """(outcome, reason) -> how many rows it has, of those that are not fit."""
        rows = self._part.select(["outcome", "reason"]).filter(pa.array(~self.fit))
        found = rows.group_by(["outcome", "reason"]).aggregate([([], "count_all")])
        return {
            (row["outcome"], row["reason"] or ""): row["count_all"]
            for row in sorted(found.to_pylist(), key=lambda row: (row["outcome"], row["reason"] or ""))
        }

    @cached_property
    def key(self) -> pa.Array:
        """text [N]: "" where a record has no name."""
        return pc.fill_null(self._column("key"), "")

    @cached_property
    def language(self) -> pa.DictionaryArray:
        """text [N], each distinct one once: "" where nothing says it."""
        return pc.fill_null(self._column("language"), "").dictionary_encode()

    @cached_property
    def similarity(self) -> np.ndarray:
        """float32 [N]: NaN where there is none."""
        return _numpy(pc.fill_null(self._column("similarity"), float("nan")).cast(pa.float32()))

    @cached_property
    def answers(self) -> pa.Array:
        """text [A]."""
        return pc.fill_null(pc.struct_field(self._column("answers").flatten(), "text"), "")

    @cached_property
    def answer_counts(self) -> np.ndarray:
        """int [N]: how many of them each pair has."""
        return self._counts("answers")

    @cached_property
    def image_counts(self) -> np.ndarray:
        """int [N]: how many images each pair has."""
        return self._counts("images")

    @cached_property
    def height(self) -> np.ndarray:
        """int32 [M], pixels; 0 where it is not known."""
        return self._of_images("height", 0)

    @cached_property
    def width(self) -> np.ndarray:
        """int32 [M], pixels; 0 where it is not known."""
        return self._of_images("width", 0)

    @cached_property
    def digest(self) -> np.ndarray:
        """uint64 [M]: of the images' bytes."""
        return self._of_images("digest", 0)

    @cached_property
    def look(self) -> np.ndarray:
        """uint64 [M]: perceptual hashes; 0 where there is none."""
        return self._of_images("look", 0)

    @cached_property
    def has_look(self) -> np.ndarray:
        """bool [M]."""
        return _numpy(pc.is_valid(self._image_field("look")))

    @cached_property
    def shard(self) -> np.ndarray:
        """int32 [N]."""
        return _numpy(self._column("shard"))

    @cached_property
    def record(self) -> np.ndarray:
        """int64 [N]."""
        return _numpy(self._column("record"))

    def _column(self, name: str) -> pa.Array:
        chunks = self._part[name].combine_chunks()
        return pa.concat_arrays(chunks.chunks) if isinstance(chunks, pa.ChunkedArray) else chunks

    def _counts(self, name: str) -> np.ndarray:
        return _numpy(pc.fill_null(self._column(name).value_lengths(), 0))

    def _image_field(self, name: str) -> pa.Array:
        return pc.struct_field(self._column("images").flatten(), name)

    def _of_images(self, name: str, missing: int) -> np.ndarray:
        return _numpy(pc.fill_null(self._image_field(name), missing))


def _numpy(values: pa.Array) -> np.ndarray:
    made: np.ndarray = values.to_numpy(zero_copy_only=False)
    return made


def all_of(flags: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """bool [N]: the pairs of whose images, or answers, each has its flag. flags: bool [M].  counts: int [N], their sum M."""
    if len(flags) == len(counts) and bool((counts == 1).all()):
        return flags
    kept = np.ones(len(counts), bool)
    kept[np.repeat(np.arange(len(counts)), counts)[~flags]] = False
    return kept
