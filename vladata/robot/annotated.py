"""What annotation tables say of the steps that are taken: for the workers, and as a file of the output.

annotations.parquet   the rows that are used, by the ids of their episodes: a table that can be read, changed and given again
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
    """table: the rows that are used.   told: what became of all.   encoded: the file of the work folder.   checksum: of it."""

    table: pa.Table
    told: Told
    encoded: bytes
    checksum: str


def annotated_of(settings: Settings, sources: Sources) -> Annotated | None:
    """Return the tables of a conversion joined with what it takes; None if there are none."""
    if not settings.annotations:
        return None
    joined = join(settings.annotations, names_of(settings.spec, sources), sources.columns, sources.taken)
    data = encoded(joined.table)
    return Annotated(joined.table, joined.told, data, f"xxh3:{xxhash.xxh3_64_hexdigest(data)}")


def names_of(spec: DatasetSpec, sources: Sources) -> set[str]:
    """What the dataset is called: by itself, by its schema, and by others."""
    return {sources.source.info.name, spec.name, *spec.aliases}


def annotation_files(annotated: Annotated | None) -> dict[str, Iterable[bytes]]:
    """Path -> bytes of the file that goes with an output."""
    return {ANNOTATIONS: [parquet_bytes(annotated.table)]} if annotated else {}


def open_work(output: Output, annotated: str) -> Commentary:
    """What lies in the work folder; annotated: as the job has it."""
    if not annotated:
        return NONE
    if isinstance(output, LocalOutput):
        return Commentary.open(output.root / ANNOTATED)
    return Commentary.open(output.read(ANNOTATED) or b"")
