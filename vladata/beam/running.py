"""Run a job: with local processes or on a Beam runner, and with reports to the caller.

This file is light to import: the processes need most of a second to import Beam, so a command starts them first and imports its
other modules meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from vladata.beam.crew import Crew
from vladata.beam.lean import load
from vladata.beam.worker import WorkerTask
from vladata.errors import MissingExtra, UsageError

GRAPHS = {"index": "vladata.pipelines.index", "units": "vladata.pipelines.units"}
LOOPS = "vladata.runs.loops"
"""The modules that do a share of a job: as a Beam graph, or, if Beam is not installed, as a loop that gives the same bytes."""

MOST_WORKERS = 512
ROBOT, WEB, MIX = ("vladata.robot.unit",), ("vladata.web.unit",), ("vladata.mixtures.unit",)
"""Modules that the workers of a command import while they wait: the code of its units."""


@dataclass(frozen=True)
class Running:
    """The processes or runner of a command, as a context manager: `with hire(...) as running`. It changes no byte of an output.

    crew:  supervised processes on this machine, started already; none if a runner does the work.
    beam:  Beam options; if there are any, the graphs run on the runner that they name.
    loops: True if a worker runs its share as a loop and not as a Beam graph, since Beam is not installed.
    quiet: True to show no progress.
    say:   called with remarks for a person.     detail: called with details, which are shown only on request.
    """

    crew: Crew
    beam: tuple[str, ...]
    loops: bool
    quiet: bool
    say: Callable[[str], None]
    detail: Callable[[str], None]

    def task(self, work: str, *arguments: Any) -> WorkerTask:
        """Return the task that does a share of "index" or "units"."""
        return (
            WorkerTask(LOOPS, work, arguments) if self.loops else WorkerTask(GRAPHS[work], "run", arguments)
        )

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *error: Any) -> None:
        self.crew.__exit__(*error)


def hire(
    workers: int = 1,
    beam: tuple[str, ...] = (),
    quiet: bool = True,
    say: Callable[[str], None] = lambda text: None,
    detail: Callable[[str], None] = lambda text: None,
    modules: tuple[str, ...] = ROBOT,
) -> Running:
    """Start `workers` processes, or none if there are Beam options. Raises UsageError for options that Beam refuses, and
    MissingExtra for options if Beam is not installed.

    modules: imported by the processes while they wait.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= MOST_WORKERS:
        raise UsageError("workers must be a whole number", got=workers, allowed=f"1 to {MOST_WORKERS}")
    loops = find_spec("apache_beam") is None  # asked without importing it: only the workers pay for that
    if beam and loops:
        hint = 'pip install "vladata[beam]", or leave the Beam options out: then this machine converts without Beam.'
        raise MissingExtra("a Beam runner needs Apache Beam", hint=hint)
    if beam:  # wrong options are reported before anything is locked, read or written
        from vladata.beam.runners import pipeline_with

        pipeline_with(beam)
    crew = Crew(0 if beam else workers, ([LOOPS] if loops else [*GRAPHS.values()]) + [*modules], say)
    load()
    return Running(crew, beam, loops, quiet, say, detail)
