"""N worker processes, supervised: each runs the same graph on its share of the items.

The death of a process (out of memory, kill) is noticed by the end of its pipe and reported; the rest of its share goes to a new
process. If a share makes no progress in three deaths in a row, the run ends and names the item that is first in line. Beam's own
multi-process mode waits forever for a worker that was killed, and takes 2 to 3 s more.
"""

import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from selectors import EVENT_READ, DefaultSelector
from typing import Any

from vladata.beam.worker import WorkerTask, receive, send
from vladata.errors import VladataError, WorkerFailed

DEATHS_ALLOWED = 3


@dataclass(frozen=True)
class Work:
    """The work of a crew.

    items: all items, hashable.
    task:  makes the task for some of the items.
    left:  returns the items that are not done yet.
    name:  returns the name of an item, for a person.
    """

    items: Sequence[Any]
    task: Callable[[list[Any]], WorkerTask]
    left: Callable[[], Collection[Any]]
    name: Callable[[Any], str]


@dataclass
class _Share:
    """The share of one worker: its process, its items that are left, and its deaths since its last progress."""

    name: str
    process: subprocess.Popen[bytes]
    items: list[Any] = field(default_factory=list)
    deaths: int = 0

    @property
    def tasks(self) -> Any:
        return self.process.stdin

    @property
    def answers(self) -> Any:
        return self.process.stdout

    def close_pipes(self) -> None:
        for pipe in (self.tasks, self.answers):
            with suppress(OSError):  # unsent bytes to a process that has ended
                pipe.close()


class Crew:
    """N processes, as a context manager: they start when it is made, and end with the first `with` block, also after an error.

    count:   number of processes.
    modules: imported by each process while it waits for its first task.
    warn:    called with a text about each death.
    """

    def __init__(self, count: int, modules: Sequence[str], warn: Callable[[str], None]) -> None:
        self.modules, self.warn = modules, warn
        self.shares = [_Share(f"worker {i + 1} of {count}", self._start()) for i in range(count)]

    def _start(self) -> subprocess.Popen[bytes]:
        """Return a new process that inherits a blocked SIGINT: Ctrl-C reaches the whole group, and the supervisor decides."""
        command = [sys.executable, "-m", "vladata.beam.worker", *self.modules]
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        for share in self.shares:
            share.process.kill()
            share.process.wait()
            share.close_pipes()

    def run(self, work: Work) -> None:
        """Do every item. Raises the first VladataError of a worker, or WorkerFailed."""
        with DefaultSelector() as selector:
            for i, share in enumerate(self.shares):
                share.items, share.deaths = list(work.items[i :: len(self.shares)]), 0
                self._deal(share, work, selector)
            while selector.get_map():
                for key, _ in selector.select():
                    selector.unregister(key.fileobj)
                    self._answered(key.data, work, selector)

    def _deal(self, share: _Share, work: Work, selector: DefaultSelector) -> None:
        if not share.items:
            return
        try:
            send(share.tasks, work.task(share.items))
        except OSError:  # it died while it waited or was sent a task: the end of its answers is read next
            share.process.kill()
        selector.register(share.answers, EVENT_READ, share)

    def _answered(self, share: _Share, work: Work, selector: DefaultSelector) -> None:
        try:
            fault = receive(share.answers)
        except EOFError:
            self._replace(share, work)
            self._deal(share, work, selector)
            return
        if isinstance(fault, VladataError):
            raise fault

    def _replace(self, share: _Share, work: Work) -> None:
        code = share.process.wait()
        unfinished = set(work.left())
        rest = [item for item in share.items if item in unfinished]
        share.deaths = share.deaths + 1 if len(rest) == len(share.items) else 1
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        if share.deaths >= DEATHS_ALLOWED and rest:
            raise WorkerFailed(
                f"{share.name} died {share.deaths} times without progress",
                where=work.name(rest[0]),
                got=how,
                hint="Signal 9 usually means out of memory: give a smaller --memory, or fewer --workers.",
            )
        next_one = f"a new process continues with {work.name(rest[0])}" if rest else "its part was done"
        self.warn(f"{share.name} died ({how}); {next_one}.")
        share.items = rest
        share.close_pipes()
        share.process = self._start()
