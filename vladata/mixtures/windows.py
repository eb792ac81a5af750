"""A check of a mixture's ratio, from its index.

In each window, counted from the first sample, a source has its share to within one sample.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pyarrow as pa

from vladata.runs.findings import Discrepancy
from vladata.shards.manifest import Manifest
from vladata.shards.naming import INDEX
from vladata.shards.parts import MixturePart


def windows(manifest: Manifest, index: pa.Table) -> Iterator[Discrepancy]:
    """Yield, for each source, the first window in which it has too few samples or too many."""
    part, given = manifest.of(MixturePart), index["source"]
    size = part.window
    for source in part.sources:
        mask = np.concatenate([_is(chunk, source.name) for chunk in given.chunks])
        ends = np.append(0, np.cumsum(mask))
        cuts = np.append(np.arange(0, len(mask), size), len(mask))
        counts, sizes = np.diff(ends[cuts]), np.diff(cuts)
        # If the share is a whole number of samples, one more sample is too many.
        due = {samples: Fraction(source.share) * samples for samples in set(sizes.tolist())}
        least, most = (np.array([end(due[n]) for n in sizes.tolist()]) for end in (floor, ceil))
        off = np.flatnonzero((counts < least) | (counts > most))
        if len(off):
            says = f"expected {float(due[sizes[off[0]]]):.2f} samples of {source.name} to within one, found {counts[off[0]]}"
            yield Discrepancy(f"{INDEX}, samples {cuts[off[0]]:,} to {cuts[off[0] + 1]:,}", says)


def _is(chunk: pa.DictionaryArray, name: str) -> np.ndarray:
    names = np.array([each == name for each in chunk.dictionary.to_pylist()])
    return np.asarray(names[chunk.indices.to_numpy()])
