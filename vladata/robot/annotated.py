"""The annotations of the steps that are taken: for the workers, and as a file of the output.

annotations.parquet   the used rows, which name episodes by their ids: a table that can be read, changed and used again
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import xxhash

from vladata.annotations.join import join
from vladata.annotations.stored import NONE, Commentary, encoded
from vladata.annotations.table import parquet_bytes
from vladata.annotations.told import Told
from vladata.robot.settings import Settings
from vladata.robot.sources import Sources
from vladata.runs.job_file import ANNOTATED
from vladata.shards.naming import ANNOTATIONS
from vladata.shards.storage import LocalOutput, Output
from vladata.spec.dataset import DatasetSpec


@dataclass(frozen=True)
class Annotated:
    """Joined annotations.

    table:    the rows that are used.
    told:     the counts of all rows, used or not.
    encoded:  the bytes of the file in the work folder.
    checksum: the checksum of that file.
    """

    table: pa.Table
    told: Told
    encoded: bytes
    checksum: str


def annotated_of(settings: Settings, sources: Sources) -> Annotated | None:
    """Return the annotation tables of a conversion, joined with the steps that it takes; None if it has no tables."""
    if not settings.annotations:
        return None
    joined = join(settings.annotations, names_of(settings.spec, sources), sources.columns, sources.taken)
    data = encoded(joined.table)
    return Annotated(joined.table, joined.told, data, f"xxh3:{xxhash.xxh3_64_hexdigest(data)}")


def names_of(spec: DatasetSpec, sources: Sources) -> set[str]:
    """Return the names of the dataset: its own, its schema's, and other names."""
    return {sources.source.info.name, spec.name, *spec.aliases}


def annotation_files(annotated: Annotated | None) -> dict[str, Iterable[bytes]]:
    """Return path -> bytes of the annotations file of an output; {} without annotations."""
    return {ANNOTATIONS: [parquet_bytes(annotated.table)]} if annotated else {}


def open_work(output: Output, annotated: str) -> Commentary:
    """Open the annotations in the work folder; annotated: their checksum in the job, "" for none."""
    if not annotated:
        return NONE
    if isinstance(output, LocalOutput):
        return Commentary.open(output.root / ANNOTATED)
    return Commentary.open(output.read(ANNOTATED) or b"")
