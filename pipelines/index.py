"""The index graph: it reads every source file once, and writes a part of the index for each file."""

from collections.abc import Sequence
from typing import Any

import apache_beam as beam

from vladata.beam.index_files import IndexFiles
from vladata.beam.runners import run_here
from vladata.index.cache import AnyIndexing, Cache


def build(
    root: beam.Pipeline, indexing: AnyIndexing, cache: Cache, files: Sequence[Any]
) -> beam.PCollection[str]:
    return root | "Index" >> IndexFiles(indexing, cache, files)


def run(indexing: AnyIndexing, cache: Cache, files: Sequence[Any]) -> None:
    """Index `files` in this process."""
    run_here(lambda root: build(root, indexing, cache, files))
