"""N worker processes, supervised: each runs the same graph on its share of the items.

A process that dies (out of memory, kill) is noticed by the end of its pipe and named; what is left of its share goes to a
fresh one. Three deaths in a row in which a share made no progress end the run, naming the item that is first in line.
Beam's own multi-process mode waits for ever for a worker that was killed, and costs 2 to 3 s.
"""

import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from selectors import EVENT_READ, DefaultSelector
from typing import Any

from vladata.beam.worker import Task, receive, send
from vladata.errors import VladataError, WorkerFailed

DEATHS_ALLOWED = 3
Left = Callable[[], Collection[Any]]


@dataclass
class _Share:
    """One worker's part: its process, what is left of its items, and its deaths since it last got on."""

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
            with suppress(BrokenPipeError):  # unsent bytes to a process that is gone
                pipe.close()


class Crew:
    """Use as a context manager: the processes start at once and end with the block, however it ends.

    count:   how many processes.
    modules: what each imports while it waits for its first task.
    warn:    is told of each death.
    """

    def __init__(self, count: int, modules: Sequence[str], warn: Callable[[str], None]) -> None:
        self.modules, self.warn = modules, warn
        self.shares = [_Share(f"worker {i + 1} of {count}", self._start()) for i in range(count)]

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "vladata.beam.worker", *self.modules]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        for share in self.shares:
            share.process.kill()
            share.process.wait()
            share.close_pipes()

    def run(self, task: Callable[[list[Any]], Task], items: Sequence[Any], left: Left) -> None:
        """Has every item done. Raises the first VladataError of a worker, or WorkerFailed.

        task: makes the task for a list of items.   left: says which items are not done yet.
        """
        with DefaultSelector() as selector:
            for i, share in enumerate(self.shares):
                share.items, share.deaths = list(items[i :: len(self.shares)]), 0
                self._deal(share, task, selector)
            while selector.get_map():
                for key, _ in selector.select():
                    selector.unregister(key.fileobj)
                    self._answered(key.data, task, left, selector)

    def _deal(self, share: _Share, task: Callable[[list[Any]], Task], selector: DefaultSelector) -> None:
        if not share.items:
            return
        with suppress(BrokenPipeError):  # it died while it waited: its closed pipe is read next, and says so
            send(share.tasks, task(share.items))
        selector.register(share.answers, EVENT_READ, share)

    def _answered(
        self, share: _Share, task: Callable[[list[Any]], Task], left: Left, selector: DefaultSelector
    ) -> None:
        try:
            fault = receive(share.answers)
        except EOFError:
            self._replace(share, left)
            self._deal(share, task, selector)
            return
        if isinstance(fault, VladataError):
            raise fault

    def _replace(self, share: _Share, left: Left) -> None:
        code = share.process.wait()
        unfinished = set(left())
        rest = [item for item in share.items if item in unfinished]
        share.deaths = share.deaths + 1 if len(rest) == len(share.items) else 1
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        if share.deaths >= DEATHS_ALLOWED and rest:
            raise WorkerFailed(
                f"{share.name} died {share.deaths} times without finishing a unit",
                where=f"unit {rest[0]}",
                got=how,
                hint="Killed by signal 9 it was probably out of memory: give a smaller --memory, or fewer --workers.",
            )
        self.warn(f"{share.name} died ({how}); {len(rest)} of its units go to a new process.")
        share.items = rest
        share.close_pipes()
        share.process = self._start()
