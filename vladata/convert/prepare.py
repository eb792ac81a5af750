"""Settings -> what there is to do: the index, the statistics, the contract and the plan.

Nothing here writes to the output: a dry run is this file and a print.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import pyarrow as pa

from vladata.actions.codec import codec
from vladata.actions.contract import contract
from vladata.actions.statistics import Statistics
from vladata.convert.job import Job
from vladata.convert.samples import swapped_cameras
from vladata.errors import NoSteps, UnknownName
from vladata.images import RULE
from vladata.index import entries as index_entries
from vladata.index import ledger as index_ledger
from vladata.index.cache import Cache, cache_of
from vladata.index.entries import Entries, entries_of, rejections
from vladata.index.ledger import Ledger
from vladata.index.part import Indexing
from vladata.index.summary import Summary, summarise
from vladata.plan import table as plan_table
from vladata.plan.orders import Order
from vladata.plan.units import Layout, Plan, make_plan
from vladata.shards.naming import WORK, Format
from vladata.shards.storage import open_output
from vladata.sources.rlds import Reader, ShardFile, Source, open_source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.find import schema as find_schema
from vladata.spec.recipe import RecipeSpec


@dataclass(frozen=True)
class Settings:
    """A conversion as it was asked for.

    source, out: RLDS folder and output folder, paths or fsspec URLs.
    limit:       the most episodes to take, from the start of the split; 0 takes all.
    measured:    the split whose steps the statistics are of, as TFDS writes it; "" is what is converted.
    memory:      bytes that a worker may hold at once, beside the program itself.
    """

    source: str
    out: str
    spec: DatasetSpec
    recipe: RecipeSpec
    split: str = "train"
    format: Format = "webdataset"
    order: Order = "shuffled"
    seed: int = 0
    memory: int = 256_000_000
    samples_per_shard: int = 1000
    limit: int = 0
    measured: str = ""
    reader: Reader = "native"


@dataclass(frozen=True)
class Sources:
    """The opened source of a run, and where its index is.

    shards:   the files that the run reads.
    measured: the files that its statistics are of.
    """

    indexing: Indexing
    shards: tuple[ShardFile, ...]
    measured: tuple[ShardFile, ...]
    cache: Cache

    @property
    def source(self) -> Source:
        return self.indexing.source

    def files(self) -> list[ShardFile]:
        """The files that must be indexed, each once, though a split expression may name one twice."""
        return list({s.file: s for s in (*self.shards, *self.measured)}.values())

    def unindexed(self) -> list[ShardFile]:
        """The files that have no part of the index yet."""
        return self.cache.missing(self.source, self.files())

    def parts(self, columns: Sequence[str] | None = None, split: str | None = None) -> Iterator[pa.Table]:
        """The index, a part a file, cut to the episodes that the run reads."""
        shards = [s for s in self.shards if split in (None, s.split)]
        return self.cache.read(self.source, shards, columns)

    def measured_parts(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """The same, cut to the episodes that the statistics are of."""
        return self.cache.read(self.source, self.measured, columns)


def open_sources(settings: Settings, far: bool = True) -> Sources:
    """Opens the source and holds the schema and recipe against it. Raises MissingKey, UnknownName, SourceError.

    far: workers may be on other machines, where they see a remote output and not this one's cache of indexes.
    """
    source = open_source(settings.source, settings.reader)
    _check_cameras(settings)
    chain = settings.recipe.action.chain
    settings.spec.columns(source.step_columns, chain, source.values)
    indexing = Indexing(source, settings.spec, chain)
    shards = limited(source.shards(settings.split), settings.limit)
    measured = source.shards(settings.measured) if settings.measured else shards
    root = f"{settings.out}/{WORK}/index" if far and open_output(settings.out).remote else None
    return Sources(indexing, shards, measured, cache_of(indexing, root))


def open_index(source: str, schema: str | None, chain: str | None, split: str, reader: Reader) -> Sources:
    """The source and index of `vladata index` and `stats`. split "all" is every split that there is."""
    opened = open_source(source, reader)
    spec = find_schema(schema) if schema else None
    if spec:
        spec.columns(opened.step_columns, chain, opened.values)
    indexing = Indexing(opened, spec, chain)
    wanted = "+".join(opened.info.splits) if split == "all" else split
    shards = opened.shards(wanted)
    return Sources(indexing, shards, shards, cache_of(indexing))


def limited(shards: Sequence[ShardFile], limit: int) -> tuple[ShardFile, ...]:
    """The files and records that hold the first `limit` episodes; all for limit 0."""
    if not limit:
        return tuple(shards)
    taken = []
    for shard in shards:
        count = min(limit, shard.stop - shard.start)
        if count > 0:
            taken.append(replace(shard, stop=shard.start + count))
        limit -= count
    return tuple(taken)


def _check_cameras(settings: Settings) -> None:
    wanted = settings.recipe.images.cameras
    for camera in () if wanted == "all" else wanted:
        if camera not in settings.spec.cameras:
            where = f"recipe {settings.recipe.name}, images.cameras"
            raise UnknownName("camera", camera, list(settings.spec.cameras), where)


@dataclass(frozen=True)
class Prepared:
    """A job that is ready to be done. plan_bytes: the plan as the file that workers open."""

    job: Job
    plan: Plan
    plan_bytes: bytes
    ledger: Ledger
    sources: Sources

    @cached_property
    def samples(self) -> int:
        return sum(int(split.entries.samples.sum()) for split in self.plan.splits)

    def rejections(self) -> Iterator[Mapping[str, Any]]:
        yield from rejections(self.sources.parts(index_entries.REJECTION_COLUMNS))


def prepare(settings: Settings, sources: Sources) -> Prepared:
    """The job and its plan, from a complete index. Raises NoSteps when nothing is left to write."""
    summaries = summaries_of(sources, settings.spec, settings.recipe.action.chain)
    ledger = Ledger()
    entries = list(_entries(sources, ledger))
    layout = Layout(
        sources.source.info.name,
        settings.format,
        settings.order,
        settings.seed,
        settings.memory,
        settings.samples_per_shard,
    )
    plan = make_plan(entries, layout)
    if not len(plan):
        raise NoSteps(
            "no step is left to write",
            where=f"{settings.source}, split {settings.split}",
            hint=_fates(ledger, sources),
        )
    if not summaries["action"].statistics.count:
        raise NoSteps(
            "no step is there to take statistics of", where=f"{settings.source}, split {settings.measured}"
        )
    plan_bytes = plan_table.encode(plan)
    job = Job(
        source=sources.source.url,
        reader=settings.reader,
        split=settings.split,
        limit=settings.limit,
        measured=settings.measured,
        spec=settings.spec,
        recipe=settings.recipe,
        chain=settings.recipe.action.chain or settings.spec.actions.default,
        layout=layout,
        statistics={name: summary.statistics.to_json() for name, summary in summaries.items()},
        contract=_contract(settings, summaries["action"].statistics),
        plan=hashlib.sha256(plan_bytes).hexdigest(),
    )
    return Prepared(job, plan, plan_bytes, ledger, sources)


def _fates(ledger: Ledger, sources: Sources) -> str:
    """What became of the episodes, when none is left: "4 episodes: 3 rejected (corrupt_record), 1 filtered (too_short)."."""
    found = ledger.as_json()
    ends = [
        f"{entry['episodes']:,} {entry['outcome']} ({reason})"
        for reason, entry in found["reasons"].items()
        if entry["episodes"]
    ]
    first = next(rejections(sources.parts(index_entries.REJECTION_COLUMNS)), None)
    told = "" if first is None else f" The first: {str(first['says']).splitlines()[0]}"
    return f"{found['episodes']['read']:,} episodes: {', '.join(ends)}.{told}"


def _contract(settings: Settings, statistics: Statistics) -> dict[str, Any]:
    recipe, rule = settings.recipe, settings.recipe.action
    bounds = rule.bounds if isinstance(rule.bounds, str) else rule.bounds.model_dump(mode="json")
    made = codec(
        rule.codec, statistics, bins=rule.bins, bounds=bounds, gripper=settings.spec.chain(rule.chain).gripper
    )
    images = recipe.images
    anew = images.size is not None or images.png == "jpeg" or swapped_cameras(settings.spec, recipe)
    return contract(
        made,
        prompt=recipe.prompt,
        target=recipe.target,
        chain=rule.chain or settings.spec.actions.default,
        instruction=recipe.instruction.model_dump(mode="json"),
        images={"size": images.size, "png": images.png, "quality": images.quality, "rule": RULE}
        if anew
        else None,
    )


def _entries(sources: Sources, ledger: Ledger) -> Iterator[Entries]:
    """The entries of each split; on their way the parts are booked, so that the index is read once for both."""
    columns = list(dict.fromkeys((*index_entries.COLUMNS, *index_ledger.COLUMNS)))

    def booked(split: str) -> Iterator[pa.Table]:
        for part in sources.parts(columns, split):
            ledger.book_all(part)
            yield part

    for split in dict.fromkeys(shard.split for shard in sources.shards):
        yield entries_of(split, booked(split))


def summaries_of(sources: Sources, spec: DatasetSpec, chain: str | None) -> dict[str, Summary]:
    """Exact statistics of "action" and "state" over the steps that become samples."""
    names = {"action": spec.chain(chain).names, "state": spec.state.names if spec.state else ()}
    return summarise(partial(sources.measured_parts, list(names)), names)
