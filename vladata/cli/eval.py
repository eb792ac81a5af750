"""`vladata eval`: try policies in an environment."""

from pathlib import Path
from typing import Any

import click

from vladata.cli.main import HELP
from vladata.cli.numbers import WholeRange
from vladata.cli.reporting import Report, reporting
from vladata.cli.setting import setting

EXAMPLE = """Try policies in an environment: all of them on the same trials, success with 95% intervals, films and a report.

CONFIG is the name or path of an evaluation (docs/evaluation.md). Stopped at any moment, the same command goes on.

Example: vladata eval tabletop-experts --set policies.ours=runs/ours --out out/experts"""


@click.command("eval", help=EXAMPLE, context_settings=HELP)
@click.argument("config")
@click.option("--out", metavar="FOLDER", help="Folder of the trials, films and report. Default: evals/NAME.")
@setting("policies.ours=runs/ours")
@click.option("--trials", type=WholeRange(1), help="Trials of each suite and seed, in place of the config's.")
@click.option(
    "--server",
    metavar="URL",
    help="Try the policy of `vladata serve` there as well, under the name `server`.",
)
@click.option("--device", default="cpu", show_default=True, help="Where models compute.")
@click.option("--overwrite", is_flag=True, help="Replace the evaluation in FOLDER.")
@click.option("--dry-run", "dry", is_flag=True, help="Show which trials there are, and play none.")
@reporting
def command(
    config: str,
    out: str | None,
    values: dict[str, str],
    trials: int | None,
    server: str | None,
    dry: bool,
    report: Report,
    **settings: Any,
) -> None:
    from vladata.consumer.evaluation.actors import is_address
    from vladata.consumer.evaluation.place import REPORT, check_checkpoints
    from vladata.consumer.evaluation.run import evaluate, known_suites
    from vladata.consumer.evaluation.told import table
    from vladata.spec.changed import changed
    from vladata.spec.find import evaluation

    if server is not None and not is_address(server):
        raise click.UsageError(
            f'--server "{server}" is not the address of a policy server, such as ws://127.0.0.1:8000.'
        )
    asked = {**values, **({} if trials is None else {"trials": str(trials)})}
    asked |= {} if server is None else {"policies.server": server}
    spec = changed(evaluation(config), asked, f"{config} with --set" if asked else config)
    folder = Path(out or f"evals/{spec.name}")
    if dry:
        check_checkpoints(spec)
        suites = known_suites(spec)
        count = len(spec.policies) * len(suites) * len(spec.seeds) * spec.trials
        told = {"out": str(folder), "suites": suites, "policies": list(spec.policies), "trials": count}
        text = f"{count:,} trials: {', '.join(spec.policies)}, each in {', '.join(suites)}"
        report.result(f"{text}, {spec.trials} of each suite and seed.", told)
        return
    found = evaluate(spec, folder, quiet=report.quiet or report.json, say=report.say, **settings)
    report.result(f"{table(found)}\n{folder / REPORT}", {"out": str(folder), **found})
