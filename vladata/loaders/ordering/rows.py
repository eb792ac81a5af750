"""Rows of a sequence of samples, read as columns."""

from collections.abc import Sequence

import numpy as np

from vladata.errors import LoadError
from vladata.loaders.order import Places
from vladata.shards.reading.columns import Columns
from vladata.shards.sequence import Samples


def read_rows(
    samples: Samples,
    places: Places,
    wanted: Sequence[str] | None,
    faults: list[tuple[int, LoadError]] | None,
) -> Columns:
    """Return as columns the samples at places, whose rows count `samples`; in episode order also the columns `lane` and `first`.

    faults: as in Samples.read_batch.
    """
    before = len(faults or ())
    columns = samples.read_batch(places.row, wanted, faults)
    if places.by_episode:
        left = [number for number, _ in (faults or ())[before:]]
        columns |= {"lane": np.delete(places.lane, left), "first": np.delete(places.first, left)}
    return columns
