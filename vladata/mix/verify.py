"""Any output held against its manifest, and a virtual mixture against its sources too: that each is still what was mixed.

Of the sources the manifests are read, and their files listed: each is there, as long as it was. `vladata verify` of a source
says whether they are whole.
"""

from collections.abc import Iterator

from vladata.errors import OutputError, SourceChanged
from vladata.mix.job import JobSource
from vladata.mix.mixture import Opened
from vladata.mix.windows import windows
from vladata.runs.findings import Finding
from vladata.runs.verify import verify as verify_output
from vladata.shards.manifest import Manifest, read_manifest
from vladata.shards.naming import MANIFEST
from vladata.shards.parts import MixturePart
from vladata.shards.storage import Output, open_output


def verify(output: Output) -> Iterator[Finding]:
    """Everything that is wrong with an output. Raises as vladata/runs/verify.py does."""
    damaged = False
    for finding in verify_output(output, {MixturePart.KIND: windows}):
        damaged |= finding.where == MANIFEST
        yield finding
    if damaged or output.read(MANIFEST) is None:
        return
    manifest = read_manifest(output)
    if manifest.format is None:
        yield from _sources(output, manifest)


def _sources(output: Output, manifest: Manifest) -> Iterator[Finding]:
    mixture = Opened(output, manifest)
    for source in mixture.job.sources:
        try:
            there = mixture.open_source(source)
        except (OutputError, SourceChanged) as fault:
            yield Finding(f"source {source.name}", str(fault))
        else:
            yield from _files(source, there.manifest)


def _files(source: JobSource, manifest: Manifest) -> Iterator[Finding]:
    sizes = open_output(source.url).sizes()
    for entry in manifest.entries:
        where, size = f"source {source.name}, {source.url}/{entry.path}", sizes.get(entry.path)
        if size is None:
            yield Finding(where, "the file is missing")
        elif size != entry.bytes:
            yield Finding(where, f"{size:,} bytes are there, {entry.bytes:,} were written")
