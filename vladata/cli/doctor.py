"""`vladata doctor`: find probable faults of a dataset or of its schema."""

from typing import Any

import click

from vladata.beam.running import hire
from vladata.cli.choice import choosing, merged
from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.numbers import WORKERS, WholeRange
from vladata.cli.reporting import FINDINGS, Report, counted, reporting
from vladata.commands.doctor import Visit, examine
from vladata.doctor.examine import Examined
from vladata.doctor.exports import Exports
from vladata.doctor.finding import SEVERITIES, Finding
from vladata.robot.settings import ALL, Choice
from vladata.sources.readers import NATIVE, READERS
from vladata.spec import find
from vladata.spec.select import EVERYTHING

EXAMPLE = """Look for what is probably wrong with SOURCE or its schema: an inverted gripper, millimetres for metres, dimensions
that changed places, actions of another step, idle stretches, duplicate episodes, exchanged colours, missing instructions.
Every finding says what was seen and what to do.

Example: vladata doctor bridge_dataset/1.0.0 --schema bridge_dataset --write-keep-ranges keep.json"""
HEADS = {
    "error": "Errors: a model that is trained on this learns something wrong",
    "warning": "Warnings: look at these before you train",
    "info": "Remarks: good to know",
}


@click.command("doctor", help=EXAMPLE, context_settings=HELP)
@click.argument("source")
@click.option(
    "--schema",
    shell_complete=completing("schema"),
    required=True,
    help="Name or path of the dataset's schema.",
)
@click.option(
    "--recipe",
    shell_complete=completing("recipe"),
    help="Name or path of a recipe: say how many bins of its codec each dimension uses; examine only what its select takes.",
)
@click.option("--chain", help="The schema's action chain; left out, the recipe's or the schema's default.")
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
@click.option("--workers", type=WORKERS, default=1, show_default=True)
@click.option("--reader", type=click.Choice(READERS), default=NATIVE, show_default=True)
@reporting
def command(
    source: str,
    schema: str,
    recipe: str | None,
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
    rules = find.recipe(recipe) if recipe else None
    choice = Choice(merged(rules.select if rules else EVERYTHING, asked), keep_ranges, errata)
    if choice != ALL and (write_keep_ranges or write_errata):
        raise click.UsageError(
            "--write-keep-ranges and --write-errata write files about the whole dataset: leave out --select, --keep-ranges, "
            "--errata, and a recipe with a select."
        )
    visit = Visit(source, find.schema(schema), chain, rules, split, images, choice, reader)
    with (
        hire(workers, (), report.quiet, report.say, report.detail) as running,
        Exports(write_keep_ranges, write_errata) as exports,
    ):
        found = examine(visit, running, exports)
    for path, file in ((write_keep_ranges, exports.keep), (write_errata, exports.errata)):
        if path:
            report.say(f"{path}: {counted(file.entries, 'episode')}")
    report.result("\n".join(_lines(source, found)), _summary(visit, found))
    return FINDINGS if _fails(found.findings, fail_on) else 0


def _fails(findings: tuple[Finding, ...], fail_on: str) -> bool:
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()
    return any(finding.severity in failing for finding in findings)


def _summary(visit: Visit, found: Examined) -> dict[str, Any]:
    recipe = {"recipe": visit.recipe.name} if visit.recipe else {}
    return {
        "source": visit.source,
        "schema": visit.spec.name,
        "chain": visit.chain or visit.spec.actions.default,
        **recipe,
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
    return [
        *lines,
        f"{source}: {counted(found.episodes, 'episode')}, {counted(found.steps, 'step')}; {named}",
    ]


def _finding_lines(finding: Finding) -> list[str]:
    about = ""
    if finding.episodes:
        steps = f", {counted(finding.steps, 'step')}" if finding.steps else ""
        shown = f": {', '.join(finding.examples)}" if finding.examples else ""
        about = f"    {counted(finding.episodes, 'episode')}{steps}{shown}"
    return [line for line in (f"  {finding.kind}: {finding.says}", f"    {finding.advice}", about) if line]
