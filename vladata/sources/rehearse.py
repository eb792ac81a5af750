"""Try a schema on an example episode with a dataset's columns: zeros for numbers, one word for texts, no pictures.

The data is not read. An operation finds a wrong column here, as it would in the first record.
"""

from typing import Any

import numpy as np

from vladata.records import Episode, Place
from vladata.sources.compare import value_shape
from vladata.sources.features import Leaf
from vladata.sources.source import Source
from vladata.spec.dataset import DatasetSpec
from vladata.transforms.standardise import compile_chain

STEPS = 8
WORD = b"word"
NO_PICTURE = b""
PICTURE = 3  # the dimensions of a picture; a chain computes with fewer


def rehearse(spec: DatasetSpec, source: Source, chain: str | None = None) -> None:
    """Standardise the example episode. Raises the errors of the standardiser."""
    standardise = compile_chain(spec, chain, source.step_columns, source.values)
    steps = {name: [_value(source.columns[name])] * STEPS for name in standardise.needed}
    columns: dict[str, Any] = {
        name: np.stack(values) if isinstance(values[0], np.ndarray) else values
        for name, values in steps.items()
    }
    once = {name: _value(source.columns[name]) for name in standardise.asked}
    place = Place(source.described_in, 0, 0, 0, 0)
    standardise(Episode(source.name, "", place, columns, once, np.arange(STEPS)))


def _value(leaf: Leaf) -> Any:
    """Return a value of the leaf's kind; dimensions of any size have one entry."""
    shape = tuple(1 if size is None else size for size in value_shape(leaf))
    if leaf.kind == "number" and len(shape) < PICTURE:
        return np.zeros(shape, leaf.dtype)
    if leaf.kind == "text":
        return [WORD] * int(np.prod(shape)) if shape else WORD
    return NO_PICTURE
