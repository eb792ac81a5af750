"""The work of `vladata convert rlds2vla`, once its options are read: one call, one summary."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from vladata.annotations.told import lines as lines_of
from vladata.beam.running import Running
from vladata.cli.allowance import Allowance
from vladata.cli.choice import merged
from vladata.cli.reporting import FINDINGS, Report, counted, human, ledger_lines
from vladata.commands.rlds2vla import convert, dry_run
from vladata.errors import UsageError
from vladata.index.clipping import bins_told
from vladata.plan.quality import quality
from vladata.robot.prepare import Prepared
from vladata.robot.settings import Settings, recipe_name
from vladata.runs.resume import refused_ahead
from vladata.shards.manifest import Manifest
from vladata.shards.naming import EPISODES, REJECTED, Format, ledger_units
from vladata.shards.parts import EpisodesPart, WrittenEpisodes
from vladata.shards.storage import open_output
from vladata.spec import find
from vladata.spec.dataset import DatasetSpec
from vladata.spec.images import ImageRule
from vladata.spec.read import validate_data
from vladata.spec.recipe import RecipeSpec


def run(
    running: Running,
    report: Report,
    workers: int,
    source: str,
    out: str,
    schema: str,
    recipe: str | None,
    asked: tuple[str, ...],
    image_size: int | tuple[int, int] | None,
    cameras: str | None,
    fmt: Format,
    memory: int,
    limit: int | None,
    fps: float | None,
    allowed: Allowance,
    overwrite: bool,
    dry: bool,
    **rest: Any,
) -> int:
    """Convert, or print the plan of a dry run; return the exit code."""
    spec = find.schema(schema)
    rules = _with_cameras(recipe_for(recipe_name(recipe, fmt), image_size), cameras, spec)
    rules = rules.model_copy(update={"select": merged(rules.select, asked)})
    settings = Settings(
        source,
        out,
        spec,
        rules,
        format=fmt,
        memory=memory,
        limit=limit or 0,
        fps=fps or 0,
        **rest,
    )
    if dry:
        prepared = dry_run(settings, running)
        for remark in (*prepared.remarks, *refused_ahead(open_output(out), overwrite)):
            report.say(remark)
        report.result(*_plan(prepared, workers))
        return judged(prepared.ledger.as_json(), allowed, report, "would be")
    manifest = convert(settings, running, overwrite)
    summary = _summary(out, manifest, report.waited())
    report.result(_text(summary), summary)
    return judged(manifest.ledger, allowed, report, "was", f" See {REJECTED}.")


def recipe_for(name: str, image_size: int | tuple[int, int] | None) -> RecipeSpec:
    """Return the recipe of a name or path, with this size of images; None keeps the recipe's own."""
    rules = find.recipe(name)
    if image_size is None:
        return rules
    return rules.model_copy(update={"images": rules.images.model_copy(update={"size": image_size})})


def _with_cameras(rules: RecipeSpec, cameras: str | None, spec: DatasetSpec) -> RecipeSpec:
    """Return the recipe with these cameras, as --cameras gives them; None keeps the recipe's own."""
    if cameras is None:
        return rules
    names = [name.strip() for name in cameras.split(",")]
    by_field = {
        field: camera
        for camera, fields in spec.cameras.items()
        for field in ([fields] if isinstance(fields, str) else fields)
    }
    if wrong := [name for name in names if name in by_field and name not in spec.cameras]:
        raise UsageError(
            "--cameras takes the names of the schema's cameras, not the fields of the data",
            got=", ".join(wrong),
            allowed=", ".join(["first", "all", *spec.cameras]),
            hint=f"Write --cameras {','.join(by_field.get(name, name) for name in names)}",
        )
    wanted = cameras.strip() if cameras.strip() in ("first", "all") else names
    data = {**rules.images.model_dump(mode="json"), "cameras": wanted}
    return rules.model_copy(update={"images": validate_data(ImageRule, data, "--cameras")})


def judged(ledger: Mapping[str, Any], allowed: Allowance, report: Report, tense: str, see: str = "") -> int:
    """Return the exit code for the rejections of a ledger, and report them if there are more than allowed.
    tense: "was" or "would be".   see: text after the report.
    """
    if not allowed.exceeded(ledger):
        return 0
    counts = ", ".join(
        counted(ledger[unit]["rejected"], unit.removesuffix("s")) for unit in ledger_units(ledger)
    )
    report.say(f"More {tense} rejected than --max-rejected {allowed.text} allows: {counts}.{see}")
    return FINDINGS


