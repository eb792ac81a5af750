"""One picture of a list of pictures a step: path[i]."""

import numpy as np

from vladata.records import Column

NOT_THERE = bytearray()
"""In place of a picture that is not in its list; told by identity from a picture that has no bytes."""


def picture_of_list(pictures: Column, place: int | None) -> Column:
    """The pictures at `place` of each step's list, negative from its end; the column itself where `place` is None.

    A list without that place gives NOT_THERE, which is no picture: the step is rejected, and no other.
    """
    if place is None:
        return pictures
    if isinstance(pictures, np.ndarray):
        chosen = pictures[:, place]
        return chosen.tolist() if chosen.dtype == object else chosen
    return [listed[place] if -len(listed) <= place < len(listed) else NOT_THERE for listed in pictures]
