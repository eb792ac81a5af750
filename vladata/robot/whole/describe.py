"""The commit of a conversion into whole episodes: its manifest, and the other files of the format that are not shards."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial

import pyarrow as pa

from vladata.annotations.stored import Commentary
from vladata.fields import Spelled
from vladata.robot.annotated import annotation_files
from vladata.robot.chosen import chosen_files
from vladata.robot.describe import made_from
from vladata.robot.prepare import Prepared
from vladata.robot.whole.columns import Rule, columns_of
from vladata.robot.whole.lerobot_meta import meta_files
from vladata.robot.whole.schema import schema_text
from vladata.robot.whole.unfit import refuse
from vladata.runs.commit import Committing, Done, accept
from vladata.runs.index_table import NAME
from vladata.shards.episodes.rlds import features_json
from vladata.shards.episodes.stretch import Columns
from vladata.shards.manifest import Manifest
from vladata.shards.naming import SCHEMA
from vladata.shards.parts import EpisodesPart, WrittenEpisodes
from vladata.shards.tfds_files import about, tfds_files

INDEX_COLUMNS = pa.schema(
    [
        ("shard", pa.int32()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("dataset", NAME),
        ("episode", pa.string()),
        ("step", pa.int32()),
        ("steps", pa.int32()),
        ("piece", pa.int32()),
    ]
)
"""The columns of index.arrow: one row for each episode that was written.

episode: the id of the episode in the source.   step: the number of the first step that was written.
steps:   the number of steps with an action.    piece: the number among the stretches of that episode, from 0.
"""


def committing(prepared: Prepared) -> Committing:
    """Return the commit of a conversion whose units are all done."""
    job, rule = prepared.job, Rule.of(prepared.job)
    columns = columns_of(rule, prepared.sources.source, _notes(prepared))

    shown = about(
        f"Robot episodes by vladata: schema {job.spec.name}, action chain {job.chain}.",
        job.spec.citation,
        job.spec.licence,
        job.spec.homepage,
    )

    def files(described: Manifest, done: Done) -> Mapping[str, Iterable[bytes]]:
        if job.layout.format == "lerobot":
            return meta_files(job, columns, done.receipts)
        counts = _records(described, done)
        size = job.recipe.images.target
        features = features_json(columns, described.image_kinds, size)
        return {**tfds_files(described, features, counts, shown), SCHEMA: [schema_text(rule).encode()]}

    return Committing(
        layout=job.layout,
        units=len(prepared.plan),
        ledger=prepared.ledger,
        rejections=prepared.rejections(),
        files=chosen_files(prepared.sources) | annotation_files(prepared.annotated),
        part=lambda done: _part(prepared, done),
        fields=_fields(columns),
        cameras=columns.cameras,
        partly=(),
        index=INDEX_COLUMNS,
        names={"dataset": [job.layout.name]},
        shapes={},
        about=shown,
        refuse=partial(refuse, prepared.sources.selection.errata)
        if job.layout.format == "lerobot"
        else accept,
        of_format=files,
    )


def _notes(prepared: Prepared) -> tuple[str, ...]:
    return Commentary(prepared.annotated.table).names if prepared.annotated else ()


def _fields(columns: Columns) -> Spelled:
    """Return column of a step -> its kind."""
    state = {"state": "floats"} if columns.state else {}
    texts = dict.fromkeys(columns.texts, "text")
    return {"action": "floats", **state, **texts, **dict.fromkeys(columns.numbers, "number")}


def _part(prepared: Prepared, done: Done) -> EpisodesPart:
    pieces: Counter[str] = Counter()
    for receipt in done.receipts():
        pieces.update(receipt.rows["episode"].to_pylist())
    cut = sum(1 for count in pieces.values() if count > 1)
    written = WrittenEpisodes(len(pieces), pieces.total(), cut)
    return EpisodesPart(**made_from(prepared), written=written)


def _records(described: Manifest, done: Done) -> dict[str, int]:
    """Return path of a shard -> the number of episodes in it."""
    paths: list[str] = [shard.path for shard in described.shards]
    found: dict[str, int] = {}
    for receipt in done.receipts():
        rows = Counter(receipt.rows["shard"].to_pylist())
        for number in range(len(receipt.shards)):
            found[paths[len(found)]] = rows[number]
    return found
