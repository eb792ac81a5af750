"""A robot's connection: its protocol, what it saw before, and the actions that it has not done yet.

Nothing of a session outlives its connection, and nothing of it is reachable from another.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from vladata.consumer.policy.observation import Action, Observation
from vladata.consumer.serving.served import Served
from vladata.errors import ContractMismatch


class Session:
    """One connection. number: counted from the server's start.   protocol: None until its first message says it."""

    def __init__(self, number: int, peer: str, policy: Served) -> None:
        self.number, self.peer, self.policy = number, peer, policy
        self.protocol: str | None = None
        self.asked = self.faults = 0
        self.busy = False
        self.restart()

    def restart(self) -> None:
        """Begin an episode: what was seen and what is left to do are forgotten."""
        most = (self.policy.frames - 1) * self.policy.stride + 1
        self._seen: deque[Mapping[str, Any]] = deque(maxlen=most)
        self._left: deque[tuple[np.ndarray, bool]] = deque()

    def with_history(self, observation: Observation) -> Observation:
        """The observation of a step with the frames before it, the step's own first; the first step's stands for those before it.

        An observation that holds its frames already is left as it is. Raises ContractMismatch for pictures of another shape than
        before."""
        if not self._keeps(observation):
            return observation
        seen = [*self._seen, observation.images]
        at = [max(len(seen) - 1 - k * self.policy.stride, 0) for k in range(self.policy.frames)]
        stacked = {}
        for camera in observation.images:
            frames = [seen[i][camera] for i in at]
            if len({np.shape(frame) for frame in frames}) > 1:
                shapes = [str(list(np.shape(frame))) for frame in (frames[0], frames[-1])]
                what = "a picture has another shape than those of the steps before"
                raise ContractMismatch(what, where=f"image {camera}", got=shapes[0], allowed=shapes[1])
            stacked[camera] = np.stack(frames)
        return replace(observation, images=stacked)

    def saw(self, observation: Observation) -> None:
        """Keep what a step showed, once it is known to fit."""
        if self._keeps(observation):
            self._seen.append(observation.images)

    def _keeps(self, observation: Observation) -> bool:
        return self.policy.frames > 1 and all(np.ndim(each) != 4 for each in observation.images.values())

    def keep(self, action: Action, most: int | None) -> None:
        """Take the actions of a chunk to be done one by one. most: of them; None: all."""
        self._left = deque(zip(action.actions[:most], action.ends.tolist()[:most], strict=True))

    def next(self) -> tuple[np.ndarray, bool] | None:
        """The next action that is kept, float32 [D], and whether the episode is to end with it; None where none is left."""
        if not self._left:
            return None
        action, ends = self._left.popleft()
        if ends:  # what comes behind it is not to be done
            self._left.clear()
        return action, ends
