"""`vladata convert rlds2vla`: its options, and workers hired before anything else is imported."""

from typing import Any

import click

from vladata.beam.lean import importing
from vladata.beam.running import hire
from vladata.cli.choice import choosing
from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.numbers import NumberRange, WholeRange
from vladata.cli.reporting import Report, reporting
from vladata.cli.writing import converting, named, writing
from vladata.shards.naming import EPISODES, FORMATS, LANGUAGE, PICTURES, VIDEO_CODECS
from vladata.sources.readers import NATIVE, READERS

EXAMPLE = """Convert the robot dataset (RLDS, LeRobot, HDF5) in folder (or at URL) SOURCE into samples or whole episodes in OUT.

Example: vladata convert rlds2vla bridge_dataset/1.0.0 out/bridge --schema bridge_dataset --recipe rt2-pali-x

Whole episodes: vladata convert rlds2vla SOURCE my_robot/1.0.0 --schema ./mine.yaml --format rlds

What follows `--` goes to Beam: vladata convert rlds2vla gs://... gs://... --schema ... --recipe ...
-- --runner=DataflowRunner --project=... --region=... --temp_location=gs://..."""


def _beam_options(ctx: click.Context, argument: click.Parameter, options: tuple[str, ...]) -> tuple[str, ...]:
    """Return the Beam options, as an argument's callback. Refuses a third argument, which click takes for a Beam option."""
    if options and not options[0].startswith("-"):
        raise click.UsageError(f'Got an unexpected argument "{options[0]}". Beam options come after "--".')
    return options


@click.command("rlds2vla", help=EXAMPLE, context_settings=HELP)
@click.argument("source")
@click.argument("out", callback=named)
@click.argument("beam", nargs=-1, type=click.UNPROCESSED, callback=_beam_options, metavar="[-- BEAM...]")
@click.option(
    "--schema",
    shell_complete=completing("schema"),
    required=True,
    help="Name or path of the dataset's schema.",
)
@click.option(
    "--recipe",
    shell_complete=completing("recipe"),
    help="Name or path of the recipe; of whole episodes it may be left out: episodes.",
)
@click.option(
    "--split", default="train", show_default=True, help="As TFDS writes it: train, train[:10%], train+val."
)
@click.option(
    "--statistics",
    "measured",
    default="",
    metavar="SPLIT",
    help="Take statistics and bounds from this split, say train for val. Default: the split that is converted.",
)
@click.option(
    "--cameras",
    metavar="first|all|NAME,...",
    help="Cameras of the schema, whatever the recipe says; first takes the first, as primary.",
)
@click.option("--limit", type=WholeRange(1), metavar="EPISODES", help="Take only the first episodes.")
@click.option(
    "--annotations",
    multiple=True,
    metavar="FILE",
    help="A table (JSONL or Parquet) of texts about steps: plans, subtasks, places; may be given again.",
)
@click.option(
    "--check-pictures",
    is_flag=True,
    help="Decode every picture before anything is planned, so that steps with a damaged one are rejected then; LeRobot needs it "
    "where some are.",
)
@click.option(
    "--fps",
    type=NumberRange(0, min_open=True),
    help="With --format lerobot: frames a second. Default: the schema's control frequency.",
)
@click.option(
    "--pictures",
    type=click.Choice(PICTURES),
    default="images",
    show_default=True,
    help="With --format lerobot: pictures in Parquet files as they are, or as videos.",
)
@click.option(
    "--video-codec",
    type=click.Choice(VIDEO_CODECS),
    default="h264",
    show_default=True,
    help="With --pictures video: the codec of its videos; av1 is what LeRobot's own recorder writes.",
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGE),
    default="rows",
    show_default=True,
    help="With --format lerobot: plans and annotations as language columns (lerobot 0.6.0 and newer), or as text columns.",
)
@choosing
@click.option("--reader", type=click.Choice(READERS), default=NATIVE, show_default=True)
@converting(allowed="0", of="episodes or steps", order="; whole episodes keep the order of the source")
@writing(
    seed="Seed of the shuffle.",
    dry="Print the plan, and write nothing.",
    formats=(*FORMATS, *EPISODES),
    of_formats="webdataset and tfrecord hold samples; rlds (for TFDS and Open X-Embodiment) and lerobot hold whole episodes.",
)
@reporting
def command(workers: int, beam: tuple[str, ...], report: Report, **asked: Any) -> int:
    with hire(workers, beam, report.quiet, report.say, report.detail) as running:
        with importing():  # takes a third of a second, in which the workers import Beam
            from vladata.cli.conversion import run

        return run(running, report, workers, **asked)
