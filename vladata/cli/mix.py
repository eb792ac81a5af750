"""`vladata mix`: its options, and workers hired before anything else is imported."""

from typing import Any

import click

from vladata.beam.lean import importing
from vladata.beam.running import MIX, hire
from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.numbers import WholeRange
from vladata.cli.reporting import Report, reporting
from vladata.cli.writing import named, writing

EXAMPLE = """Mix converted datasets at an exact ratio, in OUT: a virtual mixture, which points at their shards, or with
--materialize shards of its own, in which the ratio is exact in every aligned window.

Example: vladata mix out/rt2 --mixture rt2-pali-x --set robot=out/bridge --set captions=out/cc3m --set vqa=out/vqav2
--no-keep captions:similarity"""


def _places(ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    places: dict[str, str] = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not equals or not name or not path:
            raise click.UsageError(f'--set "{text}" is not NAME=PATH, such as robot=out/bridge.')
        if name in places:
            raise click.UsageError(f'--set gives {name} twice: "{places[name]}" and "{path}".')
        places[name] = path
    return places


@click.command("mix", help=EXAMPLE, context_settings=HELP)
@click.argument("out", callback=named)
@click.argument("beam", nargs=-1, type=click.UNPROCESSED, metavar="[-- BEAM...]")
@click.option(
    "--mixture", shell_complete=completing("mixture"), required=True, help="Name or path of the mixture."
)
@click.option(
    "--set",
    "places",
    multiple=True,
    callback=_places,
    metavar="NAME=PATH",
    help="The dataset of a source, in place of what the mixture says; may be given again.",
)
@click.option(
    "--keep",
    "keeps",
    multiple=True,
    metavar="NAME:KEY=VALUE",
    help="A filter of a source, such as captions:similarity=20%, beside or in place of the mixture's; may be given again.",
)
@click.option(
    "--no-keep",
    "no_keeps",
    multiple=True,
    metavar="NAME[:KEY]",
    help="Do without the filters of a source, or without one of them: captions:similarity; may be given again.",
)
@click.option("--root", default="", metavar="FOLDER", help="Where the other datasets lie under their names.")
@click.option("--only-given", is_flag=True, help="Leave out the sources that have no dataset.")
@click.option(
    "--weights",
    type=click.Choice(["shares", "times_steps"]),
    help="The meaning of the weights, for a mixture that leaves it open.",
)
@click.option("--split", default="train", show_default=True, help="The split of all sources.")
@click.option(
    "--window",
    type=WholeRange(1, 65_536),
    help="Samples in which the ratio is exact; the mixture's own is 64.",
)
@click.option(
    "--batch-size",
    type=WholeRange(1, 65_536),
    metavar="N",
    help="Set the window so that every training batch of N samples has the ratio.",
)
@click.option(
    "--epoch",
    type=WholeRange(1),
    metavar="SAMPLES",
    help="Samples of an epoch, in place of the mixture's own.",
)
@click.option(
    "--materialize",
    is_flag=True,
    help="Write the mixed samples as shards, and not only a list of the sources.",
)
@click.option(
    "--samples-per-shard",
    type=WholeRange(1),
    help="Samples of a shard, a multiple of the window. Default: about 1,000.",
)
@writing(seed="Seed of the order.", dry="Print the table of sources, and write nothing.")
@reporting
def command(
    workers: int, beam: tuple[str, ...], materialize: bool, dry: bool, report: Report, **asked: Any
) -> None:
    if not materialize or dry:
        from vladata.cli.mixing import plan

        plan(report, dry, materialize, **asked)
        return
    with hire(workers, beam, report.quiet, report.say, report.detail, MIX) as running:
        with importing():
            from vladata.cli.mixing import write

        write(running, report, **asked)
