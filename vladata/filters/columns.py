"""Rows of an index of image-text pairs as arrays, each made when a filter reads it.

Filters use only arrays, so a flat table with the same arrays can be filtered too. There are N pairs, and A answers and M images
of all pairs, in the order of the pairs.
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
    """A part of an index with the columns that its filters need. An array is made when it is first read."""

    def __init__(self, part: pa.Table) -> None:
        self._part = part

    def __len__(self) -> int:
        return int(self._part.num_rows)

    @cached_property
    def fit(self) -> np.ndarray:
        """Mask of fit pairs, bool [N]."""
        return _numpy(pc.is_null(self._column("outcome")))

    @cached_property
    def task(self) -> np.ndarray:
        """Position in TASKS of each pair, uint8 [N]; NO_TASK for a rejected row without a task."""
        found = pc.index_in(self._column("task"), pa.array(TASKS))
        return _numpy(pc.fill_null(found, NO_TASK).cast(pa.uint8()))

    @cached_property
    def unfit(self) -> dict[tuple[str, str], int]:
        """(outcome, reason) -> number of rows that are not fit."""
        rows = self._part.select(["outcome", "reason"]).filter(pa.array(~self.fit))
        found = rows.group_by(["outcome", "reason"]).aggregate([([], "count_all")])
        return {
            (row["outcome"], row["reason"] or ""): row["count_all"]
            for row in sorted(found.to_pylist(), key=lambda row: (row["outcome"], row["reason"] or ""))
        }

    @cached_property
    def key(self) -> pa.Array:
        """Name of each record, text [N]; "" without one."""
        return pc.fill_null(self._column("key"), "")

    @cached_property
    def language(self) -> pa.DictionaryArray:
        """Language of each pair, text [N], as a dictionary array; "" if unknown."""
        return pc.fill_null(self._column("language"), "").dictionary_encode()

    @cached_property
    def similarity(self) -> np.ndarray:
        """Similarity of each pair, float32 [N]; NaN without one."""
        return _numpy(pc.fill_null(self._column("similarity"), float("nan")).cast(pa.float32()))

    @cached_property
    def answers(self) -> pa.Array:
        """Texts of all answers, text [A]."""
        return pc.fill_null(pc.struct_field(self._column("answers").flatten(), "text"), "")

    @cached_property
    def answer_counts(self) -> np.ndarray:
        """Number of answers of each pair, int [N]."""
        return self._counts("answers")

    @cached_property
    def image_counts(self) -> np.ndarray:
        """Number of images of each pair, int [N]."""
        return self._counts("images")

    @cached_property
    def height(self) -> np.ndarray:
        """Height of each image in pixels, int32 [M]; 0 if unknown."""
        return self._of_images("height", 0)

    @cached_property
    def width(self) -> np.ndarray:
        """Width of each image in pixels, int32 [M]; 0 if unknown."""
        return self._of_images("width", 0)

    @cached_property
    def digest(self) -> np.ndarray:
        """Digest of each image's bytes, uint64 [M]."""
        return self._of_images("digest", 0)

    @cached_property
    def look(self) -> np.ndarray:
        """Perceptual hash of each image, uint64 [M]; 0 without one."""
        return self._of_images("look", 0)

    @cached_property
    def has_look(self) -> np.ndarray:
        """Mask of the images that have a perceptual hash, bool [M]."""
        return _numpy(pc.is_valid(self._image_field("look")))

    @cached_property
    def shard(self) -> np.ndarray:
        """Number of the file of each pair, int32 [N]."""
        return _numpy(self._column("shard"))

    @cached_property
    def record(self) -> np.ndarray:
        """Number of the record of each pair, int64 [N]."""
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
    """Return a mask, bool [N], of the pairs whose images (or answers) all have the flag True.

    flags:  bool [M], one for each image (or answer).
    counts: int [N], number of images (or answers) of each pair; their sum is M.
    """
    if len(flags) == len(counts) and bool((counts == 1).all()):
        return flags
    kept = np.ones(len(counts), bool)
    kept[np.repeat(np.arange(len(counts)), counts)[~flags]] = False
    return kept
