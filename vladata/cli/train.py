"""`vladata train`: train a model by a config, in the folder of the run, with values that are set for this run alone."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from vladata.cli.main import HELP
from vladata.cli.reporting import Report, reporting
from vladata.cli.setting import setting
from vladata.errors import MissingExtra
from vladata.spec import find
from vladata.spec.changed import changed

EXAMPLE = """Train a model as CONFIG says: a path, or the name of a config that ships. The same command goes on where it was
stopped, and comes to the same weights.

Several processes share each batch under torchrun: torchrun --nproc-per-node 4 -m vladata.cli.main train CONFIG

Example: vladata train vla0-lora --set data.path=out/bridge --out runs/bridge"""


@click.command("train", help=EXAMPLE, context_settings=HELP)
@click.argument("config")
@click.option("--out", metavar="FOLDER", help="Folder of the run. Default: runs/NAME.")
@setting("schedule.steps=100")
@click.option("--device", help="cpu, cuda or cuda:N; left out, a GPU where there is one.")
@click.option("--overwrite", is_flag=True, help="Replace the training in FOLDER.")
@click.option(
    "--dry-run", "dry", is_flag=True, help="Show the model, a batch and the schedule, and write nothing."
)
@reporting
def command(
    config: str,
    out: str | None,
    values: dict[str, str],
    device: str | None,
    overwrite: bool,
    dry: bool,
    report: Report,
) -> None:
    spec = changed(find.training(config), values, f"{config} with --set" if values else config)
    if find_spec("torch") is None:
        raise MissingExtra("training needs torch", hint='pip install "vladata[train]"')
    folder = Path(out or f"runs/{spec.name}")
    if dry:
        from vladata.consumer.training.show import show

        shown = show(spec)
        report.result(shown.text, {"out": str(folder), **shown.summary})
        return
    from vladata.consumer.training.run import train
    from vladata.consumer.training.summary import told

    result = train(
        spec, folder, overwrite=overwrite, device=device, quiet=report.quiet or report.json, say=report.say
    )
    if result.is_first:
        report.result(told(result), _summary(result))


def _summary(result: Any) -> dict[str, Any]:
    names = ("step", "began", "seconds", "metrics")
    paths = {"out": str(result.out), "checkpoint": str(result.checkpoint)}
    return {**paths, **{name: getattr(result, name) for name in names}}
