"""Recorded pixels put upright, as views: no pixel is copied."""

from typing import Literal

import numpy as np

from vladata.records import Column

Turn = Literal["flip", "half_turn"]


def turned(pictures: Column, turn: Turn | None) -> Column:
    """Return the pictures of T steps put upright, as views. pictures: arrays [height, width, channels].

    flip exchanges top and bottom; half_turn exchanges left and right, too; None changes nothing. A value that is not an array
    (NOT_THERE, where a list had no picture) stays as it is.
    """
    if turn is None:
        return pictures
    if isinstance(pictures, np.ndarray):
        return pictures[:, ::-1] if turn == "flip" else pictures[:, ::-1, ::-1]
    across = slice(None) if turn == "flip" else slice(None, None, -1)
    return [picture[::-1, across] if isinstance(picture, np.ndarray) else picture for picture in pictures]
