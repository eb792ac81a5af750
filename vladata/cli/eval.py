"""`vladata eval`: policies tried in an environment."""

from pathlib import Path
from typing import Any

import click

from vladata.cli.main import HELP
from vladata.cli.reporting import Report, reporting

EXAMPLE = """Try policies in an environment: all of them on the same trials, success with 95% intervals, films and a report.

CONFIG is the name or path of an evaluation (docs/evaluation.md). Stopped at any moment, the same command goes on.

Example: vladata eval tabletop-experts --out out/experts"""


@click.command("eval", help=EXAMPLE, context_settings=HELP)
@click.argument("config")
@click.option("--out", required=True, help="Folder of trials, films and the report.")
@click.option(
    "--trials", type=click.IntRange(1), help="Trials of each suite and seed, in place of the config's."
)
@click.option("--device", default="cpu", show_default=True, help="Where models compute.")
@click.option("--dry-run", "dry", is_flag=True, help="Show which trials there are, and play none.")
@reporting
def command(
    config: str, out: str, trials: int | None, device: str, dry: bool, report: Report, **_: Any
) -> None:
    from vladata.consumer.evaluation.run import REPORT, evaluate, known_suites
    from vladata.consumer.evaluation.told import table
    from vladata.spec.find import evaluation

    spec = evaluation(config)
    if trials is not None:
        spec = spec.model_copy(update={"trials": trials})
    if dry:
        suites = known_suites(spec)
        count = len(spec.policies) * len(suites) * len(spec.seeds) * spec.trials
        told = {"suites": list(suites), "policies": list(spec.policies), "trials": count}
        text = f"{count:,} trials: {', '.join(spec.policies)}, each in {', '.join(suites)}"
        report.result(f"{text}, {spec.trials} of each suite and seed.", told)
        return
    found = evaluate(spec, out, device=device, quiet=report.quiet, say=report.say)
    report.result(f"{table(found)}\n{Path(out) / REPORT}", found)
