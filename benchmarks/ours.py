"""Parts of vladata, each alone in a process: `python -m benchmarks.ours WHAT SOURCE OUT [--limit EPISODES] [--size N]
[--fit F] [--resample K] [--codec NAME] [--chunk H] [--tasks one|two|turns]`.

    plan     the work before the units: the index from the cache (or made), statistics, contract, plan
    loop     the units, in a plain loop
    graph    the units, on Beam's FnApiRunner, with the import of Beam
    pixels   decode + resize + encode of the images in memory, by the same functions
    index    the index pass, with its files written below OUT
    sync     fsync of the shards of a finished loop, as in a commit

Only the named part is timed; its inputs are made before.
"""

import argparse
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice

import pyarrow.compute as pc

import vladata
from benchmarks.bench import RECIPE, SCHEMA
from benchmarks.measure import tell
from vladata.actions.codecs.table import CODECS
from vladata.image_rule import fitted
from vladata.index.cache import Cache
from vladata.index.part import Indexer
from vladata.robot.prepare import Prepared
from vladata.robot.run import begin, index_here
from vladata.robot.settings import Settings
from vladata.robot.sources import open_sources
from vladata.runs.attempt import Run
from vladata.spec.action import rule_of
from vladata.spec.recipe import RecipeSpec
from vladata.spec.windows import Windows

TASKS: dict[str, dict[str, object]] = {
    "one": {"action": {}},
    "two": {"action": {}, "instruction": {}},
    "turns": {"action": {"share": 1}, "instruction": {"share": 1}},
}


def plan(settings: Settings) -> None:
    start = time.perf_counter()
    with begin(settings) as run:
        tell(run.prepared.samples, time.perf_counter() - start)


def loop(settings: Settings) -> None:
    _units(settings, Run.convert_here)


def graph(settings: Settings) -> None:
    def convert(run: Run[Prepared]) -> None:
        from vladata.pipelines import units

        units.run(run.open_units, run.url, run.units)

    _units(settings, convert)


def _units(settings: Settings, convert: Callable[[Run[Prepared]], None]) -> None:
    with begin(settings) as run:
        start = time.perf_counter()
        convert(run)
        tell(run.prepared.samples, time.perf_counter() - start)


def pixels(settings: Settings) -> None:
    rule, episodes = settings.recipe.images, vladata.episodes(settings.source, settings.spec)
    assert rule.target, "--size is needed"
    recorded = [bytes(image) for e in islice(episodes, settings.limit) for image in e.steps["images/primary"]]
    start = time.perf_counter()
    for image in recorded:
        fitted(image, rule)
    tell(len(recorded), time.perf_counter() - start)


def index(settings: Settings) -> None:
    sources = replace(open_sources(settings), cache=Cache(f"{settings.out}/index"))
    Indexer(sources.indexing).part(sources.shards[0])  # libraries load others at their first use
    start = time.perf_counter()
    index_here(sources)
    seconds = time.perf_counter() - start
    tell(sum(pc.sum(part["steps"]).as_py() for part in sources.taken(["steps"])), seconds)


def sync(settings: Settings) -> None:
    with begin(settings) as run:
        run.convert_here()
        shards = run.output.names()
        start = time.perf_counter()
        run.output.sync(shards)
        tell(run.prepared.samples, time.perf_counter() - start)


WORKS: Mapping[str, Callable[[Settings], None]] = {
    "plan": plan,
    "loop": loop,
    "graph": graph,
    "pixels": pixels,
    "index": index,
    "sync": sync,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=WORKS)
    parser.add_argument("source")
    parser.add_argument("out")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--size", type=int)
    parser.add_argument("--fit", default="stretch")
    parser.add_argument("--resample", default="bilinear")
    parser.add_argument("--codec", default="rt2")
    parser.add_argument("--chunk", type=int, default=1)
    parser.add_argument("--tasks", choices=TASKS, default="one")
    given = parser.parse_args()
    logging.disable(logging.WARNING)  # at import, Beam warns about missing extras; the workers silence it too
    recipe = vladata.recipe(RECIPE)
    asked = {name: getattr(given, name) for name in ("size", "fit", "resample")}
    recipe = recipe.model_copy(update={"images": recipe.images.model_copy(update=asked)})
    if given.codec != "rt2" or given.chunk > 1:
        rule = rule_of(given.codec, CODECS[given.codec]).model_validate({"codec": given.codec})
        windows = Windows(chunk=given.chunk, tail="repeat")
        recipe = recipe.model_copy(update={"action": rule, "windows": windows})
    if given.tasks != "one":
        data = {**recipe.model_dump(mode="json"), "tasks": TASKS[given.tasks]}
        recipe = RecipeSpec.model_validate_json(json.dumps(data))
    schema = vladata.schema(str(SCHEMA))
    WORKS[given.what](Settings(given.source, given.out, schema, recipe, limit=given.limit))


if __name__ == "__main__":
    main()
