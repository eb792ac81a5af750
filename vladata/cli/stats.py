"""`vladata stats`: exact statistics of actions and states."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import click
import pyarrow as pa

from vladata.actions.codec import codec
from vladata.actions.statistics import Statistics
from vladata.beam.running import hire
from vladata.cli.choice import choosing, merged
from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.numbers import WORKERS, WholeRange
from vladata.cli.reporting import FINDINGS, Report, counted, reporting
from vladata.commands.rlds2vla import index
from vladata.errors import CodecError, UsageError
from vladata.index import ledger as index_ledger
from vladata.index.clipping import clipping, remarks
from vladata.index.ledger import ledger_of
from vladata.index.summary import Summary
from vladata.robot.fates import fates, lost
from vladata.robot.prepare import summaries_of
from vladata.robot.settings import Choice
from vladata.robot.sources import open_index
from vladata.sources.readers import NATIVE, READERS
from vladata.spec import find
from vladata.spec.select import EVERYTHING
from vladata.spec.windows import MOST_ACTIONS

EXAMPLE = """Exact mean, standard deviation, min, max, 1% and 99% quantile and histogram of every action and state dimension of
SOURCE, over the steps that a conversion would write.

Example: vladata stats bridge_dataset/1.0.0 --schema bridge_dataset --quantiles 0.05,0.5,0.95 --chunk 16 --json"""
COLUMNS = ("mean", "std", "min", "max", "q01", "q99")
QUANTILES = "quantiles"
BLOCKS = " ▁▂▃▄▅▆▇█"


@click.command("stats", help=EXAMPLE, context_settings=HELP)
@click.argument("source")
@click.option(
    "--schema",
    shell_complete=completing("schema"),
    required=True,
    help="Name or path of the dataset's schema.",
)
@click.option("--chain", help="The schema's action chain; left out, its default.")
@click.option("--split", default="train", show_default=True, help="As TFDS writes it.")
@choosing
@click.option("--quantiles", default="", metavar="LIST", help="Others beside 1% and 99%: 0.05,0.5,0.95.")
@click.option(
    "--chunk",
    type=WholeRange(1, MOST_ACTIONS),
    default=1,
    help="Statistics of the action at each step of a chunk of so many, too.",
)
@click.option("--workers", type=WORKERS, default=1, show_default=True)
@click.option("--reader", type=click.Choice(READERS), default=NATIVE, show_default=True)
@reporting
def command(
    source: str,
    schema: str,
    chain: str | None,
    split: str,
    asked: tuple[str, ...],
    keep_ranges: str,
    errata: str,
    quantiles: str,
    chunk: int,
    workers: int,
    reader: str,
    report: Report,
) -> int:
    others = _quantiles(quantiles)
    choice = Choice(merged(EVERYTHING, asked), keep_ranges, errata)
    sources = open_index(source, schema, chain, split, reader, choice)
    with hire(workers, (), report.quiet, report.say, report.detail) as running:
        index(sources, running)
    summaries = summaries_of(sources, find.schema(schema), chain, others, chunk)
    lines = [f"{source}, split {split}: {counted(summaries['action'].statistics.count, 'step')}"]
    result: dict[str, Any] = {}
    for name, summary in summaries.items():
        lines += ["", *_lines(name, summary)]
        if name == "action":
            grippers = find.schema(schema).chain(chain).grippers
            lines += _of_bounds(summary.statistics, grippers, partial(sources.measured_parts, ["action"]))
        result[name] = {**summary.statistics.to_json(), "histograms": summary.histograms.tolist()}
        if summary.steps:
            lines += _steps(summary)
            result[name]["chunk"] = [step.to_json() for step in summary.steps]
    ledger = ledger_of(sources.taken(index_ledger.COLUMNS))
    told = ledger.as_json()
    result |= {"source": source, "split": split, "ledger": told}
    if not summaries["action"].statistics.count:
        lines = [
            f"{source}, split {split}: no step is left to take statistics of.",
            f"  {fates(ledger, sources)}",
        ]
        report.result("\n".join(lines), result)
        return FINDINGS
    report.result("\n".join([*lines, *([""] if (gone := lost(told, sources)) else []), *gone]), result)
    return 0


def _quantiles(text: str) -> tuple[float, ...]:
    """Return the quantiles in a text such as "0.05,0.5", in rising order, each once."""
    try:
        found = {float(each) for each in text.split(",") if each.strip()}
    except ValueError:
        found = {-1.0}
    if not all(0 <= q <= 1 for q in found):
        raise UsageError(
            "these are no quantiles", where="--quantiles", got=text, allowed="numbers from 0 to 1"
        )
    return tuple(sorted(found))


def _lines(name: str, summary: Summary) -> list[str]:
    statistics = summary.statistics
    lines = [_head(name, statistics) + "  min to max"]
    for d, dimension in enumerate(statistics.names):
        lines.append(_row(dimension, statistics, d) + f"  {_bars(summary, d)}")
    return lines


def _head(name: str, statistics: Statistics) -> str:
    columns = (*COLUMNS, *(f"q{each.q:g}" for each in statistics.quantiles))
    return f"  {name:<10}" + "".join(f"{column:>12}" for column in columns)


def _row(name: str, statistics: Statistics, d: int) -> str:
    values: list[Any] = [getattr(statistics, column)[d] for column in COLUMNS]
    values += [each.values[d] for each in statistics.quantiles]
    return f"  {name:<10}" + "".join(f"{value:>12.5g}" for value in values)


def _steps(summary: Summary) -> list[str]:
    """Return the lines of one table per dimension, with one row per step of a chunk."""
    lines: list[str] = []
    for d, dimension in enumerate(summary.statistics.names):
        lines += ["", _head(dimension, summary.steps[0]) + f"{'actions':>12}"]
        lines += [
            _row(f"step {h + 1}", step, d) + f"{step.count:>12,}" for h, step in enumerate(summary.steps)
        ]
    return lines


def _of_bounds(
    statistics: Statistics, grippers: Mapping[str, str], read: Callable[[], Iterable[pa.Table]]
) -> list[str]:
    """Return remarks on the bounds that a recipe with `bounds: quantiles` takes from these statistics."""
    if not statistics.count:
        return []
    try:
        made = codec("rt2", statistics, bounds=QUANTILES, gripper=grippers)
    except CodecError as fault:  # shown as a remark here; a conversion would end
        return [f"  {fault}"]
    found = clipping(made, statistics, read)
    return [f"  {says}" for _, says in remarks(made, QUANTILES, statistics, found)]


def _bars(summary: Summary, d: int) -> str:
    """Return the histogram as 32 blocks."""
    counts = summary.histograms[d].reshape(32, -1).sum(axis=1)
    top = max(int(counts.max()), 1)
    return "".join(BLOCKS[-(-int(count) * (len(BLOCKS) - 1) // top)] for count in counts)
