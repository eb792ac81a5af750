"""The state of one connection: its protocol, the frames that the robot sent before, and the actions that are not done yet.

A session ends with its connection, and no session can reach the state of another.
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
    """The state of one connection.

    number:   the number of the connection since the server's start.
    protocol: None until the first message shows it."""

    def __init__(self, number: int, peer: str, policy: Served) -> None:
        self.number, self.peer, self.policy = number, peer, policy
        self.protocol: str | None = None
        self.asked = self.faults = 0
        self.busy = False
        self.restart()

    def restart(self) -> None:
        """Begin an episode: forget earlier frames and the actions that are left."""
        most = (self.policy.frames - 1) * self.policy.stride + 1
        self._seen: deque[Mapping[str, Any]] = deque(maxlen=most)
        self._left: deque[tuple[np.ndarray, bool]] = deque()

    def with_history(self, observation: Observation) -> Observation:
        """Return the observation of a step together with the frames before it, the step's own frame first.

        Before the first step of an episode, the frame of the first step is repeated. An observation that already has its frames
        is returned unchanged. Raises ContractMismatch for a picture whose shape differs from the pictures before."""
        if not self._keeps(observation):
            return observation
        seen = [*self._seen, observation.images]
        at = [max(len(seen) - 1 - k * self.policy.stride, 0) for k in range(self.policy.frames)]
        stacked = {}
        for camera in observation.images:
            frames = [seen[i][camera] for i in at]
            if len({np.shape(frame) for frame in frames}) > 1:
                shapes = [str(list(np.shape(frame))) for frame in (frames[0], frames[-1])]
                what = "a picture has another shape than the pictures of the steps before"
                raise ContractMismatch(what, where=f"image {camera}", got=shapes[0], allowed=shapes[1])
            stacked[camera] = np.stack(frames)
        return replace(observation, images=stacked)

    def saw(self, observation: Observation) -> None:
        """Remember the frames of a step. Call it only for an observation that fits the policy."""
        if self._keeps(observation):
            self._seen.append(observation.images)

    def _keeps(self, observation: Observation) -> bool:
        return self.policy.frames > 1 and all(np.ndim(each) != 4 for each in observation.images.values())

    def keep(self, action: Action, most: int | None) -> None:
        """Store the actions of a chunk, to be sent one by one. most: the number of actions to store; None: all."""
        self._left = deque(zip(action.actions[:most], action.ends.tolist()[:most], strict=True))

    def next(self) -> tuple[np.ndarray, bool] | None:
        """Return the next stored action, float32 [D], and True if the episode must end with it; None if no action is left."""
        if not self._left:
            return None
        action, ends = self._left.popleft()
        if ends:  # actions after the end of the episode must not be done
            self._left.clear()
        return action, ends
