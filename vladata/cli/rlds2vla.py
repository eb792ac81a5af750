"""`vladata convert rlds2vla`: options, one call, one summary."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from vladata.cli.allowance import Allowance, allowance
from vladata.cli.main import HELP
from vladata.cli.reporting import Report, human, reporting, size
from vladata.convert.prepare import Prepared, Settings
from vladata.pipelines.convert import Running, convert, dry_run
from vladata.plan.quality import quality
from vladata.plan.units import ORDERS
from vladata.shards.naming import FORMATS, REJECTED, Format
from vladata.spec import find

TOO_MANY_REJECTED = 3
EXAMPLE = """Convert the RLDS dataset in folder (or at URL) SOURCE into samples in OUT.

Example: vladata convert rlds2vla bridge_dataset/1.0.0 out/bridge --schema bridge_dataset --recipe rt2-pali-x

What follows `--` goes to Beam: vladata convert rlds2vla gs://... gs://... --schema ... --recipe ...
-- --runner=DataflowRunner --project=... --region=... --temp_location=gs://..."""


def _beam_options(ctx: click.Context, argument: click.Parameter, options: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses a third argument: click would take it for a Beam option, with or without `--`."""
    if options and not options[0].startswith("-"):
        raise click.UsageError(f'Got an unexpected argument "{options[0]}". Beam options stand after "--".')
    return options


@click.command("rlds2vla", help=EXAMPLE, context_settings=HELP)
@click.argument("source")
@click.argument("out")
@click.argument("beam", nargs=-1, type=click.UNPROCESSED, callback=_beam_options, metavar="[-- BEAM...]")
@click.option("--schema", required=True, help="Name or path of the dataset's schema.")
@click.option("--recipe", required=True, help="Name or path of the recipe.")
@click.option(
    "--split", default="train", show_default=True, help="As TFDS writes it: train, train[:10%], train+val."
)
@click.option(
    "--statistics",
    "measured",
    default="",
    metavar="SPLIT",
    help="Take the statistics of this split, say train for val; left out, of what is converted.",
)
@click.option("--format", "fmt", type=click.Choice(FORMATS), default="webdataset", show_default=True)
@click.option("--order", type=click.Choice(ORDERS), default="shuffled", show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the shuffle.")
@click.option(
    "--workers", type=click.IntRange(1, 512), default=1, show_default=True, help="Processes on this machine."
)
@click.option(
    "--memory", default="256MB", callback=size, show_default=True, help="What a worker holds at once."
)
@click.option("--samples-per-shard", type=click.IntRange(1), default=1000, show_default=True)
@click.option(
    "--image-size", type=click.IntRange(8, 4096), help="Resize images to N x N, whatever the recipe says."
)
@click.option("--limit", type=click.IntRange(1), metavar="EPISODES", help="Take only the first episodes.")
@click.option(
    "--max-rejected",
    "allowed",
    default="0",
    callback=allowance,
    show_default=True,
    metavar="N|P%",
    help="Rejected episodes or steps above which the exit code is 3.",
)
@click.option("--reader", type=click.Choice(["native", "tfds"]), default="native", show_default=True)
@click.option("--overwrite", is_flag=True, help="Replace what an earlier run left in OUT.")
@click.option("--dry-run", "dry", is_flag=True, help="Say what would be done, and do nothing of it.")
@reporting
def command(
    source: str,
    out: str,
    beam: tuple[str, ...],
    schema: str,
    recipe: str,
    image_size: int | None,
    fmt: Format,
    memory: int,
    limit: int | None,
    allowed: Allowance,
    workers: int,
    overwrite: bool,
    dry: bool,
    report: Report,
    **rest: Any,
) -> int:
    rules = find.recipe(recipe)
    if image_size is not None:
        rules = rules.model_copy(update={"images": rules.images.model_copy(update={"size": image_size})})
    settings = Settings(
        source, out, find.schema(schema), rules, format=fmt, memory=memory, limit=limit or 0, **rest
    )
    running = Running(workers, beam, report.quiet, report.say, report.detail)
    if dry:
        prepared = dry_run(settings, running)
        report.result(*_plan(prepared, workers))
        return _judged(prepared.ledger.as_json(), allowed, report, "would be")
    start = time.monotonic()
    manifest = convert(settings, running, overwrite)
    summary = _summary(out, manifest, time.monotonic() - start)
    report.result(_text(summary), summary)
    return _judged(manifest["ledger"], allowed, report, "was", f" See {REJECTED}.")


def _judged(ledger: Mapping[str, Any], allowed: Allowance, report: Report, tense: str, see: str = "") -> int:
    """The exit code that the rejections give, and what there is to say of them."""
    if not allowed.exceeded(ledger):
        return 0
    episodes, steps = (ledger[unit]["rejected"] for unit in ("episodes", "steps"))
    report.say(
        f"More {tense} rejected than --max-rejected {allowed.text} allows: "
        f"{episodes:,} episodes, {steps:,} steps.{see}"
    )
    return TOO_MANY_REJECTED


def _summary(out: str, manifest: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    shards = manifest["shards"]
    return {
        "out": out,
        "name": manifest["name"],
        "samples": sum(shard["samples"] for shard in shards),
        "shards": len(shards),
        "bytes": sum(shard["bytes"] for shard in shards),
        "splits": manifest["splits"],
        "ledger": manifest["ledger"],
        "contract": manifest["contract"]["digest"],
        "seconds": round(seconds, 2),
    }


def _text(summary: Mapping[str, Any]) -> str:
    ledger, rate = summary["ledger"], summary["samples"] / max(summary["seconds"], 0.01)
    lines = [
        f"{summary['out']}: {summary['samples']:,} samples in {summary['shards']:,} shards, "
        f"{human(summary['bytes'])}, {summary['seconds']:.1f} s ({rate:,.0f} a second)"
    ]
    lines += ledger_lines(ledger)
    return "\n".join(lines)


def ledger_lines(ledger: Mapping[str, Any]) -> list[str]:
    """The ledger for a person: a line a unit, a line a reason."""
    lines = []
    for unit in ("episodes", "steps"):
        counts = ledger[unit]
        parts = ", ".join(f"{counts[name]:,} {name}" for name in ("written", "filtered", "rejected"))
        lines.append(f"  {unit:<9}{counts['read']:,} read = {parts}")
    for reason, entry in ledger["reasons"].items():
        lines.append(
            f"  {entry['outcome']:<9}{reason}: {entry['episodes']:,} episodes, {entry['steps']:,} steps"
        )
    return lines


def _plan(prepared: Prepared, workers: int) -> tuple[str, dict[str, Any]]:
    layout, units = prepared.job.layout, len(prepared.plan)
    found = quality(prepared.plan, layout.order == "shuffled")
    shards = sum(int(split.shards[-1]) for split in prepared.plan.splits)
    source_bytes = sum(int(split.entries.length.sum()) for split in prepared.plan.splits)
    memory = max(unit.memory for unit in prepared.plan)
    ledger = prepared.ledger.as_json()
    summary = {
        "samples": prepared.samples,
        "shards": shards,
        "units": units,
        "source_bytes": source_bytes,
        "memory_per_worker": memory,
        "workers": workers,
        "quality": asdict(found),
        "ledger": ledger,
        "contract": prepared.job.contract["digest"],
    }
    lines = [
        f"{prepared.samples:,} samples in {shards:,} shards, from {human(source_bytes)} of records in {units:,} units",
        f"  a worker holds at most {human(memory)}",
        f"  a shard mixes {found.episodes_a_shard:,.0f} episodes (all shuffled together: {found.perfect:,.0f}); "
        f"{100 * found.neighbours:.1f}% of neighbours share one",
        *ledger_lines(ledger),
    ]
    return "\n".join(lines), summary
