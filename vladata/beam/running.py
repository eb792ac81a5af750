"""How a job is run: by which processes, or on which runner, and who is told.

Light to import: the processes import Beam for most of a second, so a command hires them first and imports the rest of
itself meanwhile.
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
"""What the workers of a command import while they wait: the graphs that they will run, and the code of the units."""


@dataclass(frozen=True)
class Running:
    """Made by `hire`, and ended by whoever asked for it: `with hire(...) as running`. It changes no byte of an output.

    crew:  supervised processes on this machine, at work from now on; none where a runner does the work.
    beam:  Beam options; where there are any, the graphs run on the runner that they name.
    quiet: no progress.
    say:   is told remarks for a person.     detail: is told what only somebody who looks for it wants to know.
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
    """Starts `workers` processes, or none where there are Beam options; what is wrong with these is a UsageError.

    modules: what they import while they wait.
    """
    if find_spec("apache_beam") is None:  # asked without importing it: only the workers pay for that
        raise MissingExtra("converting needs Apache Beam", hint='pip install "vladata[beam]"')
    if beam:  # what is wrong with them is said before anything is locked, read or written
        from vladata.beam.runners import pipeline_with

        pipeline_with(beam)
    crew = Crew(0 if beam else workers, modules, say)
    load()
    return Running(crew, beam, quiet, say, detail)
