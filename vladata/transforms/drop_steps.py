"""Removal of the first and last steps.

In Bridge the first action is zero except for rounding, and OpenVLA drops it. T <= first + last leaves an empty episode. The flag
of the episode's end moves to the last step that is left (terminate.py).
"""


def drop_steps(length: int, first: int = 0, last: int = 0) -> tuple[int, int]:
    """Return start and stop of the steps that are left of `length` steps; the two are equal if none is left."""
    start = min(first, length)
    return start, max(start, length - last)
