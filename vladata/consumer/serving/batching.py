"""Questions of several robots, answered together: one batch at a time, in one worker thread.

A session waits for its answer before it asks again. So the queue holds at most one question of each robot, and "first come, first
served" is fair: if a robot sends faster, its other messages wait in its own connection. A batch begins when it is full, when all
connected robots have asked, or when its first question has waited long enough.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from vladata.consumer.policy.observation import Action, Observation
from vladata.consumer.serving.metrics import Metrics
from vladata.consumer.serving.served import Served


class Busy(Exception):
    """The queue is full."""


@dataclass(frozen=True)
class TimedAction:
    """An action with its times.

    waited: seconds that its question waited.
    took:   seconds that its batch took.
    batch:  the number of questions in its batch."""

    action: Action
    waited: float
    took: float
    batch: int


@dataclass(eq=False)
class _QueuedQuestion:
    observation: Observation
    answer: "asyncio.Future[TimedAction]"
    since: float = field(default_factory=time.monotonic)


class Batcher:
    """A queue of questions, which a policy answers in batches.

    most:    most observations in a batch.
    wait:    seconds that a question waits for others.
    waiting: most questions in the queue.
    present: a function that returns the number of connected robots."""

    def __init__(
        self,
        policy: Served,
        metrics: Metrics,
        present: Callable[[], int],
        most: int,
        wait: float,
        waiting: int,
    ) -> None:
        self.policy, self.metrics, self.present = policy, metrics, present
        self.most, self.wait, self.waiting = most, wait, waiting
        self._queue: deque[_QueuedQuestion] = deque()
        self._came = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "policy")

    async def act(self, observation: Observation) -> TimedAction:
        """Return the answer to one question.

        Raises Busy if the queue is full, and the error of the policy for this observation."""
        if len(self._queue) >= self.waiting:
            raise Busy
        asked = _QueuedQuestion(observation, asyncio.get_running_loop().create_future())
        self._queue.append(asked)
        self._came.set()
        return await asked.answer

    async def run(self) -> None:
        """Answer questions until this task is cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                batch = await self._next()
                start = time.monotonic()
                answers = await loop.run_in_executor(
                    self._thread, self._answers, [each.observation for each in batch]
                )
                took = time.monotonic() - start
                self.metrics.batch(len(batch), took)
                for asked, answer in zip(batch, answers, strict=True):
                    if asked.answer.cancelled():  # its robot went away
                        continue
                    if isinstance(answer, Exception):
                        asked.answer.set_exception(answer)
                    else:
                        asked.answer.set_result(TimedAction(answer, start - asked.since, took, len(batch)))
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _next(self) -> list[_QueuedQuestion]:
        """Wait for the next batch, and return its questions, at least one."""
        while True:
            while not self._queue:
                self._came.clear()
                await self._came.wait()
            await self._gathered()
            batch = [self._queue.popleft() for _ in range(min(self.most, len(self._queue)))]
            if batch := [each for each in batch if not each.answer.cancelled()]:
                return batch

    async def _gathered(self) -> None:
        """Wait until there are enough questions for a batch, or until the first has waited long enough."""
        ends = self._queue[0].since + self.wait
        while len(self._queue) < min(self.most, self.present()) and (left := ends - time.monotonic()) > 0:
            self._came.clear()
            try:
                await asyncio.wait_for(self._came.wait(), left)
            except TimeoutError:
                return

    def _answers(self, observations: Sequence[Observation]) -> list[Action | Exception]:
        """Return the policy's action for each observation, or an error.

        If a batch fails, the policy gets the observations one by one, so that each has its own error."""
        try:
            return list(self.policy.act_many(observations))
        except Exception as fault:  # noqa: BLE001 - any error is the answer to its robot, and the server goes on
            if len(observations) == 1:
                return [fault]
        return [each for one in observations for each in self._answers([one])]
