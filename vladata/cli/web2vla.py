"""`vladata convert web2vla`: its options, and workers hired before anything else is imported."""

from typing import Any

import click

from vladata.beam.running import WEB, hire
from vladata.cli.allowance import allowance
from vladata.cli.main import HELP
from vladata.cli.reporting import Report, reporting, size
from vladata.plan.orders import ORDERS
from vladata.shards.naming import FORMATS

EXAMPLE = """Convert the web corpus in SOURCE... (tars, Parquet, annotation files, a TFDS folder; paths, braces, globs or URLs)
into samples in OUT, the last of the places.

Example: vladata convert web2vla 'cc3m/{00000..00331}.tar' out/cc3m --schema cc3m --recipe rt2-pali-x --keep similarity=10%

What follows `--` goes to Beam, as with rlds2vla."""


@click.command("web2vla", help=EXAMPLE, context_settings=HELP)
@click.argument("places", nargs=-1, type=click.UNPROCESSED, metavar="SOURCE... OUT [-- BEAM...]")
@click.option("--schema", required=True, help="Name or path of the corpus's schema.")
@click.option("--recipe", required=True, help="Name or path of the recipe.")
@click.option(
    "--images", default="", metavar="FOLDER", help="Where the images are, if records only name their files."
)
@click.option(
    "--links-into",
    "links",
    multiple=True,
    metavar="FOLDER",
    help="A folder outside --images that links in it may lead into; may be given again.",
)
@click.option(
    "--split",
    default="train",
    show_default=True,
    help="The split of a TFDS dataset; of other corpora what their samples are called.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="RECORDS",
    help="Take only the first records, before any filter.",
)
@click.option(
    "--keep",
    "asked",
    multiple=True,
    metavar="KEY=VALUE",
    help="A key of the recipe's web.keep, such as similarity=10% or size.min=200; may be given again.",
)
@click.option(
    "--similarity-model",
    "model",
    default="",
    metavar="MODEL",
    help="A CLIP-like model (folder or name), or module:function, where the corpus says no similarity.",
)
@click.option(
    "--without-images-of",
    "without",
    multiple=True,
    metavar="OUTPUT",
    help="Leave out images that this output has, as duplicates; may be given again.",
)
@click.option("--format", "fmt", type=click.Choice(FORMATS), default="webdataset", show_default=True)
@click.option("--order", type=click.Choice(ORDERS), default="shuffled", show_default=True)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Of the shuffle and of drawn answers.",
)
@click.option(
    "--workers", type=click.IntRange(1, 512), default=1, show_default=True, help="Processes on this machine."
)
@click.option(
    "--memory", default="256MB", callback=size, show_default=True, help="What a worker holds at once."
)
@click.option("--samples-per-shard", type=click.IntRange(1), default=1000, show_default=True)
@click.option(
    "--image-size", type=click.IntRange(8, 4096), help="Resize images to N x N, whatever the recipe says."
)
@click.option(
    "--max-rejected",
    "allowed",
    default="100%",
    callback=allowance,
    show_default=True,
    metavar="N|P%",
    help="Rejected records or pairs above which the exit code is 3.",
)
@click.option("--overwrite", is_flag=True, help="Replace what an earlier run left in OUT.")
@click.option("--dry-run", "dry", is_flag=True, help="Say what would be done, with every filter's count.")
@reporting
def command(places: tuple[str, ...], workers: int, report: Report, **asked: Any) -> int:
    beam = tuple(place for place in places if place.startswith("-"))
    *sources, out = [place for place in places if not place.startswith("-")] or [""]
    if not sources:
        raise click.UsageError("Give the places of the corpus, and OUT after them.")
    with hire(workers, beam, report.quiet, report.say, report.detail, WEB) as running:
        from vladata.cli.web_conversion import run

        return run(running, report, workers, tuple(sources), out, **asked)
