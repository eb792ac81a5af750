"""The number of a step in its split, by which tasks with shares are dealt, computed from the index of a finished dataset.

All steps with a planned sample are counted, in the order of the source. Episodes are named by their places in the source, so
sorting (split, file, record, step) of index.arrow gives that order; it takes 8 bytes per sample. If samples were left out while
the dataset was written, their steps were counted but are not in the index; and if other cameras decide which steps are fit,
other steps would have been counted. In these cases shares cannot be dealt.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from vladata.loaders.rendering.stored import StoredRobot
from vladata.robot.picturing import cameras
from vladata.spec.recipe import RecipeSpec

UNITS = b"units"  # runs/index_table.py: identity, shards, samples left out and kinds of each unit


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers of all steps in their splits.

    episodes: [E] names, sorted as text.
    ordinals: int64 [E], the place of each episode in the order of the source.
    places:   int64 [n], ordinal << 32 | step, sorted.
    before:   int64 [E], by ordinal: the number of `places` in the splits before the episode's split.
    """

    episodes: np.ndarray
    ordinals: np.ndarray
    places: np.ndarray
    before: np.ndarray

    def __call__(self, episodes: Sequence[str], steps: np.ndarray) -> np.ndarray:
        """Return int64 [B]: the number of each step in its split."""
        which = self.ordinals[np.searchsorted(self.episodes, np.array(list(episodes), self.episodes.dtype))]
        place = np.searchsorted(self.places, (which << 32) | steps.astype(np.int64))
        return np.asarray(place - self.before[which])


def numbers_of(source: StoredRobot, recipe: RecipeSpec) -> tuple[Numbers | None, list[str]]:
    """Return the numbers, or None and the reasons why they are not known."""
    if source.output is None or source.part is None:
        return None, [
            "shares are dealt by counting all samples of a dataset, but a mixture has only some of them (tasks)"
        ]
    splits = [each.partition("[")[0].strip() for each in source.part.source.split.split("+")]
    if len(set(splits)) < len(splits):
        return None, [
            "shares are dealt in the order of the source, but a split was converted in parts (tasks)"
        ]
    ledger, index = source.output.manifest.ledger, source.output.index
    rejected = ledger["steps"]["rejected"] or ledger["episodes"]["rejected"]
    shown = [set(cameras(source.spec, each).values()) for each in (source.recipe, recipe)]
    late = sum(unit[2] for unit in orjson.loads((index.schema.metadata or {}).get(UNITS, b"[]")))
    if late or (rejected and shown[0] != shown[1]):
        return None, [
            "shares are dealt by counting samples, but some were left out (tasks; rejected.jsonl lists them)"
        ]
    column = index["episode"].combine_chunks().dictionary_encode()
    return numbers_among(
        column.dictionary.to_pylist(), column.indices.to_numpy(), index["step"].to_numpy()
    ), []


def numbers_among(names: Sequence[str], which: np.ndarray, steps: np.ndarray) -> Numbers:
    """Return the numbers of steps. names: of episodes.   which: int64 [n], the episode of each step.   steps: int [n]."""
    apart = [name.rsplit("-", 2) for name in names]
    order = sorted(range(len(names)), key=lambda i: (apart[i][0], int(apart[i][1]), int(apart[i][2])))
    ordinals = np.empty(len(names), np.int64)
    ordinals[order] = np.arange(len(names))
    places = np.sort((ordinals[which] << 32) | steps.astype(np.int64))
    begins = np.searchsorted(places >> 32, np.arange(len(names)))
    _, first, of = np.unique([apart[i][0] for i in order], return_index=True, return_inverse=True)
    texts = np.array(names)
    alphabetic = np.argsort(texts, kind="stable")
    return Numbers(texts[alphabetic], ordinals[alphabetic], places, begins[first][of])
