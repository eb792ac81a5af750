"""The whole of `vladata convert web2vla`: index, filters, plan, units, commit, on supervised processes or on a Beam runner.

Every step can be killed at any moment; the same call goes on from what is really there.
"""

from collections.abc import Callable, Sequence
from typing import Any

from vladata.pipelines.work import do, do_units

from vladata.beam.crew import Work
from vladata.beam.running import WEB, Running
from vladata.beam.worker import Task
from vladata.progress import Progress
from vladata.shards.manifest import Manifest
from vladata.web.indexed import indexed
from vladata.web.prepare import WebPrepared, prepare
from vladata.web.run import begin
from vladata.web.settings import WebSettings
from vladata.web.sources import WebSources, open_sources

INDEX, UNITS = WEB


def convert_web(
    settings: WebSettings,
    running: Running,
    overwrite: bool = False,
    planned: Callable[[WebPrepared], None] = lambda prepared: None,
) -> Manifest:
    """Converts, or goes on converting, and returns the manifest. planned: is told the plan first."""
    with begin(settings, overwrite, lambda sources: _index(sources, running)) as run, running:
        planned(run.prepared)
        do_units("Convert", UNITS, run, running)
        return run.commit()


def dry_run(settings: WebSettings, running: Running) -> WebPrepared:
    """Everything that `convert_web` would do, and nothing of it done: no file is made in the output folder."""
    sources = open_sources(settings, far=bool(running.beam))
    return prepare(settings, indexed(sources, settings.limit, lambda some: _index(some, running)))


def _index(sources: WebSources, running: Running) -> None:
    missing = sources.unindexed()
    running.detail(
        f"Index {sources.cache.url}: {len(missing):,} of {len(sources.corpus.files):,} files to read."
    )
    if not missing:
        return

    def left() -> list[Any]:
        return sources.cache.absent(sources.corpus, missing)

    def task(files: Sequence[Any]) -> Task:
        return Task(INDEX, "run", (sources.corpus, sources.cache, files, sources.looks, sources.model))

    with Progress("Index", "files", len(missing), lambda: len(missing) - len(left()), running.quiet):
        do(running, Work(missing, task, left, lambda file: file.name))
