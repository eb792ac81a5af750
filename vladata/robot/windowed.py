"""The windows of one episode: what each of its samples shows and spells. transforms/windows.py has the positions."""

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

    fields: name -> N values: action, terminate and bins; frames, mask and valid where samples have them.
    spell:  the text of each one's actions; made when it is asked for.
    """

    window: Window
    fields: Mapping[str, Sequence[Any]]
    spell: Callable[[], Sequence[str]]

    def at(self, column: Sequence[Any]) -> Sequence[Any]:
        """The values of a column of all taken steps at the steps of the windows."""
        return _chosen(column, self.window.at)

    def images(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
        """Camera -> its pictures of all taken steps, as what samples call their images -> N pictures, none copied."""
        return {
            earlier(camera, k): _chosen(column, positions)
            for k, positions in enumerate(self.window.frames.T)
            for camera, column in columns.items()
        }


def rule_in(contract: Mapping[str, Any], codec: Codec) -> WindowRule:
    """The rule that an action contract says, whose codec is `codec`."""
    return WindowRule(**contract["windows"], chunk=codec.chunk)


def fields_of(rule: WindowRule, codec: Codec) -> tuple[Field[Any], ...]:
    """The fields of samples by `rule`, whose actions are spelled by `codec`."""
    return records.windowed(rule.history > 1, rule.chunk > 1, codec.width is not None)


def earlier(camera: str, k: int) -> str:
    """What a sample calls the picture of a camera k frames before its own: "primary", "primary-1", "primary-2"."""
    return f"{camera}-{k}" if k else camera


def windowed(episode: Episode, rule: WindowRule, codec: Codec) -> Windowed:
    """The windows of an episode by `rule`. codec: spells as many actions at once as the rule says. Raises CodecError."""
    steps: Mapping[str, Any] = episode.steps
    window, actions, ends = windows(len(episode), rule), steps["action"], steps["terminate"]
    several: dict[str, Any] = {}
    if rule.history > 1:
        several["frames"] = list(episode.numbers[window.frames].astype(np.int32))
    if rule.chunk == 1:
        actions, ends = actions[window.at], ends[window.at]
        bins = codec.encode(actions, terminate=ends)
        one = {"action": list(actions), "terminate": ends.astype(int).tolist(), "bins": list(bins)}
        return Windowed(window, one | several, lambda: codec.texts(bins))
    return Windowed(window, *_chunks(window, actions[window.rows], ends[window.rows], rule, codec, several))


def _chunks(
    window: Window,
    actions: np.ndarray,
    ends: np.ndarray,
    rule: WindowRule,
    codec: Codec,
    several: Mapping[str, Any],
) -> tuple[dict[str, Any], Callable[[], Sequence[str]]]:
    """The fields of chunks and what spells them. actions: float32 [N, H, D]; ends: bool [N, H].

    What is repeated after the end is spelled with the others where there is a mask, and left out where tails are truncated. A
    codec whose bins do not stand for single actions (its width is None) has no such tails.
    """
    bins = codec.encode(actions, terminate=ends)
    valid = window.valid.tolist()
    mask = window.mask.astype(np.int32)
    fields = {
        "action": list(actions),
        "terminate": (ends & (window.mask == 1)).any(axis=1).astype(int).tolist(),
        "bins": list(bins),
        "mask": list(mask),
        "valid": valid,
        **several,
    }
    if rule.tail != "truncate":
        return fields, lambda: codec.texts(bins)
    whole = int(np.count_nonzero(window.valid == rule.chunk))  # they come first
    for name in ("action", "bins", "mask"):
        fields[name] = [rows[:n] for rows, n in zip(fields[name], valid, strict=True)]
    shorter = fields["bins"][whole:]
    return fields, lambda: [*codec.texts(bins[:whole]), *map(codec.text, shorter)]


def _chosen(column: Sequence[Any], positions: np.ndarray) -> Sequence[Any]:
    """The values of a column at some positions; the column itself where that is all of them in order."""
    if len(positions) == len(column) and (positions == np.arange(len(column))).all():
        return column
    return [column[i] for i in positions.tolist()]
