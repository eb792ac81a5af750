"""The bins of a sample in the shape that its codec takes."""

import numpy as np

from vladata.actions.protocol import Codec


def own_bins(bins: np.ndarray, codec: Codec) -> np.ndarray:
    """Return bins in the shape of `codec.text` and `codec.decode`: [W], of a chunk [n, W], [M] if they are not of single actions.

    In a mixture with chunks every sample has rows, also a sample of a single action.
    """
    return bins if codec.chunk > 1 and codec.width is not None else bins.reshape(-1)
