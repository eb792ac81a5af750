"""Jobs done by threads ahead of a loop, their results in the order of the jobs.

RULE. A job begins once, which returns its parts; any free threads do the parts; the thread that does the last part ends the job.
A thread always takes the earliest job that has something left to do, so few jobs run at once however many threads there are, and
the result that the loop waits for comes first. At most `ahead` results are finished or being made, besides the one that the loop
has. An error is raised in the loop in place of a result: if several parts fail, the error of the first part, so that it does not
depend on the threads' timing.

END OF THE THREADS. Threads have references to their work, and none to the iterator. So they end when the loop is over, raises an
error, or drops the iterator: `close` waits for them; after a drop they end with their present part. They are daemon threads that
end before the interpreter does, so the exit does not hang. A forked process has none of these threads: there the iterator raises
an error and does not wait for ever.
"""

import atexit
import heapq
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

from vladata.errors import UsageError

PATIENCE = 5.0  # seconds that `close` waits for threads, which may be in a read that hangs; they end after it
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Part = Callable[[], None]
_Outcome = tuple[T, None] | tuple[None, BaseException]


class PoolJob(Protocol[T_co]):
    """One result to be made: call `begin`, then every part, in any order and at once, then `end`."""

    def begin(self) -> Sequence[Part]:
        """Do the first step, and return the parts that are left to do."""

    def end(self) -> T_co:
        """Return the result, after every part is done."""


class InOrder(Iterator[T]):
    """The results of `jobs`, in their order."""

    def __init__(self, jobs: Iterator[PoolJob[T]], workers: int, ahead: int) -> None:
        """Prepare the jobs. workers: threads; with 0 the caller of `next` does each job itself.   ahead: 1 or more."""
        self._jobs, self._workers, self._ahead = jobs, workers, ahead
        self._crew: _Crew | None = None  # started for the first result
        self._pending: deque[SimpleQueue[_Outcome[T]]] = deque()
        self._given, self._over, self._process = 0, False, os.getpid()

    def __next__(self) -> T:
        if self._over:
            raise StopIteration
        if self._process != os.getpid():
            raise UsageError(
                "this process was forked after the loop began, and the loop's threads are in the parent process",
                hint="Begin the loop in the process that reads: iter(loader) starts new threads.",
            )
        try:
            return self._next() if self._workers else done(next(self._jobs))
        except BaseException:  # StopIteration, the job's own, or an interrupt while waiting
            self.close()
            raise

    def _next(self) -> T:
        if self._crew is None:
            self._crew = _Crew(self._workers)
            weakref.finalize(self, self._crew.dismiss).atexit = False
        while len(self._pending) <= self._ahead and (job := next(self._jobs, None)) is not None:
            slot: SimpleQueue[_Outcome[T]] = SimpleQueue()
            self._crew.add(self._given, BEGIN, _Running(job, slot))
            self._pending.append(slot)
            self._given += 1
        if not self._pending:
            raise StopIteration
        result, fault = self._pending.popleft().get()
        if fault is not None:
            try:
                raise fault
            finally:
                del fault  # its traceback holds this frame
        return result  # type: ignore[return-value]

    def close(self) -> None:
        """End the threads and the iteration. Results that were made ahead are dropped."""
        self._over = True
        self._pending.clear()
        if self._crew is not None:
            self._crew.end()


def done(job: PoolJob[T]) -> T:
    """Do a job in this thread, and return its result."""
    for part in job.begin():
        part()
    return job.end()


BEGIN = -1  # in place of the number of a part


class _Running(Generic[T]):
    """A job that has begun: the state of its parts, and the place for its result."""

    def __init__(self, job: PoolJob[T], slot: "SimpleQueue[_Outcome[T]]") -> None:
        self._job, self._slot = job, slot
        self._parts: Sequence[Part] = ()
        self._left, self._lock = 0, threading.Lock()
        self._faults: dict[int, BaseException] = {}

    def begin(self) -> int:
        """Begin the job, and return the number of its parts; 0 if it failed."""
        try:
            self._parts = self._job.begin()
        except BaseException as fault:  # noqa: BLE001  # it is raised in the loop
            self._tell(None, fault)
            return 0
        self._left = len(self._parts)
        if not self._parts:
            self._end()
        return self._left

    def do(self, part: int) -> None:
        """Do one part; after the last part, end the job."""
        try:
            self._parts[part]()
        except BaseException as fault:  # noqa: BLE001
            self._faults[part] = fault
        with self._lock:
            self._left -= 1
            if self._left:
                return
        self._end()

    def _end(self) -> None:
        if self._faults:
            return self._tell(None, self._faults[min(self._faults)])
        try:
            result = self._job.end()
        except BaseException as fault:  # noqa: BLE001
            return self._tell(None, fault)
        self._tell(result, None)

    def _tell(self, result: T | None, fault: BaseException | None) -> None:
        self._slot.put((result, fault))  # type: ignore[arg-type]
        self._parts, self._faults = (), {}  # an error leads to its frames, and these to the batch


class _Crew:
    """Threads and their work. `_wake` has an entry for each part of the work, so `dismiss` never waits for a lock: the garbage
    collector may call it at any moment."""

    def __init__(self, workers: int) -> None:
        self._units: list[
            tuple[int, int, _Running[Any]]
        ] = []  # a heap: (number of the job, of the part, the job)
        self._lock, self._wake, self._dismissed = threading.Lock(), SimpleQueue[None](), False
        self._process = os.getpid()
        self._threads = [
            threading.Thread(target=self._work, name=f"vladata-load-{number}", daemon=True)
            for number in range(workers)
        ]
        _CREWS.add(self)
        try:
            for thread in self._threads:
                thread.start()
        except BaseException:
            self.dismiss()
            raise

    def add(self, number: int, part: int, running: _Running[Any]) -> None:
        """Add a part to the work of the threads."""
        with self._lock:
            heapq.heappush(self._units, (number, part, running))
        self._wake.put(None)

    def dismiss(self) -> None:
        """Let the threads end after their present part."""
        self._dismissed = True
        for _ in self._threads:
            self._wake.put(None)

    def end(self) -> None:
        """Let the threads end, and wait for them."""
        if self._process != os.getpid():
            return
        self.dismiss()
        limit = time.monotonic() + PATIENCE
        for thread in self._threads:
            if thread is not threading.current_thread() and thread.ident is not None:
                thread.join(max(0.0, limit - time.monotonic()))

    def _work(self) -> None:
        while True:
            self._wake.get()
            if self._dismissed:
                return
            with self._lock:
                number, part, running = heapq.heappop(self._units)
            if part == BEGIN:
                parts = running.begin()
                for other in range(1, parts):
                    self.add(number, other, running)
                part = 0 if parts else BEGIN
            if part != BEGIN:
                running.do(part)
            del running  # a waiting thread must not hold a batch


_CREWS: "weakref.WeakSet[_Crew]" = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    for crew in list(_CREWS):
        crew.end()
