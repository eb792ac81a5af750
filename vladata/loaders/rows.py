"""Rows of a sequence of samples: as positions of the whole output, and read as columns."""

from collections.abc import Sequence

import numpy as np

from vladata.errors import LoadError
from vladata.loaders.order import Places
from vladata.shards.columns import Columns
from vladata.shards.sequence import Samples


def absolute(samples: Samples, rows: np.ndarray) -> np.ndarray:
    """Return the positions in the whole output, int64 [n], of rows of a sequence of its samples, int64 [n]."""
    here = samples.positions
    return here.start + here.step * rows if isinstance(here, range) else np.asarray(here[rows])


def read_rows(
    samples: Samples,
    places: Places,
    wanted: Sequence[str] | None,
    faults: list[tuple[int, LoadError]] | None,
) -> Columns:
    """Return the samples at places whose rows are those of `samples`; in episode order with columns `lane` and `first`.

    faults: as in Samples.read_batch, by their number among the places.
    """
    unread: list[tuple[int, LoadError]] = []
    columns = samples.read_batch(places.row, wanted, None if faults is None else unread)
    left = _numbers(places.row, [row for row, _ in unread])
    if faults is not None:
        faults += ((number, fault) for number, (_, fault) in zip(left, unread, strict=True))
    if places.by_episode:
        columns |= {"lane": np.delete(places.lane, left), "first": np.delete(places.first, left)}
    return columns


def _numbers(rows: np.ndarray, wanted: Sequence[int]) -> list[int]:
    """The places of the wanted ones among rows. One that comes several times, in a source of few samples, is wanted as often."""
    found: dict[int, list[int]] = {row: [] for row in wanted}
    for i, row in enumerate(rows.tolist() if wanted else ()):
        if row in found:
            found[row].append(i)
    return [found[row].pop(0) for row in wanted]
