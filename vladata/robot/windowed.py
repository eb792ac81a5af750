"""The windows of one episode: the frames and actions of each of its samples. transforms/windows.py computes their positions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata import records
from vladata.actions.protocol import Codec
from vladata.fields import Field
from vladata.records import Episode
from vladata.transforms.windows import Window, WindowRule, windows


@dataclass(frozen=True, slots=True)
class Windowed:
    """N windows of an episode.

    fields: name -> N values: action, terminate and bins; frames, mask and valid if samples have them.
    spell:  a function from the numbers of some windows, int64 [M], rising, to the texts of their actions.
    """

    window: Window
    fields: Mapping[str, Sequence[Any]]
    spell: Callable[[np.ndarray], Sequence[str]]

    def at(self, column: Sequence[Any]) -> Sequence[Any]:
        """Return the values of a column of all taken steps at the steps of the windows."""
        values: Sequence[Any] = _chosen(column, self.window.at)
        return values


def rule_in(contract: Mapping[str, Any], codec: Codec) -> WindowRule:
    """Return the window rule of an action contract with codec `codec`."""
    return WindowRule(**contract["windows"], chunk=codec.chunk)


def fields_of(rule: WindowRule, codec: Codec, frames: bool) -> tuple[Field[Any], ...]:
    """Return the fields of samples by `rule`, with actions spelled by `codec`. frames: True if some tasks show several frames."""
    return records.windowed(frames, rule.chunk > 1, codec.width is not None)


def images_at(columns: Mapping[str, Sequence[Any]], frames: np.ndarray) -> dict[str, Sequence[Any]]:
    """Return name of an image in samples -> N pictures. No picture is copied.

    columns: camera -> its pictures of all T steps.
    frames:  int64 [N, K], the steps that each sample shows (0 to T - 1), its own step first.
    """
    return {
        earlier(camera, k): _shown(column, positions)
        for k, positions in enumerate(frames.T)
        for camera, column in columns.items()
    }


def earlier(camera: str, k: int) -> str:
    """Return the name of a camera's picture k frames before the sample's own: "primary", "primary-1", "primary-2"."""
    return f"{camera}-{k}" if k else camera


def windowed(episode: Episode, rule: WindowRule, codec: Codec) -> Windowed:
    """Return the windows of an episode by `rule`. codec: spells `rule.chunk` actions together. Raises CodecError."""
    steps: Mapping[str, Any] = episode.steps
    window = windows(len(episode), rule)
    rows = window.rows if rule.chunk > 1 else window.at
    return Windowed(
        window, *spelled(steps["action"][rows], steps["terminate"][rows], window.mask, rule, codec)
    )


def spelled(
    actions: np.ndarray, ends: np.ndarray, mask: np.ndarray, rule: WindowRule, codec: Codec
) -> tuple[dict[str, Any], Callable[[np.ndarray], Sequence[str]]]:
    """Return the fields of the actions of N windows, and `spell` of Windowed. The windows may be of several episodes.

    actions: float32 [N, D], or [N, H, D] with chunks.
    ends:    bool [N], or [N, H] with chunks.
    mask:    int64 [N, H], as in Window.

    Actions repeated after the end of an episode are spelled like the others if there is a mask, and left out if tails are
    truncated. A codec whose bins do not stand for single actions (its width is None) has no truncated tails.
    """
    bins = codec.encode(actions, terminate=ends)
    if rule.chunk == 1:
        one = {"action": list(actions), "terminate": ends.astype(int).tolist(), "bins": list(bins)}
        return one, lambda samples: codec.texts(_chosen(bins, samples))
    valid = mask.sum(axis=1)
    whole = valid == rule.chunk
    ones = np.ones(rule.chunk, np.int32)  # shared by all whole chunks, which most are
    fields = {
        "action": list(actions),
        "terminate": (ends & (mask == 1)).any(axis=1).astype(int).tolist(),
        "bins": list(bins),
        "mask": [
            ones if full else row for full, row in zip(whole.tolist(), mask.astype(np.int32), strict=True)
        ],
        "valid": valid.tolist(),
    }
    if rule.tail != "truncate":
        return fields, lambda samples: codec.texts(_chosen(bins, samples))
    for name in ("action", "bins", "mask"):
        fields[name] = [rows[:n] for rows, n in zip(fields[name], fields["valid"], strict=True)]

    def spell(samples: np.ndarray) -> Sequence[str]:
        complete = iter(codec.texts(_chosen(bins, samples[whole[samples]])))
        return [next(complete) if whole[i] else codec.text(fields["bins"][i]) for i in samples.tolist()]

    return fields, spell


def _shown(column: Sequence[Any], positions: np.ndarray) -> Sequence[Any]:
    """Return the pictures of a column at some positions, taken one by one: indexing an array of pixels would copy them."""
    if _is_all(positions, len(column)):
        return column
    return [column[i] for i in positions.tolist()]


def _chosen(column: Any, positions: np.ndarray) -> Any:
    """Return the values of a column, a list or an array, at some positions; the column itself for all positions in order."""
    if _is_all(positions, len(column)):
        return column
    if isinstance(column, np.ndarray):
        return column[positions]
    return [column[i] for i in positions.tolist()]


def _is_all(positions: np.ndarray, count: int) -> bool:
    return len(positions) == count and bool((positions == np.arange(count)).all())
