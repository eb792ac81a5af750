"""The last rule that removes steps: steps that have no window.

A step has no window, gives no sample and is counted as filtered if frames (window_head) or actions (window_tail) are missing. Its
action may still be spelled, in the chunk of an earlier step. So statistics of actions are over all steps that targets spell, and
statistics of states over the steps of samples. The steps that a conversion reads from an episode (`skips`) do not change: windows
are made over all taken steps.
"""

import numpy as np
import pyarrow as pa

from vladata.index.rows import DROPPED
from vladata.selection.rows import cut, replaced
from vladata.transforms.windows import WindowRule, without_window

HEAD, TAIL = "window_head", "window_tail"
OF_SAMPLES, OF_TARGETS = ("numbers", "spoken", "state"), ("action",)


def at_windows(part: pa.Table, rule: WindowRule) -> pa.Table:
    """Return the part with its columns cut to the steps that have windows, and `action` to the steps that these windows spell.

    part: a part of the index with the column `numbers`, and those of OF_SAMPLES and OF_TARGETS that are needed.
    """
    counts = part["numbers"].combine_chunks().value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
    head, tail = without_window(counts, rule)
    if not head.any() and not tail.any():
        return part
    owner = np.repeat(np.arange(len(part)), counts)
    position = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    left = counts - head - tail
    spelled = (position >= head[owner]) & (left[owner] > 0)
    stands = spelled & (position < (counts - tail)[owner])
    for columns, kept in ((OF_SAMPLES, stands), (OF_TARGETS, spelled)):
        for name in set(columns) & set(part.column_names):
            part = replaced(part, name, cut(part[name].combine_chunks(), kept, owner, len(part)))
    if "dropped" not in part.column_names:
        return part
    rows = [
        [*dropped, *_booked(HEAD, int(h), n == 0 and t == 0), *_booked(TAIL, int(t), n == 0)]
        for dropped, h, t, n in zip(part["dropped"].to_pylist(), head, tail, left, strict=True)
    ]
    return replaced(part, "dropped", pa.array(rows, pa.list_(DROPPED)))


def _booked(rule: str, steps: int, whole: bool) -> list[dict[str, object]]:
    return [{"rule": rule, "steps": steps, "whole": whole}] if steps else []
