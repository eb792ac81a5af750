"""A check that each source of a virtual mixture is still the dataset that was mixed.

It reads the manifests of the sources and lists their files: each must be there with its old length. `vladata verify` of a source
checks the contents.
"""

from collections.abc import Iterator

from vladata.errors import OutputError, SourceChanged
from vladata.mixtures.job import JobSource
from vladata.mixtures.mixture import Opened
from vladata.runs.findings import Discrepancy
from vladata.shards.manifest import Manifest, read_manifest
from vladata.shards.storage import Output, open_output


def rederive(output: Output) -> Iterator[Discrepancy]:
    """Yield a finding for each difference between the sources of a virtual mixture and those that were mixed."""
    mixture = Opened(output, read_manifest(output))
    for source in mixture.job.sources:
        try:
            there = mixture.open_source(source)
        except (OutputError, SourceChanged) as fault:
            yield Discrepancy(f"source {source.name}", str(fault))
        else:
            yield from _files(source, there.manifest)


def _files(source: JobSource, manifest: Manifest) -> Iterator[Discrepancy]:
    sizes = open_output(source.url).sizes()
    for entry in manifest.entries:
        where, size = f"source {source.name}, {source.url}/{entry.path}", sizes.get(entry.path)
        if size is None:
            yield Discrepancy(where, "the file is missing")
        elif size != entry.bytes:
            yield Discrepancy(where, f"{size:,} bytes are there, {entry.bytes:,} were written")
