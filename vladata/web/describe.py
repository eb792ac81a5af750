"""What the commit of a web conversion says of the dataset.

source   {name, files, split, limit, model, without}
corpus   the declaration of its layout; recipe: in full; partly: the cameras that not every sample has
filters  [{filter, pairs}] in the order in which they acted; tasks: {task: {fit, written}}; lists: the files that they read
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from vladata.runs.commit import Committing
from vladata.runs.index_table import INDEX_COLUMNS
from vladata.runs.receipts import Rejection
from vladata.shards.tfds_files import Widths, about
from vladata.web.prepare import WebPrepared
from vladata.web.samples import cameras
from vladata.web.unit import OWN_ROWS

COLUMNS = pa.schema([*INDEX_COLUMNS, *(field for field in OWN_ROWS if field.name != "task")])


def committing(prepared: WebPrepared) -> Committing:
    """The commit of a conversion whose every unit is done."""
    job, decisions = prepared.job, prepared.decisions
    fewest, most = prepared.blocks.images
    named = cameras(most)
    partly = named[fewest:]
    spec = job.corpus.spec
    return Committing(
        layout=job.layout,
        units=prepared.units,
        ledger=prepared.ledger,
        rejections=prepared.rejections(),
        files={},
        kind="web",
        made_from=_made_from(prepared) | {"partly": partly},
        cameras=named,
        index=COLUMNS,
        names={"dataset": [job.layout.name], "task": sorted(decisions.tasks)},
        widths=Widths(None, None, None, tuple(partly)),
        about=about(
            f"Image-text samples by vladata: corpus {spec.name}, recipe {job.recipe.name}.",
            spec.citation,
            spec.licence,
            spec.homepage,
        ),
        settled=lambda late: {"tasks": _tasks(prepared, late)},
    )


def _tasks(prepared: WebPrepared, late: Sequence[Rejection]) -> dict[str, Any]:
    failed = Counter(entry.task for entry in late)
    tasks = prepared.decisions.tasks.items()
    return {task: {"fit": had, "written": left - failed[task]} for task, (had, left) in tasks}


def _made_from(prepared: WebPrepared) -> dict[str, Any]:
    job, decisions = prepared.job, prepared.decisions
    return {
        "source": {
            "name": job.corpus.name,
            "files": len(job.corpus.files),
            "split": job.asked,
            "limit": job.limit,
            "model": job.model,
            "without": list(job.without),
        },
        "corpus": job.corpus.spec.model_dump(mode="json"),
        "recipe": job.recipe.model_dump(mode="json"),
        "filters": [{"filter": name, "pairs": count} for name, count in decisions.counts.items()],
        "lists": dict(job.lists),
    }
