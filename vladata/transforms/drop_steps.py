"""Removal of the first and last steps.

Bridge: the first action is zero but for rounding, and OpenVLA drops it. T <= first + last leaves an empty episode. The end of the
episode moves to the last step that is left (`terminate`).
"""


def drop_steps(length: int, first: int = 0, last: int = 0) -> tuple[int, int]:
    """Return start and stop of the steps that are left of `length`; equal if none is left."""
    start = min(first, length)
    return start, max(start, length - last)
