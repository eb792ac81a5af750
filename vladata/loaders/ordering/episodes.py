"""The order of whole episodes, for policies with memory: each episode step by step, many episodes side by side, in lanes.

    episodes   numbered in the order in which their first samples are stored. Samples of an episode are sorted by step, samples of
               a step by task, in the order of the index's names
    epoch      the episodes at places 0, 1, ... of pass `epoch` of the bijection whose source is named "episodes" (bijection.py);
               with shuffle=False in the order of their numbers
    lanes      this sequence of episodes, n samples long, is cut into L runs of whole episodes: the l-th cut is at the beginning
               of an episode that is nearest to sample l n / L (of two, the first). The longest run is lane 0, of equal runs the
               first; a lane may be empty
    positions  first sample 0 of each lane, lane after lane, then sample 1 of each lane that has one, and so on

So with a global batch of L samples, place l of one batch and of the next have consecutive steps, as long as no lane is at its
end. `lane` of a batch always gives the lane, and `first` marks where an episode begins. L is the global batch size of the
first run, and does not change when a run continues with another size.

Memory: 4 bytes per sample (8 from 2^32 samples on), and 20 bytes per episode for each of the two epochs that were read last;
about 50 bytes per sample while the episodes are gathered, which takes one or two microseconds per sample.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from vladata.errors import UsageError
from vladata.loaders.order import Places, checked
from vladata.loaders.ordering.bijection import Bijections
from vladata.loaders.ordering.cursor import Cursor, Identity
from vladata.shards.dataset import Dataset
from vladata.shards.sequence import Samples

LOOKED_AT = 1 << 17  # samples whose rows are read together
HELD = 2  # epochs: the loop's own, and the next, which is read ahead


@dataclass(frozen=True, eq=False)
class EpisodeRows:
    """The samples of M episodes.

    row:   [n], the row of each sample, episode after episode.
    start: int64 [M + 1], the number of samples before each episode, and last the number of all samples.
    """

    row: np.ndarray
    start: np.ndarray


def episodes_of(samples: Dataset) -> EpisodeRows:
    """Gather the samples of each episode, from the index."""
    count = len(samples)
    dataset, task = np.empty(count, np.int16), np.empty(count, np.int16)
    episode, step = np.empty(count, np.int64), np.empty(count, np.int32)
    known: dict[str, int] = {}
    for some in _pieces(count):
        rows = samples.absolute(np.arange(some.start, some.stop))
        dataset[some], task[some] = (samples.places.codes(name, rows) for name in ("dataset", "task"))
        episode[some] = [
            known.setdefault(name, len(known)) for name in samples.places.column("episode", rows)
        ]
        step[some] = samples.places.column("step", rows)
    # An episode is a pair of dataset and name; episodes are numbered in the order in which they come.
    episode += dataset.astype(np.int64) * len(known)
    _, first, episode = np.unique(episode, return_index=True, return_inverse=True)
    episode = np.argsort(np.argsort(first))[episode.reshape(-1)]
    row = np.lexsort((task, step, episode))
    start = np.append(0, np.cumsum(np.bincount(episode, minlength=len(first))))
    return EpisodeRows(row.astype(np.uint32 if count < 1 << 32 else np.int64), start)


@dataclass(frozen=True, eq=False)
class _Lanes:
    """One epoch.

    episode: int64 [M], the episodes in their order.
    ends:    int64 [M], the end of each episode in the sequence of all samples.
    begin:   int64 [L], the beginning of each lane in that sequence.
    phase:   int64 [L], for i = 0..L-1 the position from which only lanes 0..L-1-i still have samples.
    done:    int64 [L], the number of samples that each of these lanes has given before that position.
    """

    episode: np.ndarray
    ends: np.ndarray
    begin: np.ndarray
    phase: np.ndarray
    done: np.ndarray


class EpisodeOrder:
    """The order of a dataset in whole episodes. samples: number of samples in an epoch."""

    def __init__(self, episodes: EpisodeRows, identity: Identity) -> None:
        self.samples, self.identity, self._episodes = len(episodes.row), identity, episodes
        self._shuffles = Bijections(identity.seed, {"episodes": len(episodes.start) - 1})
        self._held: tuple[tuple[tuple[int, int], _Lanes], ...] = ()

    def begin(self, batch: int, epoch: int = 0) -> Cursor:
        return Cursor(self.identity, epoch, 0, batch)

    def resumed(self, cursor: Cursor, batch: int) -> Cursor:
        checked(cursor, self)
        if not cursor.lanes:
            raise UsageError("the state has no lanes", where="lanes", got=0, allowed="1 or more")
        return cursor

    def places(self, cursor: Cursor, start: int, stop: int) -> Places:
        lanes, episodes = self._lanes(cursor.epoch, cursor.lanes), self._episodes
        position = np.arange(start, stop, dtype=np.int64)
        phase = np.searchsorted(lanes.phase, position, side="right") - 1
        time, lane = np.divmod(position - lanes.phase[phase], cursor.lanes - phase)
        spot = lanes.begin[lane] + lanes.done[phase] + time
        place = np.searchsorted(lanes.ends, spot, side="right")
        episode = lanes.episode[place]
        within = spot - lanes.ends[place] + (episodes.start[episode + 1] - episodes.start[episode])
        row = episodes.row[episodes.start[episode] + within].astype(np.int64)
        found = Places.of_one(row, cursor.epoch)
        return replace(found, lane=lane, first=within == 0)

    def _lanes(self, epoch: int, count: int) -> _Lanes:
        for key, lanes in self._held:
            if key == (epoch, count):
                return lanes
        found = self._made(epoch, count)
        self._held = (((epoch, count), found), *self._held[: HELD - 1])
        return found

    def _made(self, epoch: int, count: int) -> _Lanes:
        start = self._episodes.start
        episode = np.arange(len(start) - 1)
        if self.identity.shuffle:
            none = np.zeros_like(episode)
            episode = self._shuffles.rows(none, none + epoch, episode)
        ends = np.cumsum(start[episode + 1] - start[episode])
        edges = np.append(0, ends)
        wanted, scaled = np.arange(1, count) * self.samples, edges * count
        after = np.searchsorted(scaled, wanted)
        cut = after - (wanted - scaled[after - 1] <= scaled[after] - wanted)
        begin = edges[np.concatenate([[0], cut])]
        length = np.diff(np.append(begin, self.samples))
        longest = np.argsort(-length, kind="stable")
        begin, length = begin[longest], length[longest]
        # Phase i begins when lanes count - i .. count - 1 have ended.
        done = np.append(length, 0)[::-1][:count]
        alive = np.arange(count, 0, -1)
        lasts = np.diff(np.append(done, length[0])) * alive
        return _Lanes(episode, ends, begin, np.cumsum(lasts) - lasts, done)


def episode_order(samples: Samples, identity: Identity) -> EpisodeOrder:
    """Return the order of the episodes of samples, which have an index."""
    assert isinstance(samples, Dataset), "a virtual mixture has no order of episodes"
    return EpisodeOrder(episodes_of(samples), identity)


def _pieces(count: int) -> Iterator[slice]:
    return (slice(start, min(start + LOOKED_AT, count)) for start in range(0, count, LOOKED_AT))
