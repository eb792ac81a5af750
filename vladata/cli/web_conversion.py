"""The work of `vladata convert web2vla`, once its options are read: one call, one summary."""

from collections.abc import Mapping
from typing import Any

from vladata.beam.running import Running
from vladata.cli.allowance import Allowance
from vladata.cli.choice import merged
from vladata.cli.conversion import judged, recipe_for
from vladata.cli.mixtures_ahead import wanted_by_mixtures
from vladata.cli.reporting import Report, counted, human, ledger_lines
from vladata.commands.web2vla import convert, dry_run
from vladata.corpora.passed_over import told
from vladata.runs.resume import refused_ahead
from vladata.shards.manifest import Manifest
from vladata.shards.naming import REJECTED, Format
from vladata.shards.storage import open_output
from vladata.spec import find
from vladata.web.prepare import WebPrepared
from vladata.web.settings import WebSettings


def run(
    running: Running,
    report: Report,
    workers: int,
    sources: tuple[str, ...],
    out: str,
    schema: str,
    recipe: str,
    asked: tuple[str, ...],
    image_size: int | tuple[int, int] | None,
    limit: int | None,
    fmt: Format,
    allowed: Allowance,
    overwrite: bool,
    dry: bool,
    **rest: Any,
) -> int:
    """Convert, or print the plan of a dry run; return the exit code."""
    rules = recipe_for(recipe, image_size)
    keep = merged(rules.web.keep, asked, "--keep")
    rules = rules.model_copy(update={"web": rules.web.model_copy(update={"keep": keep})})
    settings = WebSettings(sources, out, find.corpus(schema), rules, format=fmt, limit=limit or 0, **rest)
    if dry:
        prepared = dry_run(settings, running)
        for remark in (*wanted_by_mixtures(prepared), *refused_ahead(open_output(out), overwrite)):
            report.say(remark)
        report.result(*_plan(prepared, workers))
        return judged(prepared.ledger.as_json(), allowed, report, "would be")

    def planned(prepared: WebPrepared) -> None:
        report.detail("\n".join(_filters(prepared)))

    manifest = convert(settings, running, overwrite, planned)
    summary = _summary(out, manifest, report.waited())
    report.result(_text(summary), summary)
    return judged(manifest.ledger, allowed, report, "was", f" See {REJECTED}.")


def _summary(out: str, manifest: Manifest, seconds: float) -> dict[str, Any]:
    plain = manifest.as_json()
    return {
        "out": out,
        "samples": manifest.samples,
        "shards": len(manifest.shards),
        "bytes": manifest.bytes,
        **{name: plain[name] for name in ("name", "splits", "ledger", "filters", "tasks")},
        "passed_over": plain["source"]["passed_over"],
        "seconds": round(seconds, 2),
    }


def _text(summary: Mapping[str, Any]) -> str:
    rate = summary["samples"] / max(summary["seconds"], 0.01)
    tasks = ", ".join(f"{task} {counts['written']:,}" for task, counts in summary["tasks"].items())
    lines = [
        f"{summary['out']}: {counted(summary['samples'], 'sample')} ({tasks}) in {counted(summary['shards'], 'shard')}, "
        f"{human(summary['bytes'])}, {summary['seconds']:.1f} s ({rate:,.0f} a second)"
    ]
    return "\n".join([*lines, *ledger_lines(summary["ledger"]), *_passed_over(summary["passed_over"])])


def _passed_over(counts: Mapping[str, int]) -> list[str]:
    return [f"  {told(counts)}"] if counts else []


def _plan(prepared: WebPrepared, workers: int) -> tuple[str, dict[str, Any]]:
    blocks, decisions, ledger = prepared.blocks, prepared.decisions, prepared.ledger.as_json()
    size = int(blocks.bytes.sum())
    summary = {
        "samples": prepared.samples,
        "units": prepared.units,
        "source_bytes": size,
        "workers": workers,
        "filters": [{"filter": name, "pairs": count} for name, count in decisions.counts.items()],
        "tasks": {task: {"fit": had, "written": left} for task, (had, left) in decisions.tasks.items()},
        "ledger": ledger,
        "passed_over": dict(prepared.passed_over),
    }
    lines = [
        f"{counted(prepared.samples, 'sample')} of {human(size)}, from {counted(len(blocks.count), 'place')} of the corpus, in "
        f"{counted(prepared.units, 'unit')}",
        *_filters(prepared),
        *ledger_lines(ledger),
        *_passed_over(prepared.passed_over),
    ]
    return "\n".join(lines), summary


def _filters(prepared: WebPrepared) -> list[str]:
    """Return one line per filter, in the order in which filters act, and one line per task."""
    lines = [f"  {name}: takes {counted(count, 'pair')}" for name, count in prepared.decisions.counts.items()]
    for task, (had, left) in prepared.decisions.tasks.items():
        lines.append(f"  {task}: {left:,} of {had:,} fit pairs are left")
    return lines
