"""Check that the parts of a sample's window fit together: its frames, its actions, and the mask of the episode's actions."""

from collections.abc import Iterator

import numpy as np

from vladata.records import Sample


def unlike_windows(sample: Sample, bins_in_rows: bool = True) -> Iterator[str]:
    """Yield the faults of `frames`, `mask` and `valid` of a sample with actions; none if it does not have these fields.

    bins_in_rows: True if its codec has a row of bins for each action.
    """
    fields = sample.fields
    if "frames" in fields and (not len(sample.frames) or sample.frames[0] != sample.step):
        yield f"frames {sample.frames.tolist()} do not begin with its step, {sample.step}"
    if "frames" in fields and np.any(np.diff(sample.frames) > 0):
        yield f"frames {sample.frames.tolist()} do not go back in time"
    if "mask" not in fields:
        return
    mask, valid = sample.mask.tolist(), sample.valid
    if not 1 <= valid <= len(mask) or mask != [1] * valid + [0] * (len(mask) - valid):
        yield f"mask {mask} does not say that the first {valid} actions are the episode's"
    if len(mask) != len(sample.action):
        yield f"mask has {len(mask)} numbers for {len(sample.action)} actions"
    elif bins_in_rows and len(sample.bins) not in (0, len(mask)):
        yield f"mask has {len(mask)} numbers for {len(sample.bins)} rows of bins"
