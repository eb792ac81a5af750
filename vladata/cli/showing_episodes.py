"""The text and summary of `vladata inspect` for an output of whole episodes, from its manifest."""

from typing import Any

from vladata.actions.statistics import Statistics
from vladata.cli.reporting import counted, human, ledger_lines, missing_lines
from vladata.shards.manifest import Manifest
from vladata.shards.naming import READS
from vladata.shards.parts import EpisodesPart

TOLD = ("name", "kind", "format", "order", "splits", "cameras", "written", "ledger", "statistics")


def episode_summary(manifest: Manifest) -> dict[str, Any]:
    """Return the summary for programs."""
    told = manifest.as_json()
    names = {name: told[name]["name"] for name in ("schema", "recipe")}
    return {
        **{name: told[name] for name in TOLD},
        **names,
        "steps": manifest.samples,
        "files": len(manifest.shards),
        "bytes": manifest.bytes,
    }


def episode_lines(out: str, manifest: Manifest) -> list[str]:
    """Return the summary as lines."""
    part = manifest.of(EpisodesPart)
    written = part.written
    splits = ", ".join(f"{name} {counts.samples:,}" for name, counts in manifest.splits.items())
    return [
        *missing_lines(manifest.ledger),
        f"{out}: {counted(written.stretches, 'episode')} of {counted(manifest.samples, 'step')} ({splits}) in "
        f"{counted(len(manifest.shards), 'file')}, "
        f"{human(manifest.bytes)}",
        f"  schema {part.schema['name']}, action chain {part.chain}, recipe {part.recipe['name']}, {manifest.format}, "
        f"cameras {', '.join(manifest.cameras)}",
        f"  of {written.episodes:,} episodes of the source, {written.cut:,} of them cut where steps were left out",
        f"  {READS[manifest.format or '']} reads it",
        *ledger_lines(manifest.ledger),
        "",
        *_statistics(part),
    ]


def _statistics(part: EpisodesPart) -> list[str]:
    found = Statistics.from_json(part.statistics["action"])
    lines = [f"  {'dimension':<12}{'mean':>12}{'std':>12}{'min':>12}{'max':>12}"]
    for name, *values in zip(found.names, found.mean, found.std, found.min, found.max, strict=True):
        lines.append(f"  {name:<12}" + "".join(f"{float(value):>12.5g}" for value in values))
    return lines
