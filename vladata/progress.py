"""Progress of long work: a bar with rate and ETA on a terminal, plain lines otherwise, nothing when quiet.

The display calls `done()`, which counts finished work wherever it was done; so it serves a loop, supervised processes and a
cluster alike. It is written to standard error, so that a program can read the command's output.
"""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

ASK_EVERY = 0.5  # seconds
LINE_EVERY = 10.0  # seconds between plain lines


class Progress:
    """A display of progress, as a context manager around the work.

    label: the name of the work, "Convert".   unit: the name of what is counted, "samples".   total: their number.
    done:  returns the number of finished ones, those of an earlier run included.
    quiet: show nothing.
    """

    def __init__(self, label: str, unit: str, total: int, done: Callable[[], int], quiet: bool) -> None:
        self.label, self.unit, self.total, self.done, self.quiet = label, unit, total, done, quiet
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)

    def __enter__(self) -> "Progress":
        if not self.quiet:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if not self.quiet:
            self._thread.join()

    def _show(self) -> None:
        (self._bar if sys.stderr.isatty() else self._lines)()

    def _lines(self) -> None:
        start, before, said = time.monotonic(), self.done(), time.monotonic()
        while not self._stop.wait(ASK_EVERY):
            now = time.monotonic()
            if now - said >= LINE_EVERY:
                said = now
                print(self._line(before, now - start), file=sys.stderr, flush=True)

    def _line(self, before: int, seconds: float) -> str:
        done = self.done()
        rate = (done - before) / seconds
        left = f", {(self.total - done) / rate:,.0f} s left" if rate > 0 else ""
        share = 100 * done / self.total if self.total else 100
        return (
            f"{self.label}: {done:,} of {self.total:,} {self.unit} ({share:.0f}%), {rate:,.0f} a second{left}"
        )

    def _bar(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        rate = TextColumn("{task.completed:,.0f} of {task.total:,.0f} " + self.unit + " {task.fields[rate]}")
        columns: list[Any] = [
            TextColumn(self.label),
            BarColumn(),
            TaskProgressColumn(),
            rate,
            TimeRemainingColumn(),
        ]
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            before, start = self.done(), time.monotonic()
            task = bar.add_task(self.label, total=self.total, completed=before, rate="")
            while not self._stop.wait(ASK_EVERY):
                done = self.done()
                rate_now = (done - before) / (time.monotonic() - start)
                bar.update(task, completed=done, rate=f"({rate_now:,.0f} a second)")
