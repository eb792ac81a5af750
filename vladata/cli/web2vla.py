"""`vladata convert web2vla`: its options, and workers hired before anything else is imported."""

import os
from typing import Any

import click

from vladata.beam.lean import importing
from vladata.beam.running import WEB, hire
from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.numbers import WholeRange
from vladata.cli.reporting import Report, reporting
from vladata.cli.writing import converting, writing
from vladata.near_path import EMPTY

EXAMPLE = """Convert the web corpus in SOURCE... (tars, Parquet, annotation files, a TFDS folder; paths, braces, globs or URLs)
into samples in OUT, the last of the places.

Example: vladata convert web2vla 'laion/{00000..00099}.tar' out/laion --schema laion --recipe rt2-pali-x --keep similarity=10%

What follows `--` goes to Beam, as with rlds2vla."""


@click.command("web2vla", help=EXAMPLE, context_settings=HELP)
@click.argument("places", nargs=-1, type=click.UNPROCESSED, metavar="SOURCE... OUT [-- BEAM...]")
@click.option(
    "--schema",
    shell_complete=completing("corpus"),
    required=True,
    help="Name or path of the corpus's schema.",
)
@click.option(
    "--recipe", shell_complete=completing("recipe"), required=True, help="Name or path of the recipe."
)
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
    type=WholeRange(1),
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
@converting(allowed="100%", of="records or pairs")
@writing(
    seed="Seed of the shuffle and of drawn answers.", dry="Print the plan with the count of every filter."
)
@reporting
def command(places: tuple[str, ...], workers: int, report: Report, **asked: Any) -> int:
    beam = tuple(place for place in places if place.startswith("-"))
    *sources, out = [place for place in places if not place.startswith("-")] or [""]
    if not sources:
        raise click.UsageError("Give the places of the corpus, and OUT after them.")
    if not out:
        raise click.UsageError(f"OUT, the last place, is empty. {EMPTY}")
    if os.path.isfile(out):
        raise click.UsageError(
            f'OUT, the last place, is a file: "{out}". Name a folder for the output after the places.'
        )
    with hire(workers, beam, report.quiet, report.say, report.detail, WEB) as running:
        with importing():
            from vladata.cli.web_conversion import run

        return run(running, report, workers, tuple(sources), out, **asked)
