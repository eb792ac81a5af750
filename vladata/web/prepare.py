"""The preparation of a web conversion: index, filters and plan. Nothing is written here: a dry run prints the result."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vladata import keys
from vladata.corpora import passed_over
from vladata.errors import NoSteps
from vladata.filters.decisions import Decisions, check_left
from vladata.filters.plan import plan_filters
from vladata.index.ledger import Ledger
from vladata.web.blocks import WEIGHED, Blocks, blocks_of, encode, joined
from vladata.web.job import WebJob
from vladata.web.ledger import BOOKED, ledger_of
from vladata.web.settings import WebSettings
from vladata.web.sources import WebSources, images_of

OF_REJECTED = ("file", "shard", "record", "pair", "key", "outcome", "reason", "says")
PARQUET_PLACES = (
    8  # blocks of a unit at most, if the corpus is in Parquet files: row groups are read from their start
)


@dataclass(frozen=True)
class WebPrepared:
    """A job that is ready to be run.

    blocks:      the rows that it reads.
    units:       the number of units of the plan.
    passed_over: kind -> number of files and entries that are not records.
    """

    job: WebJob
    sources: WebSources
    decisions: Decisions
    blocks: Blocks
    ledger: Ledger
    plan_bytes: bytes
    units: int
    passed_over: Counter[str]

    @property
    def samples(self) -> int:
        return int(self.blocks.count.sum())

    def rejections(self) -> Iterator[Mapping[str, Any]]:
        """Yield the lines of rejected.jsonl.

        Pairs that filters take out are counted but not listed, since they may be nine tenths of a corpus.
        """
        split = self.job.split
        for part in self.sources.parts(OF_REJECTED):
            for row in part.filter(part["outcome"].is_valid()).to_pylist():
                episode = keys.episode_id(split, row.pop("shard"), row.pop("record"))
                yield {"episode": episode, "split": split, "step": row.pop("pair"), **row}


def prepare(settings: WebSettings, sources: WebSources) -> WebPrepared:
    """Return the job and its plan, made from a complete index.

    Raises UsageError for a filter that leaves nothing, and NoSteps if no pair is left.
    """
    keep = settings.recipe.web.keep
    seen, without = images_of(settings.without)
    decisions = plan_filters(keep, sources.parts, seen)
    check_left(decisions, keep, sources.corpus.name)
    ledger = ledger_of(sources.parts(BOOKED), decisions)
    blocks = blocks_of(sources.parts(WEIGHED), decisions, settings.memory)
    passed = passed_over.counted(sources.parts([]), sources.corpus.hidden)
    if not len(blocks.count):
        hint = " ".join(filter(None, (_fates(ledger, sources), passed_over.told(passed))))
        raise NoSteps("no pair is left to write", where=sources.corpus.name, hint=hint)
    if sources.corpus.spec.layout == "parquet":
        blocks = joined(blocks, settings.memory // PARQUET_PLACES)
    layout = settings.layout(sources.corpus.name)
    plan_bytes, units = encode(blocks, sources.part_names(), layout, settings.called)
    job = WebJob(
        corpus=sources.corpus,
        index=sources.cache.url,
        recipe=settings.recipe,
        split=settings.called,
        asked=settings.split,
        limit=settings.limit,
        model=settings.model,
        lists=dict(decisions.files),
        without=tuple(without),
        layout=layout,
        images=blocks.images[1],
        plan=hashlib.sha256(plan_bytes).hexdigest(),
    )
    return WebPrepared(job, sources, decisions, blocks, ledger, plan_bytes, units, passed)


def _fates(ledger: Ledger, sources: WebSources) -> str:
    """Return the outcomes of all pairs, and the message of the first rejected pair.

    For example "4 pairs: 3 rejected (bad_image), 1 filtered (size(min=200)).", for a message that no pair is left.
    """
    found = ledger.as_json()
    ends = [f"{entry['pairs']:,} {entry['outcome']} ({reason})" for reason, entry in found["reasons"].items()]
    said = (row for part in sources.parts(["says"]) for row in part["says"].drop_null())
    first = next((f" The first: {row.as_py()}" for row in said), "")
    return f"{found['pairs']['read']:,} pairs: {', '.join(ends) or 'the corpus is empty'}.{first}"
