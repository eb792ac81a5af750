"""The commit of a web conversion: the manifest and its parts."""

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa

from vladata import records
from vladata.fields import spelled
from vladata.runs.commit import Committing
from vladata.runs.index_table import INDEX_COLUMNS
from vladata.runs.receipts import Rejection
from vladata.shards.parts import CorpusSource, Filtered, TaskCounts, WebPart
from vladata.shards.tfds_files import about
from vladata.web.prepare import WebPrepared
from vladata.web.samples import cameras
from vladata.web.unit import OWN_ROWS

COLUMNS = pa.schema([*INDEX_COLUMNS, *(field for field in OWN_ROWS if field.name != "task")])


def committing(prepared: WebPrepared) -> Committing:
    """Return the input of the commit of a conversion whose units are all done."""
    job, decisions = prepared.job, prepared.decisions
    fewest, most = prepared.blocks.images
    named = cameras(most)
    spec = job.corpus.spec
    return Committing(
        layout=job.layout,
        units=prepared.units,
        ledger=prepared.ledger,
        rejections=prepared.rejections(),
        files={},
        part=lambda done: _part(prepared, done.rejected),
        fields=spelled(records.FIELDS),
        cameras=named,
        partly=named[fewest:],
        index=COLUMNS,
        names={"dataset": [job.layout.name], "task": sorted(decisions.tasks)},
        shapes={},
        about=about(
            f"Image-text samples by vladata: corpus {spec.name}, recipe {job.recipe.name}.",
            spec.citation,
            spec.licence,
            spec.homepage,
        ),
    )


def _part(prepared: WebPrepared, late: Sequence[Rejection]) -> WebPart:
    job, decisions = prepared.job, prepared.decisions
    failed, tasks = Counter(entry.task for entry in late), decisions.tasks.items()
    return WebPart(
        source=CorpusSource(
            job.corpus.name,
            len(job.corpus.files),
            job.asked,
            job.limit,
            job.model,
            tuple(job.without),
            dict(prepared.passed_over),
        ),
        corpus=job.corpus.spec.model_dump(mode="json"),
        recipe=job.recipe.model_dump(mode="json"),
        filters=tuple(Filtered(name, count) for name, count in decisions.counts.items()),
        lists=dict(job.lists),
        tasks={task: TaskCounts(had, left - failed[task]) for task, (had, left) in tasks},
    )
