"""`vladata retry`: convert again what was rejected, after a correction."""

from typing import Any

import click

from vladata.beam.lean import importing
from vladata.beam.running import hire
from vladata.cli.allowance import Allowance, allowance
from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.numbers import WORKERS
from vladata.cli.reporting import Report, reporting
from vladata.sources.readers import READERS

EXAMPLE = """Convert again what OUT left out, after its schema, its keep-ranges or errata, or the data itself was mended.

Example: vladata retry out/bridge --schema ./mended.yaml

OUT becomes, byte for byte, the output of a fresh conversion. Settings that are not given here stay as they are in OUT. Parts
that have not changed are kept."""


@click.command("retry", help=EXAMPLE, context_settings=HELP)
@click.argument("out")
@click.option(
    "--source", help="Where the dataset lies; left out, where it lay when OUT was made on this machine."
)
@click.option(
    "--schema",
    shell_complete=completing("schema"),
    help="Name or path of the mended schema; left out, the one that OUT was made with.",
)
@click.option(
    "--keep-ranges", metavar="FILE", help="The file that chose frames, where it lies elsewhere now."
)
@click.option(
    "--errata", metavar="FILE", help="The file that corrected instructions, where it lies elsewhere now."
)
@click.option(
    "--annotations",
    multiple=True,
    metavar="FILE",
    help="The annotation tables, where they lie elsewhere now, or others; all of them, in order.",
)
@click.option(
    "--reader", type=click.Choice(READERS), help="The reader. Default: the one that OUT was made with."
)
@click.option(
    "--keep-statistics",
    is_flag=True,
    help="Keep the bounds of OUT, so that its action contract stays and samples that have not changed can be kept.",
)
@click.option("--workers", type=WORKERS, default=1, show_default=True, help="Processes on this machine.")
@click.option(
    "--max-rejected",
    "allowed",
    default="0",
    callback=allowance,
    show_default=True,
    metavar="N|P%",
    help="Rejected episodes or steps above which the exit code is 3.",
)
@click.option("--dry-run", "dry", is_flag=True, help="Print the plan, and write nothing.")
@reporting
def command(workers: int, report: Report, allowed: Allowance, **asked: Any) -> int:
    with hire(workers, (), report.quiet, report.say, report.detail) as running:
        with importing():
            from vladata.cli.retrying import run

        return run(running, report, allowed, **asked)
