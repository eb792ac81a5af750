"""The work of `vladata mix`, once its options are read: a table of the sources, one call, one summary."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from vladata.beam.running import Running
from vladata.cli.keeping import with_keeps
from vladata.cli.reporting import Report, counted, human
from vladata.commands.mix import materialise
from vladata.mixtures.batches import batch_counts, spelled_range
from vladata.mixtures.prepare import PreparedMix, prepare, table
from vladata.mixtures.settings import MixSettings
from vladata.mixtures.virtual import write_virtual
from vladata.runs.resume import refused_ahead
from vladata.shards.naming import Format
from vladata.shards.storage import open_output
from vladata.spec import find
from vladata.spec.mixture import MixtureSpec
from vladata.spec.read import validate_data


def plan(report: Report, dry: bool, materialize: bool, overwrite: bool, **asked: Any) -> None:
    """Print the table of a mixture, and write it as a virtual mixture unless it is a dry run."""
    settings = _settings(**asked)
    ahead: Iterable[str] = ()
    if dry:
        prepared = prepare(settings, virtual=not materialize)
        ahead = refused_ahead(open_output(settings.out), overwrite)
    else:
        prepared, _ = write_virtual(settings, overwrite)
    for remark in (*prepared.remarks, *ahead):
        report.say(remark)
    summary = {"out": settings.out, "virtual": not materialize, "dry_run": dry, **_summary(prepared)}
    lines = _table(prepared)
    if not dry:
        lines.append(
            f"{settings.out}: a virtual mixture; vladata.open reads it, --materialize writes its shards"
        )
    report.result("\n".join(lines), summary)


def write(running: Running, report: Report, overwrite: bool, **asked: Any) -> None:
    """Write the shards of a mixture."""
    settings = _settings(**asked)

    def planned(prepared: PreparedMix) -> None:
        for remark in prepared.remarks:
            report.say(remark)
        report.say("\n".join(_table(prepared)))

    manifest = materialise(settings, running, overwrite, planned)
    seconds = report.waited()
    samples, size, told = manifest.samples, manifest.bytes, manifest.as_json()
    text = (
        f"{settings.out}: {counted(samples, 'sample')} in {counted(len(manifest.shards), 'shard')}, {human(size)}, "
        f"{seconds:.1f} s ({samples / max(seconds, 0.01):,.0f} a second)"
    )
    names = ("name", "samples", "window", "epoch", "splits", "ledger", "sources")
    summary = {name: told[name] for name in names}
    summary |= {
        "out": settings.out,
        "shards": len(manifest.shards),
        "bytes": size,
        "seconds": round(seconds, 2),
    }
    report.result(text, summary)


def _settings(
    mixture: str,
    window: int | None,
    batch_size: int | None,
    keeps: tuple[str, ...],
    no_keeps: tuple[str, ...],
    epoch: int | None,
    fmt: Format,
    samples_per_shard: int | None,
    **rest: Any,
) -> MixSettings:
    if window and batch_size:
        raise click.UsageError("--batch-size sets the window: give it or --window.")
    spec = find.mixture(mixture)
    changes = {name: value for name, value in (("window", window), ("epoch", epoch)) if value is not None}
    if changes:
        spec = validate_data(
            MixtureSpec, {**spec.model_dump(exclude_none=True), **changes}, f"mixture {spec.name}"
        )
    spec = with_keeps(spec, mixture, rest["weights"], keeps, no_keeps)
    return MixSettings(
        spec,
        asked=mixture,
        format=fmt,
        samples_per_shard=samples_per_shard or 0,
        batch_size=batch_size or 0,
        **rest,
    )


def _summary(prepared: PreparedMix) -> dict[str, Any]:
    job = prepared.job
    return {
        "name": job.layout.name,
        "samples": job.samples,
        "epoch": prepared.epoch.says,
        "window": job.window,
        "seed": job.layout.seed,
        "samples_per_shard": job.layout.samples_per_shard,
        "units": prepared.units,
        "bytes": prepared.bytes,
        "sources": table(prepared),
        "batches": {str(each.batch): each.counts for each in batch_counts(prepared.job, prepared.plan_bytes)},
        "remarks": list(prepared.remarks),
    }


def _table(prepared: PreparedMix) -> list[str]:
    """Return the table of the sources, one line per source: requested and realised shares, and counts."""
    rows, job = table(prepared), prepared.job
    width = max(8, *(len(row["source"]) for row in rows))
    head = f"{'source':<{width}}{'requested':>11}{'realised':>10}{'has':>13}{'gives':>13}{'repeats':>9}{'bytes':>10}"
    lines = [head, *(_row(row, width) for row in rows)]
    lines.append(
        f"{'all':<{width}}{1:>11.3%}{1:>10.3%}{sum(row['available'] for row in rows):>13,}{job.samples:>13,}"
        f"{'':>9}{human(prepared.bytes):>10}"
    )
    lines.append(f"An epoch is {counted(job.samples, 'sample')}: {prepared.epoch.says}.")
    return [*lines, *_batches(prepared, width)]


def _batches(prepared: PreparedMix, width: int) -> list[str]:
    """Return the counts of each source in batches, one line per source."""
    window, found = prepared.job.window, batch_counts(prepared.job, prepared.plan_bytes)
    lines = [
        f"In every aligned window of {window} samples each source has its share to within one sample, and so has every "
        f"batch of a multiple of {window}."
    ]
    if any(each.batch % window for each in found):
        lines.append(
            "Other batches have it on average only. Samples of each source in a batch, fewest to most:"
        )
        lines.append(" " * width + "".join(f"{f'of {each.batch}':>12}" for each in found))
        lines += [
            f"{source.name:<{width}}"
            + "".join(f"{spelled_range(each.counts[source.name]):>12}" for each in found)
            for source in prepared.sources
        ]
    return lines


def _row(row: Mapping[str, Any], width: int) -> str:
    text = (
        f"{row['source']:<{width}}{row['requested']:>11.3%}{row['realised']:>10.3%}{row['available']:>13,}"
        f"{row['samples']:>13,}{row['repeats']:>9.2f}{human(row['bytes']):>10}"
    )
    left = ", ".join(f"{count:,} {reason}" for reason, count in row["left"].items())
    return f"{text}  not taken: {left}" if left else text