def _summary(out: str, manifest: Manifest, seconds: float) -> dict[str, Any]:
    told = manifest.as_json()
    whole = manifest.kind == EpisodesPart.KIND
    return {
        "out": out,
        "name": manifest.name,
        "samples": manifest.samples,
        "shards": len(manifest.shards),
        "bytes": manifest.bytes,
        "splits": told["splits"],
        "ledger": told["ledger"],
        **({} if whole else {"contract": told["contract"]["digest"], "clipping": told["clipping"]}),
        "annotations": told["annotations"],
        **({"written": told["written"]} if whole else {}),
        "seconds": round(seconds, 2),
    }


def _text(summary: Mapping[str, Any]) -> str:
    ledger, rate = summary["ledger"], summary["samples"] / max(summary["seconds"], 0.01)
    lines = [
        f"{summary['out']}: {_counted(summary)}, "
        f"{human(summary['bytes'])}, {summary['seconds']:.1f} s ({rate:,.0f} a second)"
    ]
    lines += [*ledger_lines(ledger), *_annotated(summary["annotations"])]
    return "\n".join(lines)


def _counted(summary: Mapping[str, Any]) -> str:
    """Return the count of what was written: samples in shards, or episodes of steps in files."""
    if "written" not in summary:
        return f"{counted(summary['samples'], 'sample')} in {counted(summary['shards'], 'shard')}"
    written = summary["written"]
    cut = f" ({written['cut']:,} of {written['episodes']:,} cut at steps left out)" if written["cut"] else ""
    episodes, steps = counted(written["stretches"], "episode"), counted(summary["samples"], "step")
    return f"{episodes}{cut} of {steps} in {counted(summary['shards'], 'file')}"


def _annotated(told: Mapping[str, Any]) -> list[str]:
    return [f"  {line}" for line in lines_of(told)] if told else []


def bin_lines(prepared: Prepared) -> list[str]:
    """Return a line with the bins that each dimension uses and the share of steps that are clipped; none without bins."""
    if not prepared.bins:
        return []
    steps, clipped = prepared.job.clipping["steps"], prepared.job.clipping["clipped"]
    return [f"  bins used: {bins_told(prepared.bins, clipped, steps)}"]


def _plan(prepared: Prepared, workers: int) -> tuple[str, dict[str, Any]]:
    """Return the result of a dry run: as text, and as data."""
    units, whole = len(prepared.plan), prepared.job.layout.format in EPISODES
    shards = sum(int(split.shards[-1]) for split in prepared.plan.splits) * (
        1 + len(prepared.job.layout.videos)
    )
    source_bytes = sum(int(split.entries.length.sum()) for split in prepared.plan.splits)
    memory = prepared.plan.memory
    ledger = prepared.ledger.as_json()
    annotated = prepared.annotated.told.as_json() if prepared.annotated else {}
    more, lines = _planned_episodes(prepared) if whole else _planned_samples(prepared)
    summary = {
        "samples": prepared.samples,
        "shards": shards,
        "units": units,
        "source_bytes": source_bytes,
        "memory_per_worker": memory,
        "workers": workers,
        **more,
        "ledger": ledger,
        "annotations": annotated,
        "remarks": list(prepared.remarks),
    }
    head = [
        f"{_counted(summary)}, from {human(source_bytes)} of records in {counted(units, 'unit')}",
        f"  a worker holds at most {human(memory)}",
    ]
    return "\n".join([*head, *lines, *ledger_lines(ledger), *_annotated(annotated)]), summary


def _planned_samples(prepared: Prepared) -> tuple[dict[str, Any], list[str]]:
    """Return the part of a dry run's result that only samples have: entries of its data, and lines."""
    found = quality(prepared.plan, prepared.job.layout.order == "shuffled")
    more = {
        "quality": asdict(found),
        "contract": prepared.job.contract["digest"],
        "clipping": prepared.job.clipping,
        "bins": {name: {"used": used, "of": whole} for name, (used, whole) in prepared.bins.items()},
    }
    line = (
        f"  shuffle quality: each shard holds steps of about {found.episodes_a_shard:,.0f} episodes; a perfect shuffle would "
        f"give {found.perfect:,.0f}. {100 * found.neighbours:.1f}% of the samples follow one of the same episode"
    )
    return more, [line, *bin_lines(prepared)]


def _planned_episodes(prepared: Prepared) -> tuple[dict[str, Any], list[str]]:
    """Return the part of a dry run's result that only whole episodes have: entries of its data, and lines."""
    pieces = np.concatenate([split.entries.pieces for split in prepared.plan.splits])
    written = WrittenEpisodes(len(pieces), int(pieces.sum()), int((pieces > 1).sum()))
    return {"written": asdict(written)}, []
