"""`vladata doctor`: what is probably wrong with a dataset, or with what its schema says of it."""

from typing import Any

import click

from vladata.beam.running import hire
from vladata.cli.choice import choosing, merged
from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.numbers import WholeRange
from vladata.cli.reporting import FINDINGS, Report, reporting
from vladata.commands.rlds2vla import index
from vladata.doctor.examine import Examined, examine, material_of
from vladata.doctor.exports import Exports
from vladata.doctor.finding import SEVERITIES, Finding
from vladata.robot.settings import ALL, Choice
from vladata.robot.sources import open_index
from vladata.sources.readers import NATIVE, READERS
from vladata.spec import find
from vladata.spec.select import EVERYTHING

EXAMPLE = """Look for what is probably wrong with SOURCE, or with what the schema says of it: a gripper the other way round,
millimetres, actions of another step, idle stretches, duplicates, blue skin, missing words. Every finding says what was
seen and what to do.

Example: vladata doctor bridge_dataset/1.0.0 --schema bridge_dataset --write-keep-ranges keep.json"""
HEADS = {
    "error": "Errors: what is learned from this is wrong",
    "warning": "Warnings: look at these",
    "info": "Remarks",
}


@click.command("doctor", help=EXAMPLE, context_settings=HELP)
@click.argument("source")
@click.option(
    "--schema",
    shell_complete=completing("schema"),
    required=True,
    help="Name or path of the dataset's schema.",
)
@click.option("--chain", help="The schema's action chain; left out, its default.")
@click.option("--split", default="all", show_default=True, help="As TFDS writes it, or all.")
@click.option(
    "--images",
    type=WholeRange(0),
    default=64,
    show_default=True,
    help="Number of episodes whose pictures are looked at.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, "never"]),
    default="error",
    show_default=True,
    help="The least severity that makes the exit code 3.",
)
@click.option("--write-keep-ranges", metavar="FILE", help="Write which frames to keep, as JSON.")
@click.option("--write-errata", metavar="FILE", help="Write which episodes to leave out or label, as JSON.")
@choosing
@click.option("--workers", type=WholeRange(1, 512), default=1, show_default=True)
@click.option("--reader", type=click.Choice(READERS), default=NATIVE, show_default=True)
@reporting
def command(
    source: str,
    schema: str,
    chain: str | None,
    split: str,
    images: int,
    fail_on: str,
    write_keep_ranges: str | None,
    write_errata: str | None,
    asked: tuple[str, ...],
    keep_ranges: str,
    errata: str,
    workers: int,
    reader: str,
    report: Report,
) -> int:
    choice = Choice(merged(EVERYTHING, asked), keep_ranges, errata)
    if choice != ALL and (write_keep_ranges or write_errata):
        raise click.UsageError(
            "The files that are written are of the whole dataset: give no choice beside --write-keep-ranges or --write-errata."
        )
    sources = open_index(source, schema, chain, split, reader, choice)
    with hire(workers, (), report.quiet, report.say, report.detail) as running:
        index(sources, running)
    spec = find.schema(schema)
    with Exports(write_keep_ranges, write_errata) as exports:
        found = examine(material_of(sources, spec, chain, images), exports)
    for path, file in ((write_keep_ranges, exports.keep), (write_errata, exports.errata)):
        if path:
            report.say(f"{path}: {file.entries:,} episodes")
    report.result(
        "\n".join(_lines(source, found)), _summary(source, spec.name, chain or spec.actions.default, found)
    )
    return FINDINGS if _fails(found.findings, fail_on) else 0


def _fails(findings: tuple[Finding, ...], fail_on: str) -> bool:
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()
    return any(finding.severity in failing for finding in findings)


def _summary(source: str, schema: str, chain: str, found: Examined) -> dict[str, Any]:
    return {
        "source": source,
        "schema": schema,
        "chain": chain,
        "episodes": found.episodes,
        "steps": found.steps,
        "looked_at": found.looked_at,
        "findings": [finding.as_json() for finding in found.findings],
    }


def _lines(source: str, found: Examined) -> list[str]:
    lines = []
    for severity in SEVERITIES:
        findings = [finding for finding in found.findings if finding.severity == severity]
        if findings:
            lines += [HEADS[severity], ""]
        for finding in findings:
            lines += [*_finding_lines(finding), ""]
    counts = [sum(f.severity == severity for f in found.findings) for severity in SEVERITIES]
    named = ", ".join(
        f"{n} {name}{'s' * (n != 1)}" for n, name in zip(counts, ("error", "warning", "remark"), strict=True)
    )
    return [*lines, f"{source}: {found.episodes:,} episodes, {found.steps:,} steps; {named}"]


def _finding_lines(finding: Finding) -> list[str]:
    about = ""
    if finding.episodes:
        steps = f", {finding.steps:,} steps" if finding.steps else ""
        shown = f": {', '.join(finding.examples)}" if finding.examples else ""
        about = f"    {finding.episodes:,} episodes{steps}{shown}"
    return [line for line in (f"  {finding.kind}: {finding.says}", f"    {finding.advice}", about) if line]
