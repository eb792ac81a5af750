"""Settings -> a prepared job: the index, the statistics, the contract and the plan.

Nothing here writes to the output: a dry run calls `prepare` and prints the result.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.actions.bounds import quantiles_of
from vladata.actions.codecs.fast import Fast
from vladata.actions.protocol import Codec
from vladata.actions.statistics import Statistics
from vladata.annotations.stored import Commentary
from vladata.annotations.told import lines as told_lines
from vladata.errors import NoSteps
from vladata.index import entries as index_entries
from vladata.index import ledger as index_ledger
from vladata.index.clipping import clipping, remarks, share_of
from vladata.index.entries import Entries, entries_of, rejections
from vladata.index.image_sizes import COLUMNS as SIZE_COLUMNS
from vladata.index.image_sizes import image_sizes
from vladata.index.ledger import Ledger
from vladata.index.summary import Summary, summarise
from vladata.language.tasks.deal import deal_of
from vladata.plan import table as plan_table
from vladata.plan.units import PER_SAMPLE, Plan, make_plan
from vladata.robot.annotated import Annotated, annotated_of
from vladata.robot.askable import check_said
from vladata.robot.chunks import chunks_of
from vladata.robot.fates import fates
from vladata.robot.image_contract import image_contract, stretched
from vladata.robot.images_made import images_made
from vladata.robot.job import Job
from vladata.robot.kept import kept_codecs
from vladata.robot.numbering import for_lerobot, language_remark, video_keys
from vladata.robot.picturing import cameras
from vladata.robot.settings import Settings
from vladata.robot.sources import Sources
from vladata.robot.spelling import action_codec, contract_of, learns, state_codec
from vladata.selection.errata import unfilled
from vladata.selection.watch import Watch
from vladata.shards.naming import EPISODES
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec

PER_CHUNK, PER_ROW, PER_NUMBER, PER_PICTURE = 400, 16, 12, 64  # bytes


@dataclass(frozen=True)
class Prepared:
    """A job that is ready to be run.

    plan_bytes: the plan as the file that workers open.
    remarks:    sentences for a person about the taken data.
    annotated:  the annotations of the taken steps; None if no table was given.
    bins:       dimension -> (number of bins that the data reaches, number of bins of the codec); empty if bins do not stand for
                single values.
    """

    job: Job
    plan: Plan
    plan_bytes: bytes
    ledger: Ledger
    sources: Sources
    remarks: tuple[str, ...]
    annotated: Annotated | None = None
    bins: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @cached_property
    def samples(self) -> int:
        return sum(int(split.entries.samples.sum()) for split in self.plan.splits)

    def rejections(self) -> Iterator[Mapping[str, Any]]:
        yield from rejections(self.sources.taken(index_entries.REJECTION_COLUMNS))


def prepare(settings: Settings, sources: Sources) -> Prepared:
    """Return the job and its plan, made from a complete index. Raises NoSteps if no step is left to write."""
    asked = quantiles_of(settings.recipe.action.settings().get("bounds"))
    summaries = summaries_of(sources, settings.spec, settings.recipe.action.chain, asked)
    recipe = settings.recipe
    ledger, watch = _ledger(settings), Watch()
    entries = list(_entries(settings, sources, ledger, watch))
    if ledger.dealt is not None:
        ledger.dealt.update(_dealt(recipe, entries))
    layout = replace(settings.layout(sources.source.info.name), sample_bytes=_sample_bytes(settings, sources))
    if settings.format == "lerobot":
        layout = replace(layout, videos=video_keys(settings))
    plan = make_plan(entries, layout)
    if not len(plan):
        raise NoSteps(
            "no step is left to write",
            where=f"{settings.source}, split {settings.split}",
            hint=" ".join([fates(ledger, sources), *watch.unknown(sources.selection.files())]),
        )
    if not summaries["action"].statistics.count:
        raise NoSteps(
            "there is no step from which to take statistics",
            where=f"{settings.source}, split {settings.measured}",
        )
    annotated = annotated_of(settings, sources)
    if annotated:
        check_said(recipe, settings.spec, annotated.told)
    plan_bytes = plan_table.encode(plan)
    sizes = image_sizes(sources.taken(SIZE_COLUMNS))
    measured_sizes = image_sizes(sources.measured_parts(SIZE_COLUMNS)) if settings.measured else sizes
    statistics = summaries["action"].statistics
    told = {name: summary.statistics.to_json() for name, summary in summaries.items()}
    if kept := settings.kept:
        told = dict(kept.statistics)
        spelling, state = kept_codecs(kept, settings.spec, settings.recipe.action.chain)
    else:
        spelling = _codec(settings, sources, statistics)
        state = state_codec(recipe, summaries["state"].statistics)
    if settings.measured or kept:
        cut = clipping(spelling, None, partial(sources.taken, ["action"]))
    else:
        cut = clipping(spelling, statistics, partial(sources.measured_parts, ["action"]))
    job = Job(
        source=sources.source.url,
        reader=settings.reader,
        split=settings.split,
        limit=settings.limit,
        measured=kept.measured if kept else settings.measured,
        spec=settings.spec,
        recipe=settings.recipe,
        chain=settings.recipe.action.chain or settings.spec.actions.default,
        every=sources.selection.every,
        keep_ranges=sources.selection.keep_ranges.digest if sources.selection.keep_ranges else "",
        errata=sources.selection.errata.digest if sources.selection.errata else "",
        annotations=annotated.told.files if annotated else (),
        annotated=annotated.checksum if annotated else "",
        check_pictures=settings.check_pictures,
        layout=layout,
        statistics=told,
        contract=contract_of(
            settings.spec,
            recipe,
            sources.windows,
            spelling,
            state,
            sources.selection.every,
            image_contract(settings.spec, recipe, measured_sizes),
        ),
        clipping=cut.as_json(),
        plan=hashlib.sha256(plan_bytes).hexdigest(),
        **(for_lerobot(settings, sources) if settings.format == "lerobot" else {}),
    )
    bins = dict(zip(spelling.names, cut.bins(spelling), strict=False))
    said = [*watch.remarks(sources.selection.files()), *unfilled(sources.selection.errata)]
    wanted = settings.recipe.action.settings().get("bounds")
    if settings.format not in EPISODES:  # whole episodes hold actions as numbers, not as text
        said += [says for _, says in remarks(spelling, wanted, statistics, cut)]
        said += _moved(settings, sources, spelling, statistics)
    said += stretched(settings.spec, settings.recipe, sizes)
    said += language_remark(settings, Commentary(annotated.table).names if annotated else ())
    said += told_lines(annotated.told.as_json()) if annotated and annotated.told.doubtful else []
    return Prepared(job, plan, plan_bytes, ledger, sources, tuple(said), annotated, bins)


def _ledger(settings: Settings) -> Ledger:
    """Return an empty ledger: it counts steps, and also samples unless whole episodes are written."""
    if settings.is_whole:
        return Ledger()
    recipe = settings.recipe
    return Ledger(tasks=tuple(recipe.tasks), dealt=Counter() if recipe.dealt else None)


def _dealt(recipe: RecipeSpec, splits: Sequence[Entries]) -> Counter[str]:
    """Return task -> the number of samples dealt to it. A step for which the task has no text will go to another task."""
    deal, names = deal_of({name: rule.share for name, rule in recipe.tasks.items()}), list(recipe.tasks)
    assert deal is not None
    found: Counter[str] = Counter()
    for entries in splits:
        counts = np.bincount(deal.turns(0, int(entries.samples.sum())), minlength=len(names))
        found.update(dict(zip(names, counts.tolist(), strict=True)))
    return found


def _sample_bytes(settings: Settings, sources: Sources) -> int:
    """Return a measured upper bound of the bytes of memory that a sample takes until it is written, without its images."""
    names, windows = settings.spec.chain(settings.recipe.action.chain).names, sources.windows
    chunk = PER_CHUNK + windows.chunk * (PER_NUMBER * (1 + len(names)) + PER_ROW) if windows.chunk > 1 else 0
    pictures = windows.history * len(cameras(settings.spec, settings.recipe))
    return PER_SAMPLE + chunk + (PER_CHUNK + PER_PICTURE * pictures if windows.history > 1 else 0)


def _codec(settings: Settings, sources: Sources, statistics: Statistics) -> Codec:
    recipe, windows = settings.recipe, sources.windows
    parts = partial(sources.measured_parts, ["action"])
    chunks = chunks_of(parts(), len(statistics.names), windows) if learns(recipe) else None
    return action_codec(settings.spec, recipe, windows, statistics, chunks)


def _moved(settings: Settings, sources: Sources, spelling: Codec, statistics: Statistics) -> Iterator[str]:
    """Yield a remark if a codec that was fitted to other data cannot spell some coefficients (it spells the nearest instead)."""
    if not isinstance(spelling, Fast) or not (settings.measured or spelling.is_foreign):
        return
    moved = chunks = 0
    for block in chunks_of(sources.taken(["action"]), len(statistics.names), sources.windows):
        moved, chunks = moved + spelling.beyond(block), chunks + len(block)
    if moved:
        share = share_of(moved, chunks * spelling.chunk * len(spelling.names))
        yield f"codec {spelling.kind}: {share} coefficients are not in its vocabulary, and are replaced by the nearest ones."


def _entries(settings: Settings, sources: Sources, ledger: Ledger, watch: Watch) -> Iterator[Entries]:
    """Yield the entries of each split, and count its parts in the ledger at the same time: the index is read only once."""
    made = images_made(settings.spec, settings.recipe, sources.source)
    more = SIZE_COLUMNS if made else ()
    columns = list(dict.fromkeys((*index_entries.COLUMNS, *index_ledger.COLUMNS, *watch.COLUMNS, *more)))

    def booked(split: str) -> Iterator[pa.Table]:
        for part in sources.taken(columns, split, watch):
            ledger.book_all(part)
            yield part

    for split in dict.fromkeys(shard.split for shard in sources.shards):
        several = (len(ledger.tasks) or 1) if ledger.dealt is None else 1
        yield entries_of(split, booked(split), several, sources.gap, *([made] if made else []))


def summaries_of(
    sources: Sources,
    spec: DatasetSpec,
    chain: str | None,
    quantiles: Sequence[float] = (),
    chunk: int = 1,
) -> dict[str, Summary]:
    """Return exact statistics of "action" and "state" over the steps that become samples (index/summary.py)."""
    names = {"action": spec.chain(chain).names, "state": spec.state.names if spec.state else ()}
    return summarise(partial(sources.measured_parts, list(names)), names, quantiles, chunk)
