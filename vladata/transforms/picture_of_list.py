"""One picture of the list of pictures that each step has: path[i]."""

import numpy as np

from vladata.records import Column

NOT_THERE = bytearray()
"""The value in place of a picture that its list lacks. It is compared by identity, so that an empty picture differs from it."""


def picture_of_list(pictures: Column, place: int | None) -> Column:
    """Return the picture at `place` of each step's list, negative from its end; the column itself where `place` is None.

    A list without this place gives NOT_THERE, which is not a picture: only this step is rejected.
    """
    if place is None:
        return pictures
    if isinstance(pictures, np.ndarray):
        chosen = pictures[:, place]
        return chosen.tolist() if chosen.dtype == object else chosen
    return [listed[place] if -len(listed) <= place < len(listed) else NOT_THERE for listed in pictures]
