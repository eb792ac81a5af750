"""`vladata verify`: an output against its manifest, and against its source."""

from dataclasses import asdict
from itertools import islice

import click

from vladata.cli.main import HELP
from vladata.cli.reporting import FINDINGS, Report, reporting
from vladata.convert.rederive import rederive
from vladata.mix.verify import verify
from vladata.shards.storage import open_output
from vladata.sources.rlds import Reader

MOST = 1000  # findings in a report: a folder that is not the one meant would give one a sample
EXAMPLE = """Check OUT: every checksum, count and sample; with --source, make every sample again and compare.

Example: vladata verify out/bridge --source bridge_dataset/1.0.0"""


@click.command("verify", help=EXAMPLE, context_settings=HELP)
@click.argument("out")
@click.option("--source", help="The RLDS folder (or URL) that OUT was converted from.")
@click.option("--reader", type=click.Choice(["native", "tfds"]), default="native", show_default=True)
@reporting
def command(out: str, source: str | None, reader: Reader, report: Report) -> int:
    output = open_output(out)
    report.detail(f"Holding {out} against its manifest: files, samples, ledger.")
    findings = list(islice(verify(output), MOST))
    if source and findings:
        report.say("The source was not looked at: first the output has to agree with its own manifest.")
    elif source:
        report.detail(f"Making every sample again from {source}.")
        findings = list(islice(rederive(output, source, reader), MOST))
    checked = "its manifest and its source" if source else "its manifest"
    lines = [str(finding) for finding in findings]
    head = f"{out}: {_counted(len(findings))}" if findings else f"{out}: agrees with {checked}"
    report.result(
        "\n".join([head, *lines]), {"out": out, "findings": [asdict(finding) for finding in findings]}
    )
    return FINDINGS if findings else 0


def _counted(findings: int) -> str:
    if findings == MOST:
        return f"the first {MOST:,} findings"
    return f"{findings:,} finding{'s' * (findings != 1)}"
