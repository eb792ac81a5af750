"""Jobs done by threads ahead of a loop, their results in the order of the jobs.

RULE. A job begins once, which gives its parts; the parts are done by whichever threads are free; the thread that does the last
one ends the job. A thread always takes the earliest job that has something left to do, so few jobs are under way at once however
many threads there are, and the result that the loop waits for comes first. At most `ahead` results are finished or under way
beside the one that the loop has. An error is raised in the loop where its result would have come: of several parts that of the
first, so that it does not depend on the threads' timing.

WHO ENDS THE THREADS. They know what is to be done and nothing of the iterator. So when the loop is over, raises, or drops the
iterator, they end: at the close of an iterator it waits for them, and where it is only dropped they end after the part that they
are at. They are daemons that are ended before the interpreter is, so that nothing hangs at exit. A forked process has none of
them: there the iterator says so, in place of waiting for ever.
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

PATIENCE = 5.0  # seconds that closing waits for threads, which may be in a read that hangs; they end after it
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Part = Callable[[], None]
_Outcome = tuple[T, None] | tuple[None, BaseException]


class PoolJob(Protocol[T_co]):
    """One result to be made. `begin`, then every part, in any order and at once, then `end`."""

    def begin(self) -> Sequence[Part]:
        """Do what comes first, and return the parts that are left to do."""

    def end(self) -> T_co:
        """Return the result; every part is done."""


class InOrder(Iterator[T]):
    """The results of `jobs`, in their order."""

    def __init__(self, jobs: Iterator[PoolJob[T]], workers: int, ahead: int) -> None:
        """workers: threads; 0: each job is done when its result is asked for, by whoever asks.   ahead: 1 or more."""
        self._jobs, self._workers, self._ahead = jobs, workers, ahead
        self._crew: _Crew | None = None  # hired when the first result is asked for
        self._pending: deque[SimpleQueue[_Outcome[T]]] = deque()
        self._given, self._over, self._process = 0, False, os.getpid()

    def __next__(self) -> T:
        if self._over:
            raise StopIteration
        if self._process != os.getpid():
            raise UsageError(
                "the threads of this loop are in another process, which forked this one",
                hint="Begin the loop in the process that reads: iter(loader) starts threads of its own.",
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
        """End the threads, and the iteration. What they have made ahead is dropped."""
        self._over = True
        self._pending.clear()
        if self._crew is not None:
            self._crew.end()


def done(job: PoolJob[T]) -> T:
    """The result of a job that is done here and now."""
    for part in job.begin():
        part()
    return job.end()


BEGIN = -1  # in place of the number of a part


class _Running(Generic[T]):
    """A job under way: whose turn it is, and where its result goes."""

    def __init__(self, job: PoolJob[T], slot: "SimpleQueue[_Outcome[T]]") -> None:
        self._job, self._slot = job, slot
        self._parts: Sequence[Part] = ()
        self._left, self._lock = 0, threading.Lock()
        self._faults: dict[int, BaseException] = {}

    def begin(self) -> int:
        """How many parts there are to do; of a job that failed none."""
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
        """Do one of them; and the end of the job, where it was the last."""
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
    """Threads, and what they have to do. `wake` has an entry for each unit of it, so that nobody waits for a lock to be told;
    it can be told at any moment, by the garbage collector too."""

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
        """Give them something to do."""
        with self._lock:
            heapq.heappush(self._units, (number, part, running))
        self._wake.put(None)

    def dismiss(self) -> None:
        """Let them go after what they are at."""
        self._dismissed = True
        for _ in self._threads:
            self._wake.put(None)

    def end(self) -> None:
        """Let them go, and wait for it."""
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
            del running  # who waits holds no batch


_CREWS: "weakref.WeakSet[_Crew]" = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    for crew in list(_CREWS):
        crew.end()
