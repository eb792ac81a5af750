"""A bounded sample of episodes that is the same on every run: those whose ids have the smallest hashes.

Statements about a whole dataset (its gripper is inverted, its actions are in millimetres) are made from at most LIMIT
episodes and STEPS steps, 30 MB at 40 numbers a step; a dataset that has no more is looked at whole.
"""

import heapq
from dataclasses import replace

import numpy as np

from vladata.doctor.track import Track
from vladata.keys import seed_of

LIMIT = 1_000
STEPS = 200_000
LEAST = 50  # episodes that stay, however long they are
LONGEST = 4_000  # steps that are kept of one of them, from its start


class EpisodeSample:
    """Takes every track, keeps the sample."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, str, Track]] = []
        self._steps = 0

    def see(self, track: Track) -> None:
        """Keep the track if its hash is among the smallest. One without a sample is of no use."""
        if not len(track):
            return
        heapq.heappush(self._heap, (-seed_of(0, track.id), track.id, _own(track)))
        self._steps += min(len(track), LONGEST)
        while len(self._heap) > LIMIT or (self._steps > STEPS and len(self._heap) > LEAST):
            self._steps -= len(heapq.heappop(self._heap)[2])

    def tracks(self) -> list[Track]:
        """Return the sample, in the order of the ids."""
        return [track for _, _, track in sorted(self._heap, key=lambda entry: entry[1])]


def _own(track: Track) -> Track:
    """Return a copy, cut to LONGEST: a slice would keep its whole part of the index in memory."""
    return replace(
        track,
        numbers=np.array(track.numbers[:LONGEST]),
        action=np.array(track.action[:LONGEST]),
        state=np.array(track.state[:LONGEST]),
        raw={path: np.array(values[:LONGEST]) for path, values in track.raw.items()},
        left_out=(),
    )
