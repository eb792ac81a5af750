"""Graphs on runners: Beam's FnApiRunner in this process, or whatever runner Beam options name.

FnApiRunner is named, since plain DirectRunner first tries to download another runner. An error that a DoFn raises comes out
of Beam as text; so a DoFn notes it here on its way (`noted`), and who runs a graph in the same process gets the error itself.
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
    """Keeps an error that passes, for the caller of the graph; what nobody foresaw as a WorkerFailed with its traceback."""
    try:
        yield
    except VladataError as fault:
        # Beam makes errors anew from their first argument, to name the step, and loses the rest; of those marked so it
        # believes that it has done it.
        setattr(fault, "_tagged_with_step", True)  # noqa: B010 - a field of Beam's
        _NOTED.append(fault)
        raise
    except Exception as fault:
        _NOTED.append(unforeseen(fault))
        raise


def run_here(build: Build) -> None:
    """Builds a graph and runs it to its end in this process. Raises the VladataError of the DoFn that failed."""
    _run(build, beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([])))


def run_on(build: Build, options: Sequence[str]) -> None:
    """Builds a graph and runs it to its end with Beam `options` ("--runner=DataflowRunner", ...)."""
    _run(build, pipeline_with(options))


def pipeline_with(options: Sequence[str]) -> beam.Pipeline:
    """Return an empty pipeline with Beam `options`. Raises UsageError for what Beam refuses; what it does not know it logs."""
    said = io.StringIO()
    try:
        with redirect_stderr(said):  # argparse prints, and leaves with SystemExit
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
