"""The first and last steps taken out.

Bridge: the first action is zero but for rounding, and OpenVLA drops it. T <= first + last leaves an empty episode. The end of the
episode moves to the last step that is left (`terminate`).
"""


def drop_steps(length: int, first: int = 0, last: int = 0) -> tuple[int, int]:
    """Start and stop of the steps that are left of `length`; equal when none is."""
    start = min(first, length)
    return start, max(start, length - last)
