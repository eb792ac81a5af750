"""The bins of a sample as its codec has them."""

import numpy as np

from vladata.actions.protocol import Codec


def own_bins(bins: np.ndarray, codec: Codec) -> np.ndarray:
    """Bins as `codec.text` and `codec.decode` take them: [W] of one action, [n, W] of a chunk, [M] where they stand for no single
    actions. In a mixture with chunks every sample has rows, also one of a single action."""
    return bins if codec.chunk > 1 and codec.width is not None else bins.reshape(-1)
