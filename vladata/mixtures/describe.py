"""The manifest of a mixture. It describes the sources as they were, so that it can be understood without them."""

from dataclasses import replace

import pyarrow as pa

from vladata.actions.contract import codec_from_contract
from vladata.fields import Spelled
from vladata.index.ledger import Ledger
from vladata.index.rows import FILTERED
from vladata.mixtures.batches import batch_counts, spelled_range
from vladata.mixtures.fields import fields_of
from vladata.mixtures.job import JobSource
from vladata.mixtures.prepare import PreparedMix
from vladata.mixtures.sources import MixedSource
from vladata.runs.commit import Committing
from vladata.runs.index_table import INDEX_COLUMNS, NAME
from vladata.shards.examples import IN_ROWS, Shapes
from vladata.shards.manifest import cameras_of
from vladata.shards.parts import Contracted, MixedDataset, MixturePart, Pointers

COLUMNS = pa.schema([*INDEX_COLUMNS, ("source", NAME), ("repeat", pa.int32())])
OF_SOURCES = ("recipe", "schema", "chain", "every", "corpus", "mixture", "splits")
UNUSED = "not_reached"


def committing(prepared: PreparedMix) -> Committing:
    """Return the input of the commit of a mixture whose units are all done."""
    sources = prepared.sources
    return Committing(
        layout=prepared.job.layout,
        units=prepared.units,
        ledger=ledger(prepared),
        rejections=(),
        files={},
        part=lambda done: part(prepared),
        fields=fields(prepared),
        cameras=cameras(prepared),
        partly=partly(prepared),
        index=COLUMNS,
        names={
            "dataset": sorted({name for source in sources for name in source.datasets}),
            "task": sorted({name for source in sources for name in source.tasks}),
            "source": [source.name for source in sources],
        },
        shapes=_shapes(prepared),
        notes=_batches(prepared),
        about={"description": f"The mixture {prepared.job.layout.name} by vladata: {prepared.epoch.says}."},
    )


def _batches(prepared: PreparedMix) -> str:
    """Return the counts of each source in batches as a table of the card; "" if the epoch is shorter than a batch."""
    found = batch_counts(prepared.job, prepared.plan_bytes)
    if not found:
        return ""
    head = "".join(f" batches of {each.batch} |" for each in found)
    rows = [
        f"| {source.name} |" + "".join(f" {spelled_range(each.counts[source.name])} |" for each in found)
        for source in prepared.sources
    ]
    lines = [f"| samples of |{head}", "|---|" + "---|" * len(found), *rows]
    return "Smallest and largest count of each source in a batch, of batches read in order:\n\n" + "\n".join(
        lines
    )


def part(prepared: PreparedMix, virtual: Pointers | None = None) -> MixturePart:
    """Return the part of the manifest about the sources. virtual: the places of the sources of a virtual mixture."""
    job, sources = prepared.job, prepared.sources
    return MixturePart(
        mixture=job.mixture,
        split=job.split,
        window=job.window,
        samples=job.samples,
        epoch=prepared.epoch.says,
        level=1 + max(source.level for source in job.sources),
        sources=tuple(_source(prepared, *pair) for pair in zip(sources, job.sources, strict=True)),
        contracts=_contracts(prepared),
        virtual=virtual,
    )


def fields(prepared: PreparedMix) -> Spelled:
    """Return the fields of the mixture's samples."""
    return fields_of(source.manifest.fields for source in prepared.sources)


def cameras(prepared: PreparedMix) -> list[str]:
    """Return the cameras of all sources, in the order in which they appear."""
    return cameras_of(source.manifest for source in prepared.sources)


def partly(prepared: PreparedMix) -> list[str]:
    """Return the cameras that some source lacks, or has in only some of its samples."""
    manifests = [source.manifest for source in prepared.sources]
    always = [set(manifest.cameras) - set(manifest.partly) for manifest in manifests]
    return [camera for camera in cameras(prepared) if not all(camera in each for each in always)]


def _source(prepared: PreparedMix, source: MixedSource, entry: JobSource) -> MixedDataset:
    used = prepared.used[source.name]
    found = source.manifest.as_json()
    return MixedDataset(
        name=source.name,
        dataset=source.manifest.name,
        manifest=entry.manifest,
        share=entry.share,
        samples=entry.samples,
        used=used,
        repeats=used / entry.samples,
        left=entry.left,
        kind=source.manifest.kind,
        made_from={name: found[name] for name in OF_SOURCES if name in found},
    )


def _contracts(prepared: PreparedMix) -> dict[str, Contracted]:
    """Return the contracts of all sources, each with the wording of every source whose samples have this contract."""
    found: dict[str, Contracted] = {}
    for source in prepared.sources:
        for digest, each in source.manifest.part.contracted.items():
            known = found.get(digest, each)
            more = tuple(words for words in each.prompts if words not in known.prompts)
            found[digest] = replace(known, prompts=known.prompts + more)
    return found


def _shapes(prepared: PreparedMix) -> Shapes:
    """Return the shapes that all samples have.

    A web corpus has no actions and so no shapes of its own. If other sources have rows of actions, its samples have 0 rows.
    """
    found: dict[str, set[int | None]] = {"action": set(), "state": set(), "bins": set()}
    in_rows = [name for name, kind in fields(prepared).items() if kind in IN_ROWS]
    for source in prepared.sources:
        for statistics in source.manifest.statistics.values():
            for name in ("action", "state"):
                found[name].add(len(statistics[name]["names"]))
        found["bins"] |= {codec_from_contract(c).width for c in source.manifest.contracts.values()}
        if source.manifest.kind != "robot":
            for name in set(found).difference(in_rows):
                found[name].add(0)
    return {
        name: (None, width) if name in in_rows else (width,)
        for name, widths in found.items()
        if (width := _only(widths))
    }


def _only(widths: set[int | None]) -> int | None:
    return next(iter(widths)) if len(widths) == 1 and widths != {0} else None


def ledger(prepared: PreparedMix) -> Ledger:
    """Return the ledger: the samples of the sources, each counted once, and the turns: a repeated sample has several."""
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
