"""What the manifest of a mixture says: its sources as they were, so that nothing of theirs is needed to understand it.

mixture    the spec; window, samples: of an epoch; epoch: what ends it, in words
sources    [{name, share, samples, used, repeats, left, manifest, kind, dataset, recipe, ...}]
partly     the cameras that not every sample has
contracts  {digest: {contract, statistics, prompts}} of all robot datasets in it; a sample's `contract` names its own
level      how many materialised mixtures deep it is
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from vladata.actions.contract import codec_from_contract
from vladata.index.ledger import Ledger
from vladata.index.rows import FILTERED
from vladata.mix.job import JobSource
from vladata.mix.prepare import PreparedMix
from vladata.mix.sources import MixedSource
from vladata.runs.commit import Committing
from vladata.runs.index_table import INDEX_COLUMNS, NAME
from vladata.shards.manifest import cameras_of, contracts_of, prompts_of, statistics_of
from vladata.shards.tfds_files import Widths

KIND = "mixture"
COLUMNS = pa.schema([*INDEX_COLUMNS, ("source", NAME), ("repeat", pa.int32())])
OF_SOURCES = ("kind", "recipe", "schema", "chain", "every", "corpus", "mixture", "splits")
UNUSED = "not_reached"


def committing(prepared: PreparedMix) -> Committing:
    """The commit of a mixture whose every unit is done."""
    sources = prepared.sources
    return Committing(
        layout=prepared.job.layout,
        units=prepared.units,
        ledger=ledger(prepared),
        rejections=(),
        files={},
        kind=KIND,
        made_from=made_from(prepared),
        cameras=cameras(prepared),
        index=COLUMNS,
        names={
            "dataset": sorted({name for source in sources for name in source.datasets}),
            "task": sorted({name for source in sources for name in source.tasks}),
            "source": [source.name for source in sources],
        },
        widths=_widths(prepared),
        about={"description": f"The mixture {prepared.job.layout.name} by vladata: {prepared.epoch.says}."},
    )


def made_from(prepared: PreparedMix) -> dict[str, Any]:
    """The manifest's entries that say what the samples are made from."""
    job, sources = prepared.job, prepared.sources
    entries = [_source(prepared, *pair) for pair in zip(sources, job.sources, strict=True)]
    return {
        "mixture": job.mixture,
        "split": job.split,
        "window": job.window,
        "samples": job.samples,
        "epoch": prepared.epoch.says,
        "level": 1 + max(source.level for source in job.sources),
        "sources": entries,
        "partly": _partly(prepared),
        "contracts": _contracts(prepared),
    }


def cameras(prepared: PreparedMix) -> list[str]:
    """The cameras of all sources, in the order in which they appear."""
    return cameras_of(source.manifest for source in prepared.sources)


def _partly(prepared: PreparedMix) -> list[str]:
    """Those that a source lacks, or has in some of its samples only."""
    manifests = [source.manifest for source in prepared.sources]
    always = [set(manifest["cameras"]) - set(manifest.get("partly", ())) for manifest in manifests]
    return [camera for camera in cameras(prepared) if not all(camera in each for each in always)]


def _source(prepared: PreparedMix, source: MixedSource, entry: JobSource) -> dict[str, Any]:
    used = prepared.used[source.name]
    return {
        "name": source.name,
        "dataset": source.manifest["name"],
        "manifest": entry.manifest,
        "share": entry.share,
        "samples": entry.samples,
        "used": used,
        "repeats": used / entry.samples,
        "left": entry.left,
        **{name: source.manifest[name] for name in OF_SOURCES if name in source.manifest},
    }


def _contracts(prepared: PreparedMix) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for source in prepared.sources:
        statistics, prompts = statistics_of(source.manifest), prompts_of(source.manifest)
        for digest, contract in contracts_of(source.manifest).items():
            entry = {"contract": contract, "statistics": statistics[digest], "prompts": []}
            known = found.setdefault(digest, entry)["prompts"]
            known += [words for words in prompts[digest] if words not in known]
    return found


def _widths(prepared: PreparedMix) -> Widths:
    """Widths that all samples have; a web corpus, without actions, has none."""
    found: dict[str, set[int | None]] = {"action": set(), "state": set(), "bins": set()}
    for source in prepared.sources:
        for statistics in statistics_of(source.manifest).values():
            for name in ("action", "state"):
                found[name].add(len(statistics[name]["names"]))
        found["bins"] |= {
            codec_from_contract(contract).width for contract in contracts_of(source.manifest).values()
        }
        if source.manifest["kind"] != "robot":
            for widths in found.values():
                widths.add(0)
    return Widths(
        _only(found["action"]), _only(found["state"]), _only(found["bins"]), tuple(_partly(prepared))
    )


def _only(widths: set[int | None]) -> int | None:
    return next(iter(widths)) if len(widths) == 1 and widths != {0} else None


def ledger(prepared: PreparedMix) -> Ledger:
    """Samples of the sources, each once, and turns, of which a sample that is repeated has several."""
    counts = Ledger(("samples", "turns"))
    for source in prepared.sources:
        used = min(prepared.used[source.name], source.samples)
        left = {**source.left, UNUSED: source.samples - used}
        counts.episodes["read"] += used + sum(left.values())
        counts.episodes["written"] += used
        for reason, count in left.items():
            if count:
                counts.episodes[FILTERED] += count
                counts.reason_episodes[FILTERED, reason] += count
    counts.steps["read"] = counts.steps["written"] = prepared.job.samples
    return counts
