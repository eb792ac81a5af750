"""Run a job: with local processes or on a Beam runner, and with reports to the caller.

This file is light to import: the processes import Beam for most of a second, so a command starts them first and imports its other
modules meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from vladata.beam.crew import Crew
from vladata.beam.lean import load
from vladata.errors import MissingExtra

INDEX, UNITS = "vladata.pipelines.index", "vladata.pipelines.units"
ROBOT = (INDEX, UNITS, "vladata.robot.unit")
WEB = (INDEX, UNITS, "vladata.web.unit")
MIX = (UNITS, "vladata.mixtures.unit")
"""The modules that the workers of a command import while they wait: their graphs, and the code of the units."""


@dataclass(frozen=True)
class Running:
    """The processes or runner of a command, as a context manager: `with hire(...) as running`. It changes no byte of an output.

    crew:  supervised processes on this machine, which have started; None if a Beam runner does the work.
    beam:  Beam options; if there are any, the graphs run on the runner that they name.
    quiet: True for no progress.
    say:   called with remarks for a person.     detail: called with remarks that are shown only on request.
    """

    crew: Crew
    beam: tuple[str, ...]
    quiet: bool
    say: Callable[[str], None]
    detail: Callable[[str], None]

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
    """Start `workers` processes, or none if there are Beam options. Raises UsageError for wrong options.

    modules: imported by the processes while they wait.
    """
    if find_spec("apache_beam") is None:  # found without importing it: only the workers import it
        raise MissingExtra("converting needs Apache Beam", hint='pip install "vladata[beam]"')
    if beam:  # wrong options are reported before anything is locked, read or written
        from vladata.beam.runners import pipeline_with

        pipeline_with(beam)
    crew = Crew(0 if beam else workers, modules, say)
    load()
    return Running(crew, beam, quiet, say, detail)
