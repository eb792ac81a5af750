"""`vladata verify`: compare an output with its manifest, and with its source."""

from dataclasses import asdict
from itertools import islice

import click

from vladata.cli.main import HELP
from vladata.cli.reporting import FINDINGS, Report, counted, reporting
from vladata.commands.verify import rederive, verify
from vladata.shards.storage import open_output
from vladata.sources.readers import NATIVE, READERS

MOST = 1000  # findings in a report: with a wrong source there would be one for every sample
SHOWN = 50  # of them in the text: the first ones suffice to see what is wrong
EXAMPLE = """Check OUT: every checksum, count and sample; with --source, make every sample again and compare.

Example: vladata verify out/bridge --source bridge_dataset/1.0.0

A web corpus is named as for its conversion: --source again for each place; --images, --links-into and
--without-images-of where they were given."""


@click.command("verify", help=EXAMPLE, context_settings=HELP)
@click.argument("out")
@click.option(
    "--source",
    "sources",
    multiple=True,
    help="The source of OUT: the robot dataset's folder (or URL), or a place of the web corpus; may be given again.",
)
@click.option("--reader", type=click.Choice(READERS), default=NATIVE, show_default=True)
@click.option("--images", default="", metavar="FOLDER", help="Of a web corpus: the folder of its images.")
@click.option(
    "--links-into",
    "links",
    multiple=True,
    metavar="FOLDER",
    help="Of a web corpus: A folder outside --images that links in it may lead into; may be given again.",
)
@click.option(
    "--without-images-of",
    "without",
    multiple=True,
    metavar="OUTPUT",
    help="Of a web corpus: as for its conversion; may be given again.",
)
@reporting
def command(
    out: str,
    sources: tuple[str, ...],
    reader: str,
    images: str,
    links: tuple[str, ...],
    without: tuple[str, ...],
    report: Report,
) -> int:
    output = open_output(out)
    report.detail(f"Holding {out} against its manifest: files, samples, ledger.")
    findings = list(islice(verify(output), MOST))
    if sources and findings:
        report.say("The source was not looked at: first the output has to agree with its own manifest.")
    elif sources:
        report.detail(f"Making every sample again from {', '.join(sources)}.")
        findings = list(islice(rederive(output, sources, reader, images, without, links), MOST))
    checked = "its manifest and its source" if sources else "its manifest"
    lines = [str(finding) for finding in findings[:SHOWN]]
    if len(findings) > SHOWN:
        lines.append(f"and {len(findings) - SHOWN:,} more; --json lists them")
    head = f"{out}: {_counted(len(findings))}" if findings else f"{out}: agrees with {checked}"
    report.result(
        "\n".join([head, *lines]), {"out": out, "findings": [asdict(finding) for finding in findings]}
    )
    return FINDINGS if findings else 0


def _counted(findings: int) -> str:
    if findings == MOST:
        return f"the first {MOST:,} findings"
    return counted(findings, "finding")
