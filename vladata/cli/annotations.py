"""`vladata annotations`: compare tables with a dataset, and turn them into other forms and back."""

import click

from vladata.annotations.forms import FORMS, read_form, write_form
from vladata.annotations.join import join
from vladata.annotations.told import lines
from vladata.beam.running import hire
from vladata.cli.choice import choosing, merged
from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.numbers import WORKERS, NumberRange
from vladata.cli.reporting import FINDINGS, Report, reporting
from vladata.commands.rlds2vla import index
from vladata.robot.annotated import names_of
from vladata.robot.settings import Choice
from vladata.robot.sources import open_index
from vladata.sources.readers import NATIVE, READERS
from vladata.spec import find
from vladata.spec.select import EVERYTHING

CHECK = """Check annotation tables against the dataset SOURCE: count the rows whose steps would be converted, and name the rows
that match no episode or no step, or that overlap. The exit code is 3 when there are such rows.

Example: vladata annotations check plans.jsonl bridge_dataset/1.0.0 --schema bridge_dataset"""
CONVERT = """Turn annotations from one form into another.

table: JSONL or Parquet, as --annotations takes it. ecot: the JSON of Embodied Chain of Thought. lerobot: Parquet with the
language columns of LeRobot, or as IN the folder of a whole LeRobot dataset. IN and OUT each have the form that --from and --to
say, or a table.

Example: vladata annotations convert embodied_features_bridge.json reasonings.parquet --from ecot"""


@click.command("check", help=CHECK, context_settings=HELP)
@click.argument("tables", nargs=-1, required=True, metavar="FILE...")
@click.argument("source")
@click.option(
    "--schema",
    shell_complete=completing("schema"),
    required=True,
    help="Name or path of the dataset's schema.",
)
@click.option("--chain", help="The schema's action chain; left out, its default.")
@click.option("--split", default="train", show_default=True, help="As TFDS writes it, or all.")
@choosing
@click.option("--workers", type=WORKERS, default=1, show_default=True)
@click.option("--reader", type=click.Choice(READERS), default=NATIVE, show_default=True)
@reporting
def check(
    tables: tuple[str, ...],
    source: str,
    schema: str,
    chain: str | None,
    split: str,
    asked: tuple[str, ...],
    keep_ranges: str,
    errata: str,
    workers: int,
    reader: str,
    report: Report,
) -> int:
    choice = Choice(merged(EVERYTHING, asked), keep_ranges, errata)
    sources = open_index(source, schema, chain, split, reader, choice)
    with hire(workers, (), report.quiet, report.say, report.detail) as running:
        index(sources, running)
    told = join(tables, names_of(find.schema(schema), sources), sources.columns, sources.taken).told
    report.result("\n".join(lines(told.as_json())), told.as_json())
    return FINDINGS if told.doubtful else 0


@click.command("convert", help=CONVERT, context_settings=HELP)
@click.argument("source", metavar="IN")
@click.argument("out", metavar="OUT")
@click.option("--from", "came", type=click.Choice(list(FORMS)), default="table", show_default=True)
@click.option("--to", "goes", type=click.Choice(list(FORMS)), default="table", show_default=True)
@click.option(
    "--hz",
    type=NumberRange(0, min_open=True),
    help="Frames a second, of a lerobot table that is written.",
)
@click.option("--dry-run", "dry", is_flag=True, help="Read, say what would be written, and write nothing.")
@reporting
def convert(source: str, out: str, came: str, goes: str, hz: float | None, dry: bool, report: Report) -> int:
    rows, lost = read_form(came, source)
    if not dry:
        write_form(goes, out, rows, hz)
    text = f"{out}: {len(rows):,} rows"
    told = [f"  {count:,} {what}" for what, count in lost.items() if count]
    report.result("\n".join([text, *told]), {"out": out, "rows": len(rows), "left_out": dict(lost)})
    return 0
