"""Run graphs: on Beam's FnApiRunner in this process, or on the runner in the Beam options.

FnApiRunner is named, since plain DirectRunner first tries to download another runner. Beam turns an error of a DoFn into text; so
a DoFn keeps its error here (`noted`), and the caller that runs a graph in the same process gets the error itself.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from vladata.beam.worker import unforeseen
from vladata.errors import UsageError, VladataError, WorkerFailed

Build = Callable[[beam.Pipeline], object]
_NOTED: list[VladataError] = []  # of this process; emptied by each run


@contextmanager
def noted() -> Iterator[None]:
    """Keep an error for the caller of the graph; an unforeseen one becomes a WorkerFailed with its traceback."""
    try:
        yield
    except VladataError as fault:
        # Beam makes an error again from its first argument, to name the step, and loses the rest; it does not do so with an
        # error that is marked like this.
        setattr(fault, "_tagged_with_step", True)  # noqa: B010 - a field of Beam's
        _NOTED.append(fault)
        raise
    except Exception as fault:
        _NOTED.append(unforeseen(fault))
        raise


def run_here(build: Build) -> None:
    """Build a graph and run it to its end in this process. Raises the VladataError of the DoFn that failed."""
    _run(build, beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([])))


def run_on(build: Build, options: Sequence[str]) -> None:
    """Build a graph and run it to its end with Beam `options` ("--runner=DataflowRunner", ...)."""
    _run(build, pipeline_with(options))


def pipeline_with(options: Sequence[str]) -> beam.Pipeline:
    """Return an empty pipeline with Beam `options`. Raises UsageError for options that Beam refuses; it logs unknown ones."""
    said = io.StringIO()
    try:
        with redirect_stderr(said):  # argparse prints, and ends with SystemExit
            return beam.Pipeline(options=PipelineOptions(list(options)))
    except (ValueError, ImportError, SystemExit) as fault:
        why = said.getvalue().rpartition("error: ")[2] if isinstance(fault, SystemExit) else str(fault)
        raise UsageError("Beam refuses these options", got=" ".join(options), hint=why.strip()) from fault


def _run(build: Build, pipeline: beam.Pipeline) -> None:
    _NOTED.clear()
    build(pipeline)
    try:
        state = pipeline.run().wait_until_finish()
    except Exception as fault:
        if _NOTED:
            raise _NOTED[0] from None
        raise WorkerFailed(f"the runner failed: {type(fault).__name__}", hint=str(fault)) from fault
    if state not in ("DONE", None):
        raise WorkerFailed("the runner ended without success", got=state, allowed="DONE")
