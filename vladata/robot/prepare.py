"""Settings -> what there is to do: the index, the statistics, the contract and the plan.

Nothing here writes to the output: a dry run is this file and a print.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import pyarrow as pa

from vladata.actions.codec import codec
from vladata.actions.contract import codec_from_contract, contract
from vladata.actions.protocol import Codec
from vladata.actions.statistics import Statistics
from vladata.errors import NoSteps, UsageError
from vladata.index import entries as index_entries
from vladata.index import ledger as index_ledger
from vladata.index.clipping import clipping, remarks
from vladata.index.entries import Entries, entries_of, rejections
from vladata.index.image_sizes import COLUMNS as SIZE_COLUMNS
from vladata.index.image_sizes import image_sizes
from vladata.index.ledger import Ledger
from vladata.index.summary import Summary, summarise
from vladata.plan import table as plan_table
from vladata.plan.units import Plan, make_plan
from vladata.robot.fates import fates
from vladata.robot.image_contract import Sizes, image_contract, stretched
from vladata.robot.job import Job
from vladata.robot.settings import Kept, Settings
from vladata.robot.sources import Sources
from vladata.selection.watch import Watch
from vladata.spec.dataset import DatasetSpec


@dataclass(frozen=True)
class Prepared:
    """A job that is ready to be done.

    plan_bytes: the plan as the file that workers open.
    remarks:    what a person should know of what is taken.
    """

    job: Job
    plan: Plan
    plan_bytes: bytes
    ledger: Ledger
    sources: Sources
    remarks: tuple[str, ...]

    @cached_property
    def samples(self) -> int:
        return sum(int(split.entries.samples.sum()) for split in self.plan.splits)

    def rejections(self) -> Iterator[Mapping[str, Any]]:
        yield from rejections(self.sources.taken(index_entries.REJECTION_COLUMNS))


def prepare(settings: Settings, sources: Sources) -> Prepared:
    """The job and its plan, from a complete index. Raises NoSteps when nothing is left to write."""
    summaries = summaries_of(sources, settings.spec, settings.recipe.action.chain)
    ledger, watch = Ledger(tasks=settings.recipe.tasks), Watch()
    entries = list(_entries(sources, ledger, watch))
    layout = settings.layout(sources.source.info.name)
    plan = make_plan(entries, layout)
    if not len(plan):
        raise NoSteps(
            "no step is left to write",
            where=f"{settings.source}, split {settings.split}",
            hint=fates(ledger, sources),
        )
    if not summaries["action"].statistics.count:
        raise NoSteps(
            "no step is there to take statistics of", where=f"{settings.source}, split {settings.measured}"
        )
    plan_bytes = plan_table.encode(plan)
    sizes = image_sizes(sources.taken(SIZE_COLUMNS))
    measured_sizes = image_sizes(sources.measured_parts(SIZE_COLUMNS)) if settings.measured else sizes
    statistics = summaries["action"].statistics
    spelling = _codec(settings, statistics)
    if settings.kept:
        spelling = _kept(settings.kept, spelling, settings.spec.name)
    if settings.measured or settings.kept:
        cut = clipping(spelling, None, partial(sources.taken, ["action"]))
    else:
        cut = clipping(spelling, statistics, partial(sources.measured_parts, ["action"]))
    job = Job(
        source=sources.source.url,
        reader=settings.reader,
        split=settings.split,
        limit=settings.limit,
        measured=settings.kept.measured if settings.kept else settings.measured,
        spec=settings.spec,
        recipe=settings.recipe,
        chain=settings.recipe.action.chain or settings.spec.actions.default,
        every=sources.selection.every,
        keep_ranges=sources.selection.keep_ranges.digest if sources.selection.keep_ranges else "",
        errata=sources.selection.errata.digest if sources.selection.errata else "",
        layout=layout,
        statistics=settings.kept.statistics
        if settings.kept
        else {name: summary.statistics.to_json() for name, summary in summaries.items()},
        contract=_contract(settings, sources.selection.every, spelling, measured_sizes),
        clipping=cut.as_json(),
        plan=hashlib.sha256(plan_bytes).hexdigest(),
    )
    said = [*watch.remarks(sources.selection.files())]
    wanted = settings.recipe.action.settings().get("bounds")
    said += [says for _, says in remarks(spelling, wanted, statistics, cut)]
    said += stretched(settings.spec, settings.recipe, sizes)
    return Prepared(job, plan, plan_bytes, ledger, sources, tuple(said))


def _codec(settings: Settings, statistics: Statistics) -> Codec:
    rule = settings.recipe.action
    grippers = settings.spec.chain(rule.chain).grippers
    return codec(rule.codec, statistics, gripper=grippers, **rule.settings())


def _kept(kept: Kept, fresh: Codec, schema: str) -> Codec:
    """The codec of another output. fresh: what it would be here, with whose dimensions it must agree."""
    spelling = codec_from_contract(kept.contract)
    before, now = spelling.to_json(), fresh.to_json()
    for what in ("codec", "names", "grippers"):
        if before[what] != now[what]:
            raise UsageError(
                f"the statistics cannot be kept: {what} of the action changed",
                where=f"schema {schema}",
                got=now[what],
                allowed=before[what],
                hint="Leave --keep-statistics out: they are measured anew.",
            )
    return spelling


def _contract(settings: Settings, every: int, spelling: Codec, sizes: Sizes) -> dict[str, Any]:
    rule, hz = settings.recipe.action, settings.spec.control_frequency_hz
    return contract(
        spelling,
        chain=rule.chain or settings.spec.actions.default,
        images=image_contract(settings.spec, settings.recipe, sizes),
        rotations=rotations(settings.spec, rule.chain),
        every=every,
        control_frequency_hz=hz and hz / every,
    )


def rotations(spec: DatasetSpec, chain: str | None) -> dict[str, str | None]:
    """What the contract says of the rotations of "action" and "state"."""
    return {"action": spec.chain(chain).turned, "state": spec.state.rotation if spec.state else None}


def _entries(sources: Sources, ledger: Ledger, watch: Watch) -> Iterator[Entries]:
    """The entries of each split; on their way the parts are booked, so that the index is read once for both."""
    columns = list(dict.fromkeys((*index_entries.COLUMNS, *index_ledger.COLUMNS, *watch.COLUMNS)))

    def booked(split: str) -> Iterator[pa.Table]:
        for part in sources.taken(columns, split, watch):
            ledger.book_all(part)
            yield part

    for split in dict.fromkeys(shard.split for shard in sources.shards):
        yield entries_of(split, booked(split), len(ledger.tasks))


def summaries_of(sources: Sources, spec: DatasetSpec, chain: str | None) -> dict[str, Summary]:
    """Exact statistics of "action" and "state" over the steps that become samples."""
    names = {"action": spec.chain(chain).names, "state": spec.state.names if spec.state else ()}
    return summarise(partial(sources.measured_parts, list(names)), names)
