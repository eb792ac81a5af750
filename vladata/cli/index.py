"""`vladata index`: the episode table of a dataset."""

import os
from contextlib import suppress
from typing import Any

import click
import pyarrow.parquet as pq

from vladata.beam.running import hire
from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.numbers import WORKERS
from vladata.cli.reporting import FINDINGS, Report, counted, ledger_lines, reporting
from vladata.commands.rlds2vla import index
from vladata.errors import OutputError
from vladata.index import ledger as index_ledger
from vladata.index.ledger import ledger_of
from vladata.near_path import unwritten
from vladata.robot.fates import fates, first_lost, lost
from vladata.robot.sources import Sources, open_index
from vladata.sources.readers import NATIVE, READERS

EXAMPLE = """Read every episode of SOURCE once, without decoding a pixel, and keep a row an episode: where its record lies,
steps, instructions, recorded and standardised actions, image sizes, faults. Every later command uses it.

Example: vladata index bridge_dataset/1.0.0 --schema bridge_dataset --out episodes.parquet"""


@click.command("index", help=EXAMPLE, context_settings=HELP)
@click.argument("source")
@click.option(
    "--schema",
    shell_complete=completing("schema"),
    help="Name or path of the dataset's schema; without one, only recorded values are kept.",
)
@click.option("--chain", help="The schema's action chain; left out, its default.")
@click.option("--split", default="all", show_default=True, help="As TFDS writes it, or all.")
@click.option("--out", metavar="PARQUET", help="Write the table into this file too.")
@click.option("--workers", type=WORKERS, default=1, show_default=True)
@click.option("--reader", type=click.Choice(READERS), default=NATIVE, show_default=True)
@click.option("--dry-run", "dry", is_flag=True, help="Print the files that would be read, and read none.")
@reporting
def command(
    source: str,
    schema: str | None,
    chain: str | None,
    split: str,
    out: str | None,
    workers: int,
    reader: str,
    dry: bool,
    report: Report,
) -> int:
    if chain and not schema:
        raise click.UsageError("--chain names an action chain of a schema: give --schema too.")
    sources = open_index(source, schema, chain, split, reader)
    missing = sources.unindexed()
    if dry:
        names = [shard.file for shard in missing]
        text = f"{len(names)} of {len(sources.files())} files would be read; the index is {sources.cache.url}"
        report.result("\n".join([text, *names]), {"index": sources.cache.url, "files": names})
        return 0
    with hire(workers, (), report.quiet, report.say, report.detail) as running:
        index(sources, running)
    if out:
        _write(sources, out)
    booked = ledger_of(sources.taken(index_ledger.COLUMNS))
    ledger = booked.as_json()
    summary: dict[str, Any] = {
        "index": sources.cache.url,
        "files": len(sources.files()),
        "read": len(missing),
    }
    summary |= {
        "out": out,
        "episodes": ledger["episodes"]["read"],
        "steps": ledger["steps"]["read"],
        "ledger": ledger
        if schema
        else None,  # without a schema nothing is standardised, so nothing can be written
    }
    lines = [
        f"{source}: {counted(summary['episodes'], 'episode')}, {counted(summary['steps'], 'step')} in "
        f"{counted(summary['files'], 'file')}",
        f"  index {sources.cache.url}",
        *([f"  table {out}"] if out else []),
    ]
    rejected = ledger["episodes"]["rejected"] or ledger["steps"]["rejected"]
    nothing = not (ledger["steps"]["written"] if schema else ledger["steps"]["read"])
    first = first_lost(sources) if rejected else []
    lines += [*ledger_lines(ledger), *first] if schema else lost(ledger, sources)
    if nothing:
        lines.append(
            f"  Nothing is left to convert. {fates(booked, sources)}" if schema else "  No step is there."
        )
    summary |= {"nothing_left": nothing, "first_rejected": "".join(first).strip()}
    report.result("\n".join(lines), summary)
    return FINDINGS if rejected or nothing else 0


def _write(sources: Sources, out: str) -> None:
    """Write the table as one file, under a temporary name until it is whole."""
    temporary = f"{out}.{os.getpid()}.part"
    try:
        _fill(temporary, sources)
        os.replace(temporary, out)
    except OSError as fault:
        why = os.strerror(fault.errno) if fault.errno else str(fault)
        raise OutputError(f"cannot write the table: {why}", where=out, hint=unwritten(fault, out)) from fault
    finally:
        with suppress(OSError):
            os.unlink(temporary)


def _fill(path: str, sources: Sources) -> None:
    parts = sources.index()
    first = next(parts)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(part)
