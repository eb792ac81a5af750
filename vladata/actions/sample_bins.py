"""The bins of a sample in the shape that its codec needs."""

import numpy as np

from vladata.actions.protocol import Codec


def own_bins(bins: np.ndarray, codec: Codec) -> np.ndarray:
    """Return bins in the shape that `codec.text` and `codec.decode` take: [W]; for a chunk [n, W]; [M] if `codec.width` is None.

    In a mixture with chunks every sample has bins [n, W], also a sample of a single action.
    """
    return bins if codec.chunk > 1 and codec.width is not None else bins.reshape(-1)
